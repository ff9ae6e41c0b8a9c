//! The chain: order, completeness, exactness.

use std::sync::Arc;

use futures::FutureExt as _;
use serde_json::value::RawValue;

use super::{
    Checked, Rule,
    subject::{Driven, created, hold, record, refused, text, time},
};
use crate::{
    engine::{Lookout, Record, Sample, WatchSample},
    error::ErrorKind,
    id::{DeploymentId, PluginName, StepId, TargetName},
    journal::{Durability, Journal},
    judge::{Observation, Seen, Verdict},
    plan::PlanHash,
    signal::Refusal,
    time::Window,
};

pub(super) const RULES: &[Rule] = &[
    ("create begins the chain with entry 0 under epoch 0", |journal| begins(journal).boxed()),
    ("create refuses a deployment that exists, and leaves it as it is", |journal| exists(journal).boxed()),
    ("an append gets the number that it names, and keeps time, epoch and record", |journal| appends(journal).boxed()),
    ("an append with another number than the next is a conflict, and changes nothing", |journal| order(journal).boxed()),
    ("read begins at the number that it is given", |journal| from(journal).boxed()),
    ("lazy and synced appends make one chain", |journal| durability(journal).boxed()),
    ("the plan's bytes come back as they were", |journal| bytes(journal).boxed()),
    ("records come back as they were", |journal| records(journal).boxed()),
    ("a large record comes back", |journal| large(journal).boxed()),
    ("deployments do not share a chain, however alike their ids are", |journal| apart(journal).boxed()),
    ("a deployment that does not exist is not found", |journal| absent(journal).boxed()),
];

async fn begins(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    deployment.has(&[0]).await
}

async fn exists(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    deployment.append(1).await?;
    let again = deployment.journal.create(&deployment.id, time(9), &record(9)).await;
    let error = refused("a second create", again, &[ErrorKind::Conflict])?;
    hold(error.to_string().contains(deployment.id.as_str()), format!("the refusal does not name the deployment: {error}"))?;
    deployment.has(&[0, deployment.lease.epoch]).await
}

async fn appends(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let mut epochs = vec![0];
    for number in 1..30 {
        deployment.append(number).await?;
        epochs.push(deployment.lease.epoch);
    }
    deployment.has(&epochs).await
}

async fn order(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    deployment.append(1).await?;
    for number in [0, 1, 3, u64::MAX] {
        refused(&format!("an append as number {number}"), deployment.append(number).await, &[ErrorKind::Conflict])?;
    }
    deployment.append(2).await?;
    deployment.has(&[0, deployment.lease.epoch, deployment.lease.epoch]).await
}

async fn from(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    for number in 1..5 {
        deployment.append(number).await?;
    }
    for from in [0, 1, 3, 4, 5, 6, u64::MAX] {
        let seen: Vec<_> = deployment.journal.read(&deployment.id, from).await?.iter().map(|entry| entry.sequence).collect();
        hold(seen == (from..5).collect::<Vec<_>>(), format!("from {from} of 5 entries on, {seen:?} were read"))?;
    }
    Ok(())
}

async fn durability(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let mut epochs = vec![0];
    for number in 1..9 {
        let durability = if number % 3 == 0 { Durability::Synced } else { Durability::Lazy };
        deployment.journal.append(&deployment.lease, number, time(number), &record(number), durability).await?;
        epochs.push(deployment.lease.epoch);
    }
    deployment.has(&epochs).await
}

async fn bytes(journal: Arc<dyn Journal>) -> Checked {
    let plans = [
        r#"{"a":1,"b":[true,null],"a":2}"#,
        "{\n  \"pretty\": [\r\n\t1.0,\n\t1e5, 1E+05, -0\n  ]\n}",
        r#"{"text":"\u00e9 é \n \\ \/ 😀 \u001e"}"#,
        r#"{"large":123456789012345678901234567890.000000000000001}"#,
    ];
    for plan in plans {
        let id = DeploymentId::generate();
        let raw = RawValue::from_string(plan.to_owned()).map_err(|cause| format!("the suite's own plan is wrong: {cause}"))?;
        let hash = PlanHash::of(plan.as_bytes());
        journal.create(&id, time(0), &Record::Started { plan: raw, hash, library: "0.1.0".to_owned() }).await?;
        match journal.read(&id, 0).await?.first().map(|entry| &entry.record) {
            Some(Record::Started { plan: read, .. }) => hold(read.get() == plan, format!("{plan:?} came back as {:?}", read.get()))?,
            other => return Err(format!("the plan {plan:?} came back as {other:?}").into()),
        }
    }
    Ok(())
}

