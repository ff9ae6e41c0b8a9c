//! A canary that is rolled back, by hand, and what its report says.

use std::time::Duration;

use deployment_core::{
    Actor, DeploymentId, EnvironmentName, Percent, Plan, PluginName, Plugins, Release, Result, RevisionId, Routes, ServiceName, Split,
    StepId, TargetName, Timestamp, Token,
    engine::{Accepted, Call, Finding, Lookout, Outcome, Record, RevisionFacts, Sample, Survey, WatchSample},
    journal::Entry,
    judge::{Observation, Seen, Verdict},
    memory::MemoryTarget,
    metric::{Latency, Measurement, Reading},
    plan::{Capacity, Compensation, PlanHash, Role, Step, Work},
    strategy::Canary,
    time::Window,
};

use super::{Input, render};

const START: u64 = 1_767_268_800_000;

/// A chain under construction: every record comes half a second after the one before.
struct Chain(Vec<Entry>);

impl Chain {
    fn add(&mut self, record: Record) {
        let sequence = self.0.len() as u64;
        let epoch = u64::from(sequence > 0);
        self.0.push(Entry { sequence, epoch, at: Timestamp::from_millis(START + sequence * 500), record });
    }

    fn effect(&mut self, step: &str, call: Call, revision: Option<&str>) -> Result<()> {
        let step = StepId::new(step)?;
        let revision = revision.map(RevisionId::new).transpose()?;
        self.add(Record::StepStarted { step: step.clone() });
        self.add(Record::Intent { step: step.clone(), token: Token::new("token")?, call, before: serde_json::Value::Null });
        self.add(Record::Returned { step: step.clone(), result: Ok(Accepted { revision: revision.clone() }) });
        self.add(Record::Found { step, finding: Finding::Confirmed { revision } });
        Ok(())
    }

    fn sample(&mut self, step: &str, errors: u64, verdict: Verdict) -> Result<()> {
        let to = Timestamp::from_millis(START + self.0.len() as u64 * 500);
        let window = Window { from: to - Duration::from_millis(500), to };
        let measured = |errors, slow| {
            Reading::Measured(Measurement { requests: 100, errors, latency: Latency::from_buckets([(20_000, 90), (slow, 10)]) })
        };
        let seen = Seen::Metrics { candidate: measured(errors, 90_000), stable: Some(measured(0, 25_000)) };
        let observation = Observation { window, seen };
        let watch = WatchSample { watch: PluginName::new("errors")?, target: TargetName::new("shop")?, observation, verdict };
        self.add(Record::Sampled {
            step: StepId::new(step)?,
            sample: Sample { window, by: Lookout::Step, watches: vec![watch], targets: Vec::new() },
        });
        Ok(())
    }

    fn page(&self) -> Result<String> {
        render(&Input { deployment: &DeploymentId::new("d-1")?, entries: &self.0, evidence: &[] })
    }
}

fn release() -> Result<Release> {
    Ok(Release::new(ServiceName::new("shop")?, "3.0").notes("<script>alert('no')</script>"))
}

fn routes(candidate: f64) -> Result<Routes> {
    let (old, new) = (RevisionId::new("v2")?, RevisionId::new("v3")?);
    Ok(Routes { split: Split::between(Some(&old), &new, Percent::new(candidate)?), tests: Vec::new() })
}

