//! Configurations that cannot be meant.

use std::time::Duration;

use deployment_checks::{
    health::{Limits, MongoCheck, MongoCheckBuilder},
    secret::Secret,
};
use deployment_core::Percent;

#[test]
fn a_bad_place_login_or_limit_is_refused_by_name() {
    let begin = || MongoCheck::builder("documents.internal", 27017);
    let fault = |builder: MongoCheckBuilder| builder.build().unwrap_err().to_string();
    begin().build().unwrap();
    assert!(fault(MongoCheck::builder("mongodb://documents", 27017)).contains("host"));
    assert!(fault(MongoCheck::builder("documents", 0)).contains("port"));
    let login = fault(begin().login("", Secret::new("hunter2")));
    assert!(login.contains("login") && !login.contains("hunter2"));
    assert!(fault(begin().login("ada", Secret::new(""))).contains("login"));
    assert!(fault(begin().login_database("")).contains("login_database"));
    assert!(fault(begin().without_status().replicas(1)).contains("replicas"));
    assert!(fault(begin().connections(Limits::degraded_from(Percent::ZERO))).contains("connections"));
    assert!(fault(begin().ping_time(Limits::degraded_from(Duration::ZERO))).contains("ping_time"));
    assert!(fault(begin().lag_time(Limits::degraded_from(Duration::ZERO))).contains("lag_time"));
}
