//! Numbers over time, taken from the samples of a journal.

use deployment_core::{
    TargetName, Timestamp,
    engine::Sample,
    judge::Seen,
    metric::{Measurement, Reading},
    plan::Role,
};

/// A line of a chart, in pieces: where there was no data it is broken.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) pieces: Vec<Vec<(f64, f64)>>,
}

impl Line {
    fn add(&mut self, point: Option<(f64, f64)>) {
        match (point, self.pieces.last_mut()) {
            (Some(point), Some(piece)) => piece.push(point),
            (Some(point), None) => self.pieces.push(vec![point]),
            (None, Some(piece)) if !piece.is_empty() => self.pieces.push(Vec::new()),
            (None, _) => {}
        }
    }

    /// Every point.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.pieces.iter().flatten().copied()
    }
}

/// Error rate in percent and 95th percentile of latency in milliseconds, per target and revision.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) errors: Vec<Line>,
    pub(super) latency: Vec<Line>,
}

impl Measured {
    /// Takes what one look has measured. Several watches of a target may have seen the same; one of them counts.
    pub(super) fn add(&mut self, started: Timestamp, sample: &Sample) {
        let mut seen: Vec<&TargetName> = Vec::new();
        for watch in &sample.watches {
            let Seen::Metrics { candidate, stable } = &watch.observation.seen else { continue };
            if seen.contains(&&watch.target) {
                continue;
            }
            seen.push(&watch.target);
            let at = sample.window.to.since(started).as_secs_f64();
            self.add_one(&watch.target, Role::Candidate, at, candidate);
            if let Some(stable) = stable {
                self.add_one(&watch.target, Role::Stable, at, stable);
            }
        }
    }

    fn add_one(&mut self, target: &TargetName, role: Role, at: f64, reading: &Reading) {
        let measured = reading.measured().filter(|measurement| measurement.requests > 0);
        let name = format!("{target} {role}");
        line(&mut self.errors, &name, role).add(measured.map(|measurement| (at, error_rate(measurement))));
        line(&mut self.latency, &name, role).add(measured.and_then(p95).map(|millis| (at, millis)));
    }
}

fn line<'a>(lines: &'a mut Vec<Line>, name: &str, role: Role) -> &'a mut Line {
    let index = lines.iter().position(|line| line.name == name).unwrap_or_else(|| {
        lines.push(Line { name: name.to_owned(), role, pieces: Vec::new() });
        lines.len() - 1
    });
    &mut lines[index]
}

fn error_rate(measurement: &Measurement) -> f64 {
    measurement.errors as f64 * 100.0 / measurement.requests as f64
}

fn p95(measurement: &Measurement) -> Option<f64> {
    measurement.latency.quantile(0.95).map(|latency| latency.as_secs_f64() * 1_000.0)
}
