//! Configurations that cannot be meant.

use std::time::Duration;

use deployment_checks::{
    health::{Limits, PostgresCheck, PostgresCheckBuilder},
    secret::Secret,
};

use crate::help::plain;

fn fault(builder: PostgresCheckBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn a_bad_connection_string_is_refused_without_being_repeated() {
    for (dsn, why) in [
        ("", "one host"),
        ("no dsn hunter2", "is no connection string"),
        ("postgres://u:hunter2@h:port/db", "is no connection string"),
        ("postgres://u:hunter2@h/db?sslrootcert=/root.pem", "Access::tls"),
        ("postgres://u:hunter2@a,b/db", "one host"),
        ("host=/var/run/hunter2 user=u", "no socket"),
        ("postgres://:hunter2@h/db", "must name a user"),
        ("host=h hostaddr=10.0.0.1 user=u password=hunter2", "hostaddr"),
        ("postgres://u:hunter2@h/db?sslmode=disable", "sslmode=disable"),
        ("postgres://u:hunter2@h/db?channel_binding=require", "channel_binding=require"),
    ] {
        let fault = fault(PostgresCheck::builder(Secret::new(dsn)));
        assert!(fault.contains("dsn") && fault.contains(why) && !fault.contains("hunter2"), "{dsn}: {fault}");
    }
    let demanded = PostgresCheck::builder(Secret::new("postgres://u@h/db?sslmode=require")).access(plain());
    assert!(fault(demanded).contains("plaintext"));
    for mode in ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=verify-ca", "?sslmode=verify-full"] {
        PostgresCheck::builder(Secret::new(format!("postgres://u@h/db{mode}"))).build().unwrap();
    }
}

#[test]
fn limits_that_contradict_themselves_are_refused_by_name() {
    let begin = || PostgresCheck::builder(Secret::new("postgres://u@h/db"));
    let (second, zero) = (Duration::from_secs(1), Duration::ZERO);
    assert!(fault(begin().query_time(Limits::new(second, second / 2))).contains("query_time"));
    assert!(fault(begin().lock_wait(Limits::degraded_from(zero))).contains("lock_wait"));
    assert!(fault(begin().transactions(Limits::new(zero, second))).contains("transactions"));
    assert!(fault(begin().lag_time(Limits::new(second, zero))).contains("lag_time"));
    assert!(fault(begin().lag_bytes(Limits::new(2, 1))).contains("lag_bytes"));
    assert!(fault(begin().query(" ")).contains("query"));
    assert!(fault(begin().access(plain().timeout(zero))).contains("timeout"));
}
