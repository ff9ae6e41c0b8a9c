//! How findings become a number, a band and reasons.

use deployment_checks::{
    look::Finding,
    score::{Band, Level, LevelWeights, Score, Weighed},
};
use deployment_core::{ErrorKind, Percent, health::HealthReport};

fn seen(check: &str, level: Level, weight: u32, score: u8) -> Weighed {
    let report = HealthReport { score, ..HealthReport::degraded(50, format!("{check} scores {score}")) };
    Weighed { check: check.into(), level, weight, required: false, finding: Finding::Seen(report) }
}

fn unknown(check: &str, level: Level, weight: u32) -> Weighed {
    let finding = Finding::Unknown { reason: "no route".into() };
    Weighed { check: check.into(), level, weight, required: false, finding }
}

fn score(findings: impl IntoIterator<Item = Weighed>) -> Score {
    Score::of(&LevelWeights::default(), findings)
}

#[test]
fn levels_count_40_35_and_25_percent() {
    let down = |level| {
        let points = |other| if other == level { 0 } else { 100 };
        score(Level::ALL.map(|other| seen("c", other, 1, points(other)))).score
    };
    assert_eq!(Level::ALL.map(down), [Some(60.0), Some(65.0), Some(75.0)]);
}

#[test]
fn the_bands_begin_at_90_80_70_and_60() {
    let bands = [(100, Band::Excellent), (90, Band::Excellent), (89, Band::Good), (80, Band::Good), (79, Band::Fair), (70, Band::Fair)];
    let low = [(69, Band::Poor), (60, Band::Poor), (59, Band::Critical), (0, Band::Critical)];
    for (points, band) in bands.into_iter().chain(low) {
        assert_eq!(score(Level::ALL.map(|level| seen("c", level, 1, points))).band, Some(band), "{points}");
    }
}

#[test]
fn a_band_never_contradicts_the_number_that_is_shown() {
    // 89.96 shows as 90, so it is excellent; 89.92 shows as 89.9, so it is good.
    let of = |weight: u32| score([seen("a", Level::Basic, weight, 0), seen("b", Level::Basic, 10_000 - weight, 100)]);
    assert_eq!((of(1_004).score, of(1_004).band), (Some(90.0), Some(Band::Excellent)));
    assert_eq!((of(1_008).score, of(1_008).band), (Some(89.9), Some(Band::Good)));
}

#[test]
fn a_check_counts_by_its_weight_inside_its_level() {
    let level = |level| seen("fine", level, 1, 100);
    let found = score([seen("a", Level::Basic, 3, 0), seen("b", Level::Basic, 1, 100), level(Level::Performance), level(Level::Business)]);
    assert_eq!(found.score, Some(70.0)); // three quarters of 40 are gone
    assert_eq!((found.checks[0].lost, found.checks[0].share), (30.0, Percent::new(30.0).unwrap()));
}

#[test]
fn a_level_without_checks_leaves_its_weight_to_the_others() {
    let found = score([seen("a", Level::Basic, 1, 0), seen("b", Level::Performance, 1, 100)]);
    assert_eq!((found.score, found.known), (Some(46.7), Percent::ALL)); // 35 of 75
    assert_eq!(found.levels.len(), 2);
    assert_eq!(score([seen("b", Level::Business, 1, 80)]).score, Some(80.0));
}

#[test]
fn what_is_unknown_is_neither_zero_nor_a_hundred() {
    let found = score([
        unknown("cache", Level::Basic, 1),
        seen("ready", Level::Basic, 3, 90),
        seen("latency", Level::Performance, 1, 90),
        seen("orders", Level::Business, 1, 90),
    ]);
    assert_eq!((found.score, found.known), (Some(90.0), Percent::new(90.0).unwrap()));
    assert_eq!(found.checks[0].share, Percent::new(10.0).unwrap());
    assert_eq!(found.levels[0].known, Percent::new(75.0).unwrap());
    assert_eq!(found.reasons().last().unwrap(), "cache (basic) could not look, 10 % of the weight: no route");
}

#[test]
fn a_level_of_which_nothing_is_known_is_left_out() {
    let found = score([unknown("a", Level::Basic, 1), seen("b", Level::Performance, 1, 100), seen("c", Level::Business, 1, 0)]);
    assert_eq!((found.score, found.known), (Some(58.3), Percent::new(60.0).unwrap())); // 35 of 60
    assert_eq!(found.levels[0].score, None);
}

#[test]
fn where_nothing_is_known_there_is_no_score() {
    for found in [score([unknown("a", Level::Basic, 1)]), score([])] {
        assert_eq!((found.score, found.band, found.known), (None, None, Percent::ZERO));
    }
}

#[test]
fn what_was_taken_adds_up_to_what_is_missing_and_the_worst_comes_first() {
    let found = score([
        seen("a", Level::Basic, 2, 75),
        seen("b", Level::Basic, 3, 100),
        seen("c", Level::Performance, 1, 20),
        seen("d", Level::Business, 4, 50),
        seen("e", Level::Business, 1, 0),
    ]);
    let lost: f64 = found.checks.iter().map(|check| check.lost).sum();
    assert!((found.score.unwrap() + lost - 100.0).abs() < 1e-9, "{found:?}");
    let reasons = found.reasons();
    assert_eq!(reasons.len(), 4);
    assert_eq!(reasons[0], "c (performance) takes 28 points: c scores 20");
    assert!(found.to_string().starts_with("53 of 100, critical\n- c (performance)"), "{found}");
}

#[test]
fn a_score_survives_being_stored() {
    let found = score([seen("a", Level::Basic, 2, 75), unknown("b", Level::Business, 1)]);
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Score>(&text).unwrap(), found);
    assert!(text.contains(r#""band":"fair""#), "{text}");
}

#[test]
fn weights_must_make_sense() {
    assert_eq!(LevelWeights::new(40.0, 35.0, 25.0).unwrap(), LevelWeights::default());
    assert!(LevelWeights::new(100.0, 0.0, 0.0).is_ok());
    for (basic, performance, business) in
        [(40.0, 35.0, 24.0), (40.0, 35.0, 26.0), (-10.0, 60.0, 50.0), (f64::NAN, 50.0, 50.0), (0.4, 0.35, 0.25)]
    {
        let error = LevelWeights::new(basic, performance, business).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    }
    assert!(LevelWeights::new(0.4, 0.35, 0.25).unwrap_err().to_string().contains("make them sum to 100"));
}
