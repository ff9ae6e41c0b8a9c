//! Which fields of a document mean what.

use deployment_core::{Error, Result};

use crate::{expect::check_pointer, metric::Unit};

/// Which fields of a document mean what, by JSON pointers.
#[derive(Debug, Clone)]
#[must_use]
pub struct Fields {
    pub(super) requests: Vec<String>,
    pub(super) errors: Vec<String>,
    pub(super) latency: Option<LatencyFields>,
    pub(super) range: Option<(String, String)>,
    pub(super) until: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) enum LatencyFields {
    Buckets {
        pointer: String,
        unit: Unit,
        kind: Buckets,
    },
    /// Rising.
    Quantiles {
        quantiles: Vec<(f64, String)>,
        unit: Unit,
    },
}

/// What a bucket's count counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buckets {
    /// Latencies of this bucket and all below it, as in Prometheus.
    Cumulative,
    /// Latencies of this bucket alone.
    Separate,
}

impl Fields {
    /// Where the numbers of requests and of errors among them are; several of a kind are added up. Without errors (an empty list) a
    /// measurement has none: for sources that are asked for rates only.
    ///
    /// # Errors
    /// If `requests` is empty, or one is no JSON pointer.
    pub fn new<P: Into<String>>(requests: impl IntoIterator<Item = P>, errors: impl IntoIterator<Item = P>) -> Result<Self> {
        let (requests, errors) = (pointers(requests)?, pointers(errors)?);
        if requests.is_empty() {
            return Err(Error::invalid("requests", "no field is named; give a JSON pointer such as /requests"));
        }
        Ok(Self { requests, errors, latency: None, range: None, until: None })
    }

    /// Where the latencies' histogram is: a list of pairs `[upper bound, count]`, or an object `{"upper bound": count}`. A bound is a
    /// number, a number as a text, or `"+Inf"`.
    ///
    /// # Errors
    /// If it is no JSON pointer.
    pub fn latency_buckets(mut self, pointer: &str, unit: Unit, kind: Buckets) -> Result<Self> {
        check_pointer(pointer)?;
        self.latency = Some(LatencyFields::Buckets { pointer: pointer.into(), unit, kind });
        Ok(self)
    }

    /// Where quantiles are, such as `[(0.5, "/p50"), (0.95, "/p95")]`. A judge that asks for one of these gets just that; one between
    /// two is the next higher (to a microsecond), and what is above the highest is longer than every limit, unless 1 (the maximum) is given too.
    ///
    /// # Errors
    /// If there is none, one is not above 0 and at most 1, they do not rise, or one is no JSON pointer.
    pub fn latency_quantiles<P: Into<String>>(mut self, quantiles: impl IntoIterator<Item = (f64, P)>, unit: Unit) -> Result<Self> {
        let quantiles: Vec<(f64, String)> = quantiles.into_iter().map(|(quantile, pointer)| (quantile, pointer.into())).collect();
        let bounds = quantiles.iter().all(|(quantile, _)| *quantile > 0.0 && *quantile <= 1.0);
        if quantiles.is_empty() || !bounds || !quantiles.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Err(Error::invalid("latency", "give at least one quantile, each above 0 and at most 1, rising"));
        }
        quantiles.iter().try_for_each(|(_, pointer)| check_pointer(pointer))?;
        self.latency = Some(LatencyFields::Quantiles { quantiles, unit });
        Ok(self)
    }

    /// Where the document says which time it is about; if that is not the window, there is no data. Default: it is believed to be.
    ///
    /// # Errors
    /// If one is no JSON pointer.
    pub fn range(mut self, from: &str, to: &str) -> Result<Self> {
        check_pointer(from)?;
        check_pointer(to)?;
        self.range = Some((from.into(), to.into()));
        Ok(self)
    }

    /// Where the document says up to which time it is measured; if that is before the window's end, there is no data. Default: it is
    /// believed to be complete after the endpoint's lag.
    ///
    /// # Errors
    /// If it is no JSON pointer.
    pub fn covered_until(mut self, pointer: &str) -> Result<Self> {
        check_pointer(pointer)?;
        self.until = Some(pointer.into());
        Ok(self)
    }
}

fn pointers<P: Into<String>>(pointers: impl IntoIterator<Item = P>) -> Result<Vec<String>> {
    pointers.into_iter().map(Into::into).map(|pointer| check_pointer(&pointer).map(|()| pointer)).collect()
}
