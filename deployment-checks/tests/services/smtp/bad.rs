//! Configurations that cannot be meant.

use std::time::Duration;

use deployment_checks::{
    health::{Limits, SmtpCheck, SmtpCheckBuilder},
    secret::Secret,
};

use crate::help::plain;

#[test]
fn a_bad_place_name_or_limit_is_refused_by_name() {
    let begin = || SmtpCheck::builder("mail.example.org", 587);
    let fault = |builder: SmtpCheckBuilder| builder.build().unwrap_err().to_string();
    begin().build().unwrap();
    assert!(fault(SmtpCheck::builder("smtp://mail", 587)).contains("host"));
    assert!(fault(SmtpCheck::builder("mail", 0)).contains("port"));
    assert!(fault(begin().hello("a\r\nMAIL FROM:<x>")).contains("hello"));
    assert!(fault(begin().hello("")).contains("hello"));
    assert!(fault(begin().login("", Secret::new("hunter2"))).contains("login"));
    let zero = fault(begin().login("ada", Secret::new("hunter2\0")));
    assert!(zero.contains("login") && !zero.contains("hunter2"));
    assert!(fault(begin().access(plain()).implicit_tls()).contains("implicit_tls"));
    assert!(fault(begin().dialogue_time(Limits::degraded_from(Duration::ZERO))).contains("dialogue_time"));
}