/// Launched, at 10 % of traffic, and watched.
fn under_way() -> Result<Chain> {
    let plugins = Plugins::new().target("shop", MemoryTarget::builder().build())?;
    let plan = Plan::builder(release()?, EnvironmentName::new("production")?, Actor::new("ada")?)
        .deploy("shop", Capacity::of(4), Canary::steps([10.0, 100.0])?.bake(Duration::from_secs(60)))
        .build(&plugins)?;
    let bytes = serde_json::value::to_raw_value(&plan).expect("a plan can be written");
    let hash = PlanHash::of(bytes.get().as_bytes());
    let mut chain = Chain(Vec::new());
    chain.add(Record::Started { plan: bytes, hash, library: "test".into() });
    chain.add(Record::Took { holder: "a test".into() });
    let stable = RevisionFacts { id: RevisionId::new("v2")?, release: None, desired: 4, healthy: Some(4) };
    chain.add(Record::Surveyed {
        target: TargetName::new("shop")?,
        survey: Survey::Baseline { stable: Some(stable), routes: routes(0.0)? },
    });
    let launch = Call::Launch { role: Role::Candidate, release: Box::new(release()?), count: 1 };
    chain.effect("shop/launch", launch, Some("v3"))?;
    chain.effect("shop/route-10", Call::Route { routes: routes(10.0)? }, None)?;
    chain.add(Record::StepStarted { step: StepId::new("shop/bake-10")? });
    for errors in [0, 1, 4] {
        chain.sample("shop/bake-10", errors, Verdict::Continue)?;
    }
    Ok(chain)
}

/// The same, found bad and rolled back.
fn rolled_back() -> Result<Chain> {
    let mut chain = under_way()?;
    chain.sample("shop/bake-10", 12, Verdict::Fail { reason: "12 % > 5 % & rising".into() })?;
    let work = Work::Route { to: Role::Stable, share: Percent::ALL, tests: Vec::new() };
    let back = Step::new(StepId::new("back/shop/route")?, work).on(TargetName::new("shop")?).compensated_by(Compensation::NotNeeded);
    chain.add(Record::ReversalPlanned { steps: vec![back] });
    chain.effect("back/shop/route", Call::Route { routes: routes(0.0)? }, None)?;
    chain.add(Record::Finished { outcome: Outcome::RolledBack { cause: "errors: 12 % > 5 % & rising".into(), stayed: Vec::new() } });
    Ok(chain)
}

#[test]
fn a_rollback_is_shown_with_its_cause_and_its_times() -> Result<()> {
    let page = rolled_back()?.page()?;
    assert!(page.contains("<span class=\"outcome warn\">rolled back</span>"));
    assert!(page.contains("errors: 12 % &gt; 5 % &amp; rising"));
    // The first traffic is asked for at record 8, the verdict is record 15, all traffic is back at record 20.
    assert!(page.contains("<dt>Time to detect</dt><dd>3.5 s</dd>"), "{page}");
    assert!(page.contains("<dt>Time to roll back</dt><dd>2.5 s</dd>"), "{page}");
    Ok(())
}

#[test]
fn charts_of_split_errors_and_latency_are_there() -> Result<()> {
    let page = rolled_back()?.page()?;
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("decision to roll back").count(), 3);
    for text in ["shop candidate", "shop stable", "Traffic to the candidate", "Error rate", "95th percentile of latency"] {
        assert!(page.contains(text), "{text}");
    }
    Ok(())
}

#[test]
fn nothing_that_a_journal_says_becomes_markup() -> Result<()> {
    let page = rolled_back()?.page()?;
    assert!(page.contains("&lt;script&gt;"));
    assert!(!page.contains("<script"));
    assert!(!page.contains("http://") || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count());
    Ok(())
}

#[test]
fn every_step_has_its_row_and_its_result() -> Result<()> {
    let page = rolled_back()?.page()?;
    let row = |step: &str| page.lines().find(|line| line.contains(&format!("<code>{step}</code>"))).unwrap_or_default().to_owned();
    assert!(row("shop/launch").contains("confirmed"));
    assert!(row("shop/bake-10").contains("class=\"bad\">errors: 12 %"));
    assert!(row("back/shop/route").starts_with("<tr class=\"back\">"));
    assert!(row("shop/route-100").is_empty(), "it was never reached");
    Ok(())
}

#[test]
fn a_deployment_under_way_has_a_report_too() -> Result<()> {
    let page = under_way()?.page()?;
    assert!(page.contains("<span class=\"outcome detail\">under way</span>"));
    assert!(!page.contains("Time to detect"));
    Ok(())
}

#[test]
fn a_chain_that_is_none_is_an_error() -> Result<()> {
    assert!(Chain(Vec::new()).page().is_err());
    let mut chain = rolled_back()?;
    chain.0.remove(5);
    assert!(chain.page().is_err());
    Ok(())
}