async fn records(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let (step, window) = (StepId::made("bake/10%"), Window { from: time(1), to: time(2) });
    let watch = WatchSample {
        watch: PluginName::made("errors"),
        target: TargetName::made("backend"),
        observation: Observation { window, seen: Seen::Nothing { reason: "no data".to_owned() } },
        verdict: Verdict::Continue,
    };
    let sample = Sample { window, by: Lookout::Step, watches: vec![watch], targets: Vec::new() };
    let signal = super::subject::signal(&crate::SignalId::generate(), "a \"quoted\"\nreason, ünïcode 😀 and \u{7f}");
    let all = [
        Record::Sampled { step: step.clone(), sample },
        Record::Signalled { signal, refused: Some(Refusal("not now".to_owned())) },
        Record::ReversalPlanned { steps: Vec::new() },
        Record::Skipped { step, reason: String::new() },
        Record::Finished { outcome: crate::engine::Outcome::Succeeded },
    ];
    for (number, record) in (1..).zip(&all) {
        deployment.journal.append(&deployment.lease, number, time(number), record, Durability::Synced).await?;
    }
    let read = deployment.journal.read(&deployment.id, 1).await?;
    hold(read.len() == all.len(), format!("{} records were read, {} were written", read.len(), all.len()))?;
    for (entry, record) in read.iter().zip(&all) {
        let (seen, must) = (text(&entry.record), text(record));
        hold(seen == must, format!("{must} came back as {seen}"))?;
    }
    Ok(())
}

async fn large(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let reason: String = ('a'..='z').cycle().take(200 * 1024).collect();
    let halted = Record::Halted { reason };
    deployment.journal.append(&deployment.lease, 1, time(1), &halted, Durability::Synced).await?;
    deployment.append(2).await?;
    let read = deployment.read().await?;
    hold(read.get(1).is_some_and(|entry| text(&entry.record) == text(&halted)), "200 KiB were not read as they were written")
}

async fn apart(journal: Arc<dyn Journal>) -> Checked {
    let unique = DeploymentId::generate();
    let long = "x".repeat(150);
    let ids: Vec<DeploymentId> = ["", "/a", "/../a", "%2Fa", "%2fa", ".", "..", "/", "~", "@", ":\\*?\"<>|", &long, &format!("{long}/")]
        .iter()
        .map(|end| DeploymentId::made(format!("{unique}{end}")))
        .chain([DeploymentId::made(format!(".{unique}")), DeploymentId::made(format!("../{unique}"))])
        .collect();
    for (number, id) in (0..).zip(&ids) {
        journal.create(id, time(number), &record(number)).await?;
    }
    for (number, id) in (0..).zip(&ids) {
        let read = journal.read(id, 0).await?;
        let whole = read.len() == 1 && read.iter().all(|entry| entry.at == time(number) && text(&entry.record) == text(&record(number)));
        hold(whole, format!("{id} was read as {read:?}"))?;
    }
    let listed = journal.list().await?;
    let missing: Vec<_> = ids.iter().filter(|id| !listed.contains(id)).collect();
    hold(missing.is_empty(), format!("the list does not have {missing:?}"))?;
    for id in &ids {
        journal.remove(id).await?;
    }
    Ok(())
}

async fn absent(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    created(&deployment.journal).await?;
    let none = DeploymentId::generate();
    let lease = crate::journal::Lease { deployment: none.clone(), ..deployment.lease.clone() };
    let journal = &deployment.journal;
    refused("read", journal.read(&none, 0).await, &[ErrorKind::NotFound])?;
    let append = journal.append(&lease, 1, time(1), &record(1), Durability::Synced).await;
    refused("append", append, &[ErrorKind::NotFound, ErrorKind::Fenced])?;
    refused("renew", journal.renew(&lease).await, &[ErrorKind::NotFound, ErrorKind::Fenced])?;
    refused("acquire", journal.acquire(&none, None, "nobody", lease.time_to_live).await, &[ErrorKind::NotFound])?;
    let signal = super::subject::signal(&crate::SignalId::generate(), "why");
    refused("post", journal.post(&none, &signal).await, &[ErrorKind::NotFound])?;
    refused("set_cursor", journal.set_cursor(&none, "reader", 1).await, &[ErrorKind::NotFound])?;
    hold(journal.lease(&none).await?.is_none(), "it has a lease")?;
    hold(journal.inbox(&none).await?.is_empty(), "it has an inbox")?;
    hold(journal.cursor(&none, "reader").await? == 0, "it has a cursor")?;
    journal.acknowledge(&none, &signal.id).await?;
    journal.release(&lease).await?;
    journal.remove(&none).await?;
    hold(!journal.list().await?.contains(&none), "it is listed")
}
