//! What latencies are in.

/// What a source's latencies are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds: what Prometheus recommends.
    Seconds,
    /// Milliseconds: Istio and Envoy.
    Milliseconds,
    /// Microseconds.
    Microseconds,
}

impl Unit {
    /// What a duration without a bound becomes: longer than every one that is asked about.
    pub(super) const ENDLESS: u64 = u64::MAX;

    /// `value` in microseconds, rounded up.
    pub(super) fn micros(self, value: f64) -> u64 {
        let factor = match self {
            Self::Seconds => 1e6,
            Self::Milliseconds => 1e3,
            Self::Microseconds => 1.0,
        };
        // What decimal fractions cannot say exactly is no microsecond more.
        if value.is_finite() { (value * factor - 1e-3).ceil().max(0.0) as u64 } else { Self::ENDLESS }
    }
}
