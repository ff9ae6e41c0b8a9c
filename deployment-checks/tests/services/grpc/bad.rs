//! Configurations that cannot be meant.

use std::time::Duration;

use deployment_checks::{
    health::{GrpcCheck, GrpcCheckBuilder, Limits},
    secret::Secret,
};
use deployment_core::health::HealthCheck;

#[test]
fn a_bad_place_service_token_or_limit_is_refused_by_name() {
    let begin = || GrpcCheck::builder("orders.internal", 50051);
    let fault = |builder: GrpcCheckBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(GrpcCheck::builder("::1", 1).build().unwrap().describe(), "gRPC server at [::1]:1");
    for host in ["", "http://orders", "ada@orders", "a%b{}"] {
        assert!(fault(GrpcCheck::builder(host, 50051)).contains("host"), "{host}");
    }
    assert!(fault(GrpcCheck::builder("orders", 0)).contains("port"));
    assert!(fault(begin().service("a\nb")).contains("service"));
    let token = fault(begin().bearer(Secret::new("hunter2\n")));
    assert!(token.contains("bearer") && !token.contains("hunter2"), "{token}");
    assert!(fault(begin().answer_time(Limits::degraded_from(Duration::ZERO))).contains("answer_time"));
}
