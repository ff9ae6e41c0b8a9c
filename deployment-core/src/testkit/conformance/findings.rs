//! Collecting what a suite finds.

use std::{fmt::Debug, future::Future, time::Duration};

use crate::{error::Result, testkit::Violation};

/// What must not be in a description: it is stored in plans and shown to everybody.
const SECRETS: [&str; 6] = ["password", "passwd", "secret=", "token=", "akia", "-----begin"];

#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Violation>);

impl Findings {
    /// Must be so.
    pub(super) fn must(&mut self, rule: &'static str, is_so: bool, otherwise: impl FnOnce() -> String) {
        if !is_so {
            self.0.push(Violation::new(rule, otherwise()));
        }
    }

    /// Must have worked.
    pub(super) fn ok<T>(&mut self, rule: &'static str, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.0.push(Violation::new(rule, error.to_string()))).ok()
    }

    /// Must be the same both times.
    pub(super) fn same<T: PartialEq + Debug>(&mut self, rule: &'static str, once: &T, again: &T) {
        self.must(rule, once == again, || format!("first {once:?}, then {again:?}"));
    }

    /// A description is stable, says something, and has no secrets.
    pub(super) fn description(&mut self, describe: impl Fn() -> String) {
        let text = describe();
        self.same("describe is stable", &text, &describe());
        self.must("describe says something", !text.trim().is_empty(), || "it is empty".into());
        let lower = text.to_lowercase();
        let secret = SECRETS.iter().find(|secret| lower.contains(**secret));
        self.must("describe has no secrets", secret.is_none(), || format!("{text:?} looks as if it had one"));
    }

    pub(super) fn all(self) -> Vec<Violation> {
        self.0
    }
}

/// Asks until the answer is yes, for as long as `patience`; the last answer.
pub(super) async fn soon<F: Future<Output = bool>>(patience: Duration, mut is_so: impl FnMut() -> F) -> bool {
    let end = tokio::time::Instant::now() + patience;
    loop {
        if is_so().await {
            return true;
        }
        if tokio::time::Instant::now() >= end {
            return false;
        }
        tokio::time::sleep(patience / 50).await;
    }
}
