//! A validation: suites, one after the other.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result, Status,
    health::{HealthCheck, HealthContext, HealthReport},
    judge::Tolerance,
    watch::Watch,
};

use super::{Outcome, Suite, ValidationResult, run};

/// What a watch grants on top of the budget, so that the suites' own limits end them.
const GRACE: Duration = Duration::from_secs(5);

/// Suites, run one after the other until one fails. It is a [`HealthCheck`], so a deployment can demand it before traffic and after.
///
/// | outcome | as a health report |
/// |---|---|
/// | passed | healthy; the score is the share of tests that passed |
/// | warned | degraded: it passed, but a test has not, or a suite failed that only warns |
/// | failed | unhealthy, with the reasons |
/// | undecided | an error, *could not look*: it decides nothing, and a check step looks again |
///
/// ```
/// use deployment_checks::suite::{Outcome, Suite, Test, Validation};
/// use deployment_core::{health::HealthReport, testkit::sample};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> deployment_core::Result<()> {
/// let up = Test::from_fn("up", |_| async { Ok(HealthReport::healthy("200")) }).critical();
/// let orders = Test::from_fn("orders", |_| async { Ok(HealthReport::healthy("3 orders")) });
/// let validation = Validation::builder("shop").suite(Suite::smoke().test(up)).suite(Suite::api().test(orders)).build()?;
///
/// let result = validation.run(&sample::health(sample::NOON)).await;
/// assert_eq!(result.outcome, Outcome::Passed);
/// println!("{result}");
///
/// let plugins = deployment_core::Plugins::new().watch("validation", validation.watch())?;
/// // In the plan: `.check_first("validation")` of a strategy, or a step with `Work::Check`.
/// # let _ = plugins;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Validation {
    pub(super) name: String,
    pub(super) suites: Arc<[Suite]>,
    listeners: Vec<Listener>,
}

type Listener = Arc<dyn Fn(&ValidationResult) + Send + Sync>;

/// Collects the suites of a [`Validation`]; [`build`](ValidationBuilder::build) tells every fault at once.
#[derive(Debug)]
pub struct ValidationBuilder {
    name: String,
    suites: Vec<Suite>,
}

impl Validation {
    /// Collects suites.
    #[must_use]
    pub fn builder(name: impl Into<String>) -> ValidationBuilder {
        ValidationBuilder { name: name.into(), suites: Vec::new() }
    }

    /// Tells every result, also of runs that a deployment asks for: to keep it, or to write it as JUnit XML. The listener must not block.
    #[must_use]
    pub fn on_result(mut self, listener: impl Fn(&ValidationResult) + Send + Sync + 'static) -> Self {
        self.listeners.push(Arc::new(listener));
        self
    }

    /// The longest that it takes: what its suites may take together.
    #[must_use]
    pub fn budget(&self) -> Duration {
        self.suites.iter().map(Suite::budget).fold(Duration::ZERO, Duration::saturating_add)
    }

    /// Runs it. Dropping the future stops it; what a test has begun outside is then its own business.
    pub async fn run(&self, context: &HealthContext) -> ValidationResult {
        let result = run::validation(self, context).await;
        tracing::info!(validation = %self.name, outcome = ?result.outcome, message = %result.message, "the validation has ended");
        for listener in &self.listeners {
            listener(&result);
        }
        result
    }

    /// A watch that fails at the first failed run, and grants a run the time that it needs.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::health(self.clone(), Tolerance::none()).timeout(self.budget().saturating_add(GRACE))
    }
}

impl ValidationBuilder {
    /// One more suite. They are run in this order.
    #[must_use]
    pub fn suite(mut self, suite: Suite) -> Self {
        self.suites.push(suite);
        self
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with every fault: nothing to run, a name that is bad or taken, a number out of range.
    pub fn build(self) -> Result<Validation> {
        let faults = self.faults();
        if faults.is_empty() {
            return Ok(Validation { name: self.name, suites: self.suites.into(), listeners: Vec::new() });
        }
        Err(Error::invalid("validation", faults.join("; ")))
    }

    fn faults(&self) -> Vec<String> {
        let mut faults: Vec<_> = name_fault("the validation", &self.name).into_iter().collect();
        if self.suites.is_empty() {
            faults.push("it has no suite; add one, for instance Suite::smoke()".into());
        }
        let mut taken = BTreeSet::new();
        for suite in &self.suites {
            faults.extend(suite.faults());
            if !taken.insert(&suite.name) {
                faults.push(format!("two suites have the name {:?}; give each a name of its own", suite.name));
            }
        }
        faults
    }
}

impl Suite {
    /// What is wrong with it; each sentence names the suite and the fix.
    fn faults(&self) -> Vec<String> {
        let own = format!("suite {:?}", self.name);
        let mut faults: Vec<_> = name_fault("a suite", &self.name).into_iter().collect();
        let mut must = |holds: bool, fault: String| {
            if !holds {
                faults.push(fault);
            }
        };
        must(!self.tests.is_empty(), format!("{own} has no test; a suite without tests would always pass"));
        must(!self.timeout.is_zero(), format!("{own}: timeout is 0 s; give its tests some time"));
        must(!self.limit.is_zero(), format!("{own}: limit is 0 s; give it some time"));
        must((1..=100).contains(&self.at_once), format!("{own}: at_once is {}; run 1 to 100 tests side by side", self.at_once));
        let mut taken = BTreeSet::new();
        for test in &self.tests {
            let of = format!("test {:?} of {own}", test.name);
            if let Some(fault) = name_fault("a test", &test.name) {
                must(false, fault);
            }
            must(taken.insert(&test.name), format!("{own} has two tests with the name {:?}; give each a name of its own", test.name));
            must(test.timeout.is_none_or(|timeout| !timeout.is_zero()), format!("{of}: timeout is 0 s; give it some time"));
            must(test.more_tries() <= 10, format!("{of}: retries is {}; try again at most 10 times", test.more_tries()));
        }
        faults
    }
}

/// What is wrong with a name, if anything.
fn name_fault(what: &str, name: &str) -> Option<String> {
    let good = !name.trim().is_empty() && name.chars().count() <= 100 && !name.chars().any(char::is_control);
    (!good).then(|| format!("the name of {what} is {name:?}; give it 1 to 100 characters without line breaks"))
}

#[async_trait]
impl HealthCheck for Validation {
    fn describe(&self) -> String {
        let suites: Vec<_> = self.suites.iter().map(Suite::describe).collect();
        format!("validation {}: {}", self.name, suites.join(", "))
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let result = self.run(context).await;
        let evidence = result.evidence();
        let percent = result.success().basis_points() / 100;
        let score = u8::try_from(percent).unwrap_or(100);
        let mut report = match result.outcome {
            Outcome::Passed => HealthReport::healthy(evidence),
            Outcome::Warned => HealthReport::degraded(score, evidence),
            Outcome::Failed => HealthReport::unhealthy(evidence),
            Outcome::Undecided | Outcome::Skipped => {
                return Err(Error::new(ErrorKind::Failed, "validate", evidence).with_status(Status::Temporary));
            }
        };
        report.latency = result.took;
        Ok(report)
    }
}

impl fmt::Debug for Validation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Validation").field(&self.describe()).finish()
    }
}
