//! Configurations that cannot be meant.

use std::time::Duration;

use deployment_checks::health::{Limits, RedisCheck, RedisCheckBuilder};
use deployment_core::Percent;

use crate::help::plain;

fn fault(builder: RedisCheckBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn a_bad_place_or_limit_is_refused_by_name() {
    let begin = || RedisCheck::builder("cache.internal", 6379);
    let second = Duration::from_secs(1);
    begin().build().unwrap();
    for host in ["", "redis://cache", "user@cache", "a b", "[::1]"] {
        assert!(fault(RedisCheck::builder(host, 6379)).contains("host"), "{host}");
    }
    assert!(fault(RedisCheck::builder("cache", 0)).contains("port"));
    assert!(fault(begin().user("ada")).contains("password"));
    assert!(fault(begin().ping_time(Limits::new(second, second / 2))).contains("ping_time"));
    assert!(fault(begin().memory(Limits::degraded_from(Percent::ZERO))).contains("memory"));
    assert!(fault(begin().connections(Limits::degraded_from(Percent::ZERO))).contains("connections"));
    assert!(fault(begin().lag_time(Limits::new(second, Duration::ZERO))).contains("lag_time"));
    assert!(fault(begin().lag_bytes(Limits::new(2, 1))).contains("lag_bytes"));
    assert!(fault(begin().access(plain().timeout(second * 4_000))).contains("timeout"));
}
