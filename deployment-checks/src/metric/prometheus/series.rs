//! Series of samples.

use std::collections::BTreeMap;

use deployment_core::Timestamp;

/// Samples under one set of labels, as they were scraped or computed.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Names and values of the labels; the metric's own name is `__name__`.
    pub labels: BTreeMap<String, String>,
    /// Time and value, rising in time. Values can be `NaN` and infinite.
    pub samples: Vec<(Timestamp, f64)>,
}

impl Series {
    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// The labels without these.
    pub(super) fn labels_without(&self, left_out: &[&str]) -> BTreeMap<&str, &str> {
        self.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| !left_out.contains(name)).collect()
    }

    /// By how much a counter grew from its last sample at or before `from` (zero, if there is none) to its last one at or before `to`.
    /// A value below the one before it is a reset: the counter has begun again at zero.
    pub(super) fn growth(&self, from: Timestamp, to: Timestamp) -> f64 {
        let (mut last, mut grown) = (0.0, 0.0);
        for (at, value) in self.samples.iter().filter(|(at, _)| *at <= to) {
            if *at <= from {
                last = *value;
                continue;
            }
            grown += if *value < last { *value } else { value - last };
            last = *value;
        }
        grown
    }
}

/// What was answered to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The series; a scalar is one without labels.
    pub series: Vec<Series>,
    /// Whether the server warned that something may be missing (a store that did not answer, a remote read that failed).
    pub partial: bool,
}
