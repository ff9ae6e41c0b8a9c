//! Which scrapes a window's counts lie between.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use deployment_core::{Timestamp, time::Window};

use super::{series::Series, source::Churn};
use crate::metric::stop::Stop;

/// What is to be measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) window: Window,
    /// How far before and after the window samples were asked for.
    pub(super) reach: Duration,
    pub(super) churn: Churn,
}

/// What is scraped at once: `job` and `instance`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Instance(Option<String>, Option<String>);

pub(super) fn instance(series: &Series) -> Instance {
    let label = |name| series.label(name).map(str::to_owned);
    Instance(label("job"), label("instance"))
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0, &self.1) {
            (_, Some(instance)) => write!(f, "instance {instance:?}"),
            (Some(job), None) => write!(f, "job {job:?}"),
            (None, None) => f.write_str("the series"),
        }
    }
}

/// Counted are samples after `from`, which is a scrape, up to `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

pub(super) type Spans = BTreeMap<Instance, Span>;

/// Both ends of the window are moved back to each instance's last scrape, so that windows that touch still touch. A scrape at or after
/// the window's end must be there: only then is it known that nothing of the window is still to come.
pub(super) fn spans<'a>(series: impl Iterator<Item = &'a Series>, cut: Cut) -> Result<Spans, Stop> {
    let mut scrapes: BTreeMap<Instance, BTreeSet<Timestamp>> = BTreeMap::new();
    for one in series {
        scrapes.entry(instance(one)).or_default().extend(one.samples.iter().map(|(at, _)| *at));
    }
    let Window { from, to } = cut.window;
    let (mut spans, mut covered) = (Spans::new(), false);
    for (instance, scrapes) in scrapes {
        let before = scrapes.range(..=from).next_back().copied();
        let last = scrapes.range(..=to).next_back().copied().filter(|last| *last > from);
        let after = scrapes.range(to..).next().is_some();
        covered |= after;
        let Some(last) = last else {
            if before.is_some() && after {
                return Err(Stop::no_data(format!(
                    "{instance} was not scraped within the window; windows must be longer than the scrape interval"
                )));
            }
            // It had gone before, or came later.
            continue;
        };
        if cut.churn == Churn::NoData && !after {
            return Err(Stop::no_data(format!("{instance} was not scraped since {last}: it is late, or has gone")));
        }
        if cut.churn == Churn::NoData && before.is_none() {
            return Err(Stop::no_data(format!("{instance} was not scraped in the {} s before the window", cut.reach.as_secs_f64())));
        }
        // What a new instance did before its first scrape is lost: its counters may be as old as they like.
        let first = before.or_else(|| scrapes.range(from..).next().copied()).unwrap_or(last);
        spans.insert(instance, Span { from: first, to: last });
    }
    match spans.is_empty() {
        true => Err(Stop::no_data("no scrape lies in the window")),
        false if !covered => Err(Stop::no_data("nothing was scraped since the window ended: the samples are late")),
        false => Ok(spans),
    }
}
