//! What the score means for a deployment: a report, or not knowing.

use deployment_checks::score::{Band, HealthScore, HealthScoreBuilder, ScoredCheck};
use deployment_core::{
    ErrorKind, Percent, Result,
    health::{HealthCheck, HealthReport, HealthStatus},
    testkit::{fake::FakeHealth, sample},
};

fn points(score: u8) -> FakeHealth {
    FakeHealth::reports([match score {
        100 => HealthReport::healthy("fine"),
        0 => HealthReport::unhealthy("down"),
        score => HealthReport::degraded(score, "so so"),
    }])
}

fn blind() -> FakeHealth {
    let check = points(100);
    check.fail(ErrorKind::Unreachable);
    check
}

async fn report(builder: HealthScoreBuilder) -> Result<HealthReport> {
    builder.build().unwrap().check(&sample::health(sample::NOON)).await
}

fn one(check: FakeHealth) -> HealthScoreBuilder {
    HealthScore::builder("shop").check(ScoredCheck::basic(check))
}

#[tokio::test]
async fn good_is_healthy_poor_is_degraded_and_critical_is_unhealthy() {
    use HealthStatus::{Degraded, Healthy, Unhealthy};
    for (score, status) in [(100, Healthy), (80, Healthy), (79, Degraded), (60, Degraded), (59, Unhealthy), (0, Unhealthy)] {
        let report = report(one(points(score))).await.unwrap();
        assert_eq!((report.status, report.score), (status, score));
    }
}

#[tokio::test]
async fn the_bands_that_are_healthy_can_be_changed() {
    let strict = |score| one(points(score)).healthy_from(Band::Excellent).degraded_from(Band::Good);
    assert_eq!(report(strict(90)).await.unwrap().status, HealthStatus::Healthy);
    assert_eq!(report(strict(89)).await.unwrap().status, HealthStatus::Degraded);
    assert_eq!(report(strict(79)).await.unwrap().status, HealthStatus::Unhealthy);
    let lax = one(points(0)).healthy_from(Band::Critical).degraded_from(Band::Critical);
    assert_eq!(report(lax).await.unwrap().status, HealthStatus::Healthy);
}

#[tokio::test]
async fn a_required_check_that_is_down_takes_the_whole_down() {
    let builder = |database| one(points(100)).check(ScoredCheck::basic(database).required()).check(ScoredCheck::performance(points(100)));
    let down = report(builder(points(0))).await.unwrap();
    assert_eq!((down.status, down.score), (HealthStatus::Unhealthy, 73));
    assert!(down.evidence.contains("is required and down, takes 26.7 points: down"), "{down:?}");
    assert_eq!(report(builder(points(99))).await.unwrap().status, HealthStatus::Healthy);
}

#[tokio::test]
async fn a_required_check_that_could_not_look_leaves_it_open_unless_the_rest_is_bad() {
    let builder = |rest| one(rest).check(ScoredCheck::basic(blind()).required());
    assert_eq!(report(builder(points(100))).await.unwrap_err().kind(), ErrorKind::Unreachable);
    assert_eq!(report(builder(points(70))).await.unwrap_err().kind(), ErrorKind::Unreachable);
    assert_eq!(report(builder(points(10))).await.unwrap().status, HealthStatus::Unhealthy);
}

#[tokio::test]
async fn too_little_knowledge_is_no_report() {
    let builder = || one(points(100)).check(ScoredCheck::performance(blind())); // 40 of 75 are known
    assert_eq!(report(builder()).await.unwrap().status, HealthStatus::Healthy);
    let error = report(builder().known_at_least(Percent::new(60.0).unwrap())).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("53.33 % of the weight is known") && text.contains("could not look, 46.67 % of the weight"), "{text}");
    assert_eq!(report(one(blind()).known_at_least(Percent::ZERO)).await.unwrap_err().kind(), ErrorKind::Unreachable);
}

#[tokio::test]
async fn evidence_stays_short_enough_for_a_journal() {
    let long = || FakeHealth::reports([HealthReport::unhealthy("ä".repeat(5_000))]);
    let many = (0..50).fold(one(points(100)), |builder, _| builder.check(ScoredCheck::basic(long())));
    let report = report(many).await.unwrap();
    assert!(report.evidence.len() < 4_096, "{}", report.evidence.len());
    assert!(report.evidence.ends_with("and 45 more"), "{report:?}");
}

#[test]
fn bad_input_is_refused_with_the_fix() {
    let refused = |builder: HealthScoreBuilder, field: &str| {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(field), "{error}");
    };
    let weights = |basic, performance, business| deployment_checks::score::LevelWeights::new(basic, performance, business).unwrap();
    refused(HealthScore::builder("shop"), "checks: ");
    refused(one(points(1)).timeout(std::time::Duration::ZERO), "timeout: ");
    refused(one(points(1)).degraded_from(Band::Excellent), "degraded_from: ");
    refused(HealthScore::builder("shop").check(ScoredCheck::basic(points(1)).weight(0)), "weight: ");
    refused(one(points(1)).weights(weights(0.0, 50.0, 50.0)), "weights: ");
}
