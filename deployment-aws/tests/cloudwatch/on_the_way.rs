//! What goes wrong on the way to CloudWatch, and what the caller is told.

use std::time::Duration;

use aws_sdk_cloudwatch::types::StateValue;
use deployment_aws::cloudwatch::{Alarms, CloudWatch, Limits};
use deployment_core::{
    Error, ErrorKind, Status,
    gate::Gate as _,
    health::HealthCheck as _,
    metric::{MetricSource as _, Query},
    testkit::sample,
};

use crate::{
    cloud::{Fault, World, config},
    put::set,
    support::{Published, asked, at, measured, observed, publish, reason, revision, source},
};

const DENIED: &str = "User: arn:aws:iam::1:user/ada is not authorized";

/// What each of the four says when its call meets this.
async fn told(world: &World, fault: Fault) -> [Error; 4] {
    let cloudwatch = CloudWatch::new(&world.config());
    let alarms = Alarms::named(&cloudwatch, ["shop-5xx"]).unwrap();
    world.proxy().rule(move |_, _, _| Some(fault.clone()));
    let context = sample::health(at(1_200));
    let all = [
        source(&cloudwatch).observe(&Query::default(), &asked(&revision("one"), 60, 120)).await.unwrap_err(),
        Limits::ecs_service(&cloudwatch, "production", "shop").check(&context).await.unwrap_err(),
        alarms.check(&context).await.unwrap_err(),
        alarms.evaluate(&sample::gate(at(1_200), [])).await.unwrap_err(),
    ];
    assert_eq!(world.proxy().calls().len(), 4, "somebody has tried again");
    world.proxy().clear();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_by_itself_is_temporary_and_nobody_here_tries_again() {
    let world = World::new().await;
    let cases = [
        (Fault::Refused(400, "ThrottlingException", "Rate exceeded"), ErrorKind::RateLimited),
        (Fault::Refused(400, "Throttling", "Rate exceeded"), ErrorKind::RateLimited),
        (Fault::Reset, ErrorKind::Unreachable),
        (Fault::LostAnswer, ErrorKind::Unreachable),
        (Fault::Refused(500, "InternalServiceFault", "no"), ErrorKind::Unreachable),
        (Fault::Refused(503, "ServiceUnavailable", "no"), ErrorKind::Unreachable),
        (Fault::Refused(403, "ExpiredToken", "The security token included in the request is expired"), ErrorKind::Unauthorized),
        (Fault::Refused(403, "RequestTimeTooSkewed", "The difference is too large"), ErrorKind::Unauthorized),
    ];
    for (fault, kind) in cases {
        for error in told(&world, fault.clone()).await {
            assert_eq!((error.kind(), error.status()), (kind, Status::Temporary), "{fault:?}: {error:?}");
            assert!(error.to_string().contains("eu-central-1"), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_is_said_with_the_action() {
    let world = World::new().await;
    let actions = ["GetMetricData", "GetMetricData", "DescribeAlarms", "DescribeAlarms"];
    for code in ["AccessDenied", "AccessDeniedException"] {
        for (error, action) in told(&world, Fault::Refused(403, code, DENIED)).await.into_iter().zip(actions) {
            assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent), "{error:?}");
            let said = error.to_string();
            assert!(said.contains(&format!("cloudwatch:{action}")) && said.contains("allow this action"), "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_where_nobody_listens_and_missing_credentials_are_told_apart() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nowhere = source(&CloudWatch::new(&config(closed)));
    let context = asked(&revision("one"), 60, 120);
    let error = nowhere.observe(&Query::default(), &context).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Unreachable && error.to_string().contains("cannot be connected to"), "{error}");
    let bare = aws_config::SdkConfig::builder().behavior_version(aws_config::BehaviorVersion::latest());
    let bare = bare.region(aws_config::Region::new("eu-central-1")).endpoint_url(format!("http://{closed}")).build();
    let error = source(&CloudWatch::new(&bare)).observe(&Query::default(), &context).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Unauthorized && error.to_string().contains("there are no credentials"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_region_has_no_data_and_no_alarms_and_is_named() {
    let (world, one) = (World::new().await, revision("one"));
    publish(&world, &one, 60, &Published { requests: 10, times: vec![(0.1, 10)], ..Published::default() }).await;
    set(&world, "shop-5xx", StateValue::Ok, "below").await;
    let context = asked(&one, 60, 120);
    assert_eq!(measured(&observed(&source(&CloudWatch::new(&world.config())), &context).await).requests, 10);
    let wrong = world.config().into_builder().region(aws_config::Region::new("us-east-1")).build();
    let wrong = CloudWatch::new(&wrong);
    let source = source(&wrong);
    assert!(reason(&observed(&source, &context).await).contains("no datapoint"));
    assert!(source.describe().contains("us-east-1"));
    let error = Alarms::named(&wrong, ["shop-5xx"]).unwrap().check(&sample::health(at(0))).await.unwrap_err();
    assert!(error.to_string().contains("no such alarms in us-east-1: shop-5xx"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_come_is_given_up() {
    let world = World::new().await;
    world.proxy().rule(|_, _, _| Some(Fault::Late(Duration::from_secs(60))));
    let timeouts = aws_config::timeout::TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(300)).build();
    let hasty = CloudWatch::new(&world.config().into_builder().timeout_config(timeouts).build());
    let error = source(&hasty).observe(&Query::default(), &asked(&revision("one"), 60, 120)).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Unreachable, Status::Temporary), "{error:?}");
}
