//! Findings become a score. Pure: no clock, no I/O.

use deployment_core::Percent;

use super::{Band, CheckScore, Level, LevelScore, LevelWeights, Score};
use crate::look::Finding;

/// One check's finding, and how much it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// What the check looks at.
    pub check: String,
    /// Its level.
    pub level: Level,
    /// How much it counts beside the other checks of its level.
    pub weight: u32,
    /// Whether the whole is down if this is.
    pub required: bool,
    /// What it found.
    pub finding: Finding,
}

impl Weighed {
    fn seen(&self) -> Option<f64> {
        match &self.finding {
            Finding::Seen(report) => Some(f64::from(report.score.min(100))),
            Finding::Unknown { .. } => None,
        }
    }
}

/// The weights of one level that has checks: all of them, and those that could look.
struct Sums {
    level: f64,
    all: f64,
    seen: f64,
}

impl Score {
    /// The score of these findings.
    ///
    /// A check's share of the score is the weight of its level, times its part of the level's weight. Levels without checks and checks
    /// that could not look are left out, and what is left is scaled up to 100 %; [`Score::known`] says how much that was.
    ///
    /// ```
    /// use deployment_checks::{look::Finding, score::{Level, LevelWeights, Score, Weighed}};
    /// use deployment_core::health::HealthReport;
    ///
    /// let weighed = |level, report| Weighed { check: "c".into(), level, weight: 1, required: false, finding: Finding::Seen(report) };
    /// let found = [weighed(Level::Basic, HealthReport::healthy("up")), weighed(Level::Performance, HealthReport::unhealthy("slow"))];
    /// assert_eq!(Score::of(&LevelWeights::default(), found).score, Some(53.3)); // 40 of the 75 % that have checks
    /// ```
    #[must_use]
    pub fn of(weights: &LevelWeights, findings: impl IntoIterator<Item = Weighed>) -> Self {
        let findings: Vec<_> = findings.into_iter().collect();
        let sums = Level::ALL.map(|level| sums(weights, level, &findings));
        let present: f64 = sums.iter().filter(|sum| sum.all > 0.0).map(|sum| sum.level).sum();
        let counted: f64 = sums.iter().filter(|sum| sum.seen > 0.0).map(|sum| sum.level).sum();
        let (mut score, mut known) = (0.0, 0.0);
        let mut checks = Vec::with_capacity(findings.len());
        for found in findings {
            let Some(sum) = sums.get(found.level as usize) else { continue };
            let part = |of: f64, whole: f64| if of > 0.0 && whole > 0.0 { sum.level / whole * f64::from(found.weight) / of } else { 0.0 };
            let planned = part(sum.all, present);
            let counts = found.seen().map(|points| (points, part(sum.seen, counted)));
            if let Some((points, share)) = counts {
                known += planned;
                score += share * points;
            }
            let (share, lost) = counts.map_or((planned, 0.0), |(points, share)| (share, share * (100.0 - points)));
            checks.push(CheckScore {
                check: found.check,
                level: found.level,
                weight: found.weight,
                required: found.required,
                share: percent(share),
                lost: tenths(lost),
                finding: found.finding,
            });
        }
        let score = (counted > 0.0).then(|| tenths(score));
        let levels = levels(&sums, &checks);
        Self { score, band: score.map(Band::of), known: percent(known), levels, checks }
    }
}

fn sums(weights: &LevelWeights, level: Level, findings: &[Weighed]) -> Sums {
    let of = |seen: bool| findings.iter().filter(move |found| found.level == level && (!seen || found.seen().is_some()));
    let sum = |seen: bool| of(seen).map(|found| f64::from(found.weight)).sum();
    Sums { level: f64::from(weights.of(level).basis_points()), all: sum(false), seen: sum(true) }
}

fn levels(sums: &[Sums; 3], checks: &[CheckScore]) -> Vec<LevelScore> {
    let with_checks = Level::ALL.into_iter().zip(sums).filter(|(_, sum)| sum.all > 0.0);
    with_checks
        .map(|(level, sum)| {
            let points = checks.iter().filter(|check| check.level == level).filter_map(|check| match &check.finding {
                Finding::Seen(report) => Some(f64::from(report.score.min(100)) * f64::from(check.weight)),
                Finding::Unknown { .. } => None,
            });
            let score = (sum.seen > 0.0).then(|| tenths(points.sum::<f64>() / sum.seen));
            LevelScore { level, weight: percent(sum.level / 10_000.0), score, known: percent(sum.seen / sum.all) }
        })
        .collect()
}

/// Rounded to what is shown, so that a band never contradicts the number beside it.
fn tenths(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}

/// A share from 0 to 1.
fn percent(share: f64) -> Percent {
    Percent::of((share * 10_000.0).round() as u32, 10_000)
}
