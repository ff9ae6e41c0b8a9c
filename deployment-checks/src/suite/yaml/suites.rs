//! Validations, suites and tests.

use std::sync::Arc;

use deployment_core::health::{self, HealthCheck, HealthReport};

use super::{
    calls,
    fault::Faults,
    fields::{Fields, Item},
    loader::Loader,
};
use crate::{
    secret::SafeUrl,
    suite::{OnFailure, Repeated, Suite, SuiteKind, Test, Validation},
};

/// What all tests of a file share.
pub(super) struct Shared<'a> {
    pub(super) loader: &'a Loader,
    pub(super) base: Option<SafeUrl>,
}

pub(super) fn validation(item: &Item<'_>, loader: &Loader, faults: &mut Faults) -> Option<Validation> {
    let mut fields = item.fields(faults)?;
    let name = fields.need("validation", "validation: shop", faults).and_then(|item| item.text(faults));
    let base = fields.take("base").and_then(|item| calls::base(&item, faults));
    let shared = Shared { loader, base };
    let list = fields.need("suites", "suites: [{kind: smoke, tests: […]}]", faults);
    let items = list.as_ref().and_then(|list| list.items(faults)).unwrap_or_default();
    let suites: Vec<_> = items.iter().map(|item| suite(item, &shared, faults)).collect();
    fields.end(faults);
    if !faults.is_empty() {
        return None;
    }
    let builder = suites.into_iter().flatten().fold(Validation::builder(name?), |builder, suite| builder.suite(suite));
    item.told(faults, builder.build())
}

fn suite(item: &Item<'_>, shared: &Shared<'_>, faults: &mut Faults) -> Option<Suite> {
    let mut fields = item.fields(faults)?;
    let kind = fields.need("kind", "kind: smoke", faults).and_then(|item| kind(&item, faults));
    // Its defaults do not matter if the kind is not known: that is a fault.
    let mut suite = Suite::new(kind.unwrap_or(SuiteKind::Smoke));
    if let Some(name) = fields.take("name").and_then(|item| item.text(faults)) {
        suite = suite.named(name);
    }
    if let Some(timeout) = fields.take("timeout").and_then(|item| item.duration(faults)) {
        suite = suite.timeout(timeout);
    }
    if let Some(limit) = fields.take("limit").and_then(|item| item.duration(faults)) {
        suite = suite.limit(limit);
    }
    if let Some(on_failure) = fields.take("on_failure").and_then(|item| on_failure(&item, faults)) {
        suite = suite.on_failure(on_failure);
    }
    if let Some(success) = fields.take("success").and_then(|item| item.percent(faults)) {
        suite = suite.success(success);
    }
    if let Some(at_once) = fields.take("at_once").and_then(|item| item.count(faults)) {
        suite = suite.at_once(at_once as usize);
    }
    let tests = fields.need("tests", "tests: [{name: it is up, http: {get: /health}}]", faults);
    let tests = tests.as_ref().and_then(|tests| tests.items(faults)).unwrap_or_default();
    for item in &tests {
        if let Some(test) = test(item, shared, faults) {
            suite = suite.test(test);
        }
    }
    fields.end(faults);
    Some(suite)
}

fn kind(item: &Item<'_>, faults: &mut Faults) -> Option<SuiteKind> {
    let text = item.text(faults)?;
    let kind = SuiteKind::ALL.into_iter().find(|kind| kind.name() == text);
    if kind.is_none() {
        item.fault(faults, "write smoke, api, integration or performance");
    }
    kind
}

fn on_failure(item: &Item<'_>, faults: &mut Faults) -> Option<OnFailure> {
    match item.text(faults)? {
        "stop" => Some(OnFailure::Stop),
        "warn" => Some(OnFailure::Warn),
        _ => {
            item.fault(faults, "write stop or warn");
            None
        }
    }
}

fn test(item: &Item<'_>, shared: &Shared<'_>, faults: &mut Faults) -> Option<Test> {
    let mut fields = item.fields(faults)?;
    let name = fields.need("name", "name: it is up", faults).and_then(|item| item.text(faults));
    let critical = fields.take("critical").and_then(|item| item.truth(faults)).unwrap_or_default();
    let timeout = fields.take("timeout").and_then(|item| item.duration(faults));
    let retries = fields.take("retries").and_then(|item| item.count(faults));
    let repeat = fields.take("repeat");
    let check = check(name.unwrap_or("test"), &mut fields, shared, faults);
    let check = match repeat {
        Some(repeat) => repeated(&repeat, check, faults).map(|check| Arc::new(check) as Arc<dyn HealthCheck>),
        None => check,
    };
    fields.end(faults);
    let mut test = Test::shared(name?, check?);
    if critical {
        test = test.critical();
    }
    if let Some(timeout) = timeout {
        test = test.timeout(timeout);
    }
    if let Some(retries) = retries {
        test = test.retries(retries);
    }
    Some(test)
}

/// What the test does: exactly one of the fields that say so.
fn check(name: &str, fields: &mut Fields<'_>, shared: &Shared<'_>, faults: &mut Faults) -> Option<Arc<dyn HealthCheck>> {
    match (fields.take("http"), fields.take("transaction"), fields.take("check")) {
        (Some(item), None, None) => calls::single(name, &item, shared, faults),
        (None, Some(item), None) => calls::transaction(name, &item, shared, faults),
        (None, None, Some(item)) => {
            let wanted = item.text(faults)?;
            let known = &shared.loader.checks;
            let check = known.get(wanted).cloned();
            if check.is_none() {
                let names = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                item.fault(faults, format!("there is no such check; known are {names}. Add it with Loader::check"));
            }
            check
        }
        _ => {
            fields.fault(faults, "a test needs one of http, transaction and check");
            None
        }
    }
}

fn repeated(item: &Item<'_>, check: Option<Arc<dyn HealthCheck>>, faults: &mut Faults) -> Option<Repeated> {
    let mut fields = item.fields(faults)?;
    // Its numbers are looked at whether or not the check was right: that is a fault.
    let check = check.unwrap_or_else(|| Arc::new(health::from_fn("", |_| async { Ok(HealthReport::unhealthy("")) })));
    let mut repeated = Repeated::shared(check);
    if let Some(times) = fields.take("times").and_then(|item| item.count(faults)) {
        repeated = repeated.times(times);
    }
    if let Some(users) = fields.take("at_once").and_then(|item| item.count(faults)) {
        repeated = repeated.at_once(users as usize);
    }
    if let Some(success) = fields.take("success").and_then(|item| item.percent(faults)) {
        repeated = repeated.success(success);
    }
    if let Some(limit) = fields.take("p95").and_then(|item| item.duration(faults)) {
        repeated = repeated.p95(limit);
    }
    fields.end(faults);
    let valid = repeated.validate();
    item.told(faults, valid)?;
    Some(repeated)
}
