//! What somebody else has changed shows, and is not overwritten.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{Action, ActionTypeEnum, AuthenticateOidcActionConfig, FixedResponseActionConfig};
use deployment_aws::alb::{AlbRouter, GroupRoutes};
use deployment_core::{ErrorKind, Percent, Status};

use crate::support::{Balancer, forward, header};

#[tokio::test(flavor = "multi_thread")]
async fn another_group_with_weight_shows_and_is_not_overwritten() {
    let balancer = Balancer::new().await;
    balancer.somebody_sets(&[(&balancer.blue, 1), (&balancer.other, 1)], None).await;
    let router = balancer.router();
    let half = Percent::new(50.0).unwrap();
    assert_eq!(router.routes().await.unwrap().split, [(balancer.blue.clone(), half), (balancer.other.clone(), half)]);
    let told = router.set(&balancer.share(0.0)).await.unwrap_err();
    assert_eq!((told.kind(), told.status()), (ErrorKind::Conflict, Status::Permanent));
    assert!(told.to_string().contains("weight 1 to other"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_group_without_weight_is_kept() {
    let balancer = Balancer::new().await;
    balancer.somebody_sets(&[(&balancer.blue, 1), (&balancer.other, 0)], None).await;
    balancer.router().set(&balancer.share(10.0)).await.unwrap();
    let rules = balancer.somebody().describe_rules().listener_arn(&balancer.listener).send().await.unwrap();
    let rule = rules.rules().iter().find(|rule| rule.rule_arn() == Some(balancer.rule.as_str())).unwrap();
    let groups = rule.actions()[0].forward_config().unwrap().target_groups();
    let weights: Vec<_> = groups.iter().map(|group| (group.target_group_arn().unwrap(), group.weight().unwrap())).collect();
    assert_eq!(weights, [(balancer.blue.arn(), 90), (balancer.green.arn(), 10), (balancer.other.arn(), 0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_does_not_forward_any_more_serves_nobody_and_is_left_alone() {
    let balancer = Balancer::new().await;
    let page = FixedResponseActionConfig::builder().status_code("503").build();
    let maintenance = Action::builder().r#type(ActionTypeEnum::FixedResponse).fixed_response_config(page).build();
    balancer.somebody().modify_rule().rule_arn(&balancer.rule).actions(maintenance).send().await.unwrap();
    let router = balancer.router();
    assert_eq!(router.routes().await.unwrap(), GroupRoutes::default());
    let told = router.set(&balancer.share(0.0)).await.unwrap_err();
    assert!(told.kind() == ErrorKind::Conflict && told.to_string().contains("does not forward"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stickiness_is_declared_or_refused_and_kept_as_declared() {
    let balancer = Balancer::new().await;
    balancer.somebody_sets(&[(&balancer.blue, 1), (&balancer.green, 0)], Some(60)).await;
    let told = balancer.router().set(&balancer.share(10.0)).await.unwrap_err();
    assert!(told.kind() == ErrorKind::InvalidInput && told.to_string().contains("for 60 s, which skews a split"), "{told}");
    let router = balancer.router().sticky(Duration::from_secs(600)).unwrap();
    router.set(&balancer.share(10.0)).await.unwrap();
    let rules = balancer.somebody().describe_rules().listener_arn(&balancer.listener).send().await.unwrap();
    let rule = rules.rules().iter().find(|rule| rule.rule_arn() == Some(balancer.rule.as_str())).unwrap();
    let sticky = rule.actions()[0].forward_config().unwrap().target_group_stickiness_config().unwrap();
    assert_eq!((sticky.enabled(), sticky.duration_seconds()), (Some(true), Some(600)));
    assert_eq!(router.routes().await.unwrap(), balancer.share(10.0));
    for seconds in [0, 604_801] {
        assert!(balancer.router().sticky(Duration::from_secs(seconds)).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_authenticates_stays_and_cannot_be_copied_into_a_rule_for_a_header() {
    let balancer = Balancer::new().await;
    let oidc = AuthenticateOidcActionConfig::builder().issuer("https://id.example").authorization_endpoint("https://id.example/a");
    let oidc = oidc.token_endpoint("https://id.example/t").user_info_endpoint("https://id.example/u").client_id("shop").client_secret("s");
    let first = Action::builder().r#type(ActionTypeEnum::AuthenticateOidc).order(1).authenticate_oidc_config(oidc.build()).build();
    let mut last = forward(&[(&balancer.blue, 1), (&balancer.green, 0)], None);
    last.order = Some(2);
    balancer.somebody().modify_rule().rule_arn(&balancer.rule).actions(first).actions(last).send().await.unwrap();
    let router = balancer.router();
    router.set(&balancer.share(10.0)).await.unwrap();
    assert_eq!(router.routes().await.unwrap(), balancer.share(10.0));
    let (_, body) = balancer.proxy().calls().into_iter().rfind(|(call, _)| call == "ModifyRule").unwrap();
    let kept = ["Type=authenticate-oidc", "Issuer=https%3A%2F%2Fid.example", "UseExistingClientSecret=true", "Actions.member.2.Order=2"];
    assert!(kept.iter().all(|kept| body.contains(kept)), "{body}");
    let told = router.set(&balancer.share(10.0).test(header(), &balancer.green)).await.unwrap_err();
    assert!(told.kind() == ErrorKind::InvalidInput && told.to_string().contains("a listener of its own"), "{told}");
    assert!(router.check().await.unwrap_err().to_string().contains("OpenID Connect"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_at_the_headers_priority_that_is_not_ours_is_left_alone() {
    let balancer = Balancer::new().await;
    let paths = aws_sdk_elasticloadbalancingv2::types::PathPatternConditionConfig::builder().values("/admin/*").build();
    let theirs = aws_sdk_elasticloadbalancingv2::types::RuleCondition::builder().field("path-pattern").path_pattern_config(paths).build();
    let action = forward(&[(&balancer.blue, 1)], None);
    let made = balancer.somebody().create_rule().listener_arn(&balancer.listener).priority(10).conditions(theirs).actions(action);
    made.send().await.unwrap();
    let router = balancer.router();
    for routes in [balancer.share(0.0).test(header(), &balancer.green), balancer.share(0.0)] {
        let told = router.set(&routes).await.unwrap_err();
        assert!(told.kind() == ErrorKind::Conflict && told.to_string().contains("another rule has it"), "{told}");
    }
    assert_eq!(router.routes().await.unwrap(), balancer.share(0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_is_gone_or_the_default_one_is_told_with_its_listener() {
    let balancer = Balancer::new().await;
    let rules = balancer.somebody().describe_rules().listener_arn(&balancer.listener).send().await.unwrap();
    let default = rules.rules().iter().find(|rule| rule.is_default() == Some(true)).and_then(|rule| rule.rule_arn()).unwrap().to_owned();
    let told = balancer.router_for(&default).routes().await.unwrap_err();
    assert!(told.kind() == ErrorKind::InvalidInput && told.to_string().contains("give the listener's ARN"), "{told}");
    balancer.somebody().delete_rule().rule_arn(&balancer.rule).send().await.unwrap();
    for told in [balancer.router().routes().await.unwrap_err(), balancer.router().set(&balancer.share(10.0)).await.unwrap_err()] {
        assert!(told.kind() == ErrorKind::NotFound && told.to_string().contains(&balancer.listener), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_router_can_have_is_refused_when_it_is_made() {
    let balancer = Balancer::new().await;
    let config = balancer.world.config();
    let groups = |count: usize| {
        let named = |number: usize| format!("{}{number}", balancer.blue.arn());
        (0..count).map(|number| deployment_aws::alb::TargetGroup::new(named(number)).unwrap()).collect::<Vec<_>>()
    };
    let network = balancer.rule.replace("/app/", "/net/");
    let elsewhere = balancer.rule.replace("eu-central-1", "us-east-1");
    let twice = vec![balancer.blue.clone(), balancer.blue.clone()];
    let cases = [
        (balancer.rule.as_str(), groups(6), "there are 6"),
        (&balancer.rule, groups(0), "there are 0"),
        (&balancer.rule, twice, "blue is there twice"),
        (&network, groups(2), "not of an application load balancer"),
        (&elsewhere, groups(2), "is in us-east-1, the configuration is for eu-central-1"),
        ("web", groups(2), "is not an ARN"),
        (balancer.blue.arn(), groups(2), "neither the ARN of a rule nor of a listener"),
    ];
    for (rule, groups, reason) in cases {
        let told = AlbRouter::new(&config, rule, groups).unwrap_err().to_string();
        assert!(told.contains(reason), "{told}");
    }
    let elsewhere = deployment_aws::alb::TargetGroup::new(balancer.blue.arn().replace("eu-central-1", "us-east-1")).unwrap();
    assert!(AlbRouter::new(&config, &balancer.rule, [elsewhere]).is_err());
    assert!(balancer.router().test_header("x-try", "new*", 10).is_err());
    assert!(balancer.router().test_header("x-try", "new", 0).is_err());
    assert!(balancer.router_for(&balancer.listener).test_listener(80, &balancer.listener).is_err());
}
