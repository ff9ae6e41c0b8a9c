//! What goes wrong on the way, and what the caller is told.

use deployment_aws::alb::{AlbRouter, GroupRoutes};
use deployment_core::{ErrorKind, Status};
use serde_json::json;

use crate::{
    cloud::Fault,
    support::{Balancer, header, listener},
};

/// One kind of call that changes something: from which routes to which it is made.
struct Case {
    call: &'static str,
    action: &'static str,
    from: GroupRoutes,
    to: GroupRoutes,
}

fn cases(balancer: &Balancer) -> Vec<Case> {
    let none = balancer.share(0.0);
    let (by_header, by_listener) = (none.clone().test(header(), &balancer.green), none.clone().test(listener(), &balancer.green));
    let case = |call, action, from: &GroupRoutes, to: &GroupRoutes| Case { call, action, from: from.clone(), to: to.clone() };
    vec![
        case("ModifyRule", "elasticloadbalancing:ModifyRule", &none, &balancer.share(10.0)),
        case("ModifyListener", "elasticloadbalancing:ModifyListener", &none, &by_listener),
        case("CreateRule", "elasticloadbalancing:CreateRule", &none, &by_header),
        case("DeleteRule", "elasticloadbalancing:DeleteRule", &by_header, &none),
    ]
}

/// A load balancer that is as the case begins.
async fn begun(balancer: &Balancer, case: &Case) -> AlbRouter {
    let router = balancer.router();
    balancer.proxy().clear();
    router.set(&case.from).await.unwrap();
    router
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_in_doubt_and_asking_again_settles_it() {
    let balancer = Balancer::new().await;
    let mut tried = 0;
    for case in cases(&balancer) {
        for fault in [Fault::LostAnswer, Fault::FailedAfter, Fault::Reset] {
            for taken_over in [false, true] {
                let mut router = begun(&balancer, &case).await;
                balancer.proxy().once(case.call, 0, &fault);
                let told = router.set(&case.to).await.unwrap_err();
                assert_eq!((told.kind(), told.status()), (ErrorKind::Unreachable, Status::InDoubt), "{} {fault:?}: {told:?}", case.call);
                if taken_over {
                    router = balancer.router();
                }
                router.set(&case.to).await.unwrap();
                assert_eq!(router.routes().await.unwrap(), case.to, "{} {fault:?}", case.call);
                tried += 1;
            }
        }
    }
    println!("{tried} answers of 4 calls lost, all in doubt, all settled by asking again");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_and_denials_have_changed_nothing_and_say_what_they_are() {
    let balancer = Balancer::new().await;
    for case in cases(&balancer) {
        let router = begun(&balancer, &case).await;
        balancer.proxy().once(case.call, 0, &Fault::Refused(400, "Throttling", "Rate exceeded"));
        let told = router.set(&case.to).await.unwrap_err();
        assert_eq!((told.kind(), told.status()), (ErrorKind::RateLimited, Status::Temporary), "{told:?}");
        assert_eq!(balancer.proxy().count(case.call), 1, "nobody else tries again");
        balancer.proxy().once(case.call, 0, &Fault::Refused(403, "AccessDenied", "not authorized"));
        let told = router.set(&case.to).await.unwrap_err();
        assert_eq!((told.kind(), told.status()), (ErrorKind::Unauthorized, Status::Permanent), "{told:?}");
        assert!(told.to_string().contains(case.action), "{told}");
        assert_eq!(router.routes().await.unwrap(), case.from);
        router.set(&case.to).await.unwrap();
        assert_eq!(router.routes().await.unwrap(), case.to);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_that_fail_change_nothing_and_are_in_no_doubt() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    for fault in [Fault::Reset, Fault::LostAnswer, Fault::Refused(503, "ServiceUnavailable", "no")] {
        balancer.proxy().once("DescribeRules", 0, &fault);
        let told = router.set(&balancer.share(10.0)).await.unwrap_err();
        assert_eq!(told.status(), Status::Temporary, "{told:?}");
        assert_eq!(balancer.changes(), 0);
        balancer.proxy().once("DescribeTargetHealth", 0, &fault);
        assert_eq!(router.health(&balancer.blue).await.unwrap_err().status(), Status::Temporary);
    }
    balancer.proxy().clear();
    assert_eq!(router.routes().await.unwrap(), balancer.share(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_a_change_is_in_doubt_whatever_stopped_it() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    router.set(&balancer.share(0.0).test(header(), &balancer.green)).await.unwrap();
    balancer.proxy().once("DeleteRule", 0, &Fault::Refused(400, "Throttling", "Rate exceeded"));
    let told = router.set(&balancer.share(10.0)).await.unwrap_err();
    assert_eq!((told.kind(), told.status()), (ErrorKind::RateLimited, Status::InDoubt), "the weights were set: {told:?}");
    balancer.proxy().clear();
    router.set(&balancer.share(10.0)).await.unwrap();
    assert_eq!(router.routes().await.unwrap(), balancer.share(10.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn weights_that_do_not_apply_are_read_back_as_they_are() {
    let balancer = Balancer::new().await;
    let router = balancer.router();
    balancer.world.tell("listener-ignores", &json!({"changes": 1})).await;
    router.set(&balancer.share(10.0)).await.unwrap();
    assert_eq!(router.routes().await.unwrap(), balancer.share(0.0));
    router.set(&balancer.share(10.0)).await.unwrap();
    assert_eq!(router.routes().await.unwrap(), balancer.share(10.0));
}
