//! A deployment's journal as one HTML page: what happened, when, and what traffic saw of it.
//!
//! The page is self-contained: charts are inline SVG, there is no script, and nothing is loaded from anywhere.

mod chart;
mod checks;
mod facts;
mod page;
mod series;
mod steps;
#[cfg(test)]
mod tests;
mod text;

use deployment_core::{DeploymentId, Result, journal::Entry};

use crate::evidence::Evidence;

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Which deployment.
    pub deployment: &'a DeploymentId,
    /// Its chain, from the first record on.
    pub entries: &'a [Entry],
    /// What its checks have found, whole; nothing if it was not kept. The journal has it in brief.
    pub evidence: &'a [Evidence],
}

/// The report of a deployment, finished or not, as an HTML page.
///
/// # Errors
/// If the entries are not a chain that this library can replay, or a chart could not be drawn.
pub fn render(input: &Input) -> Result<String> {
    page::page(&facts::Facts::of(input)?, input.evidence)
}
