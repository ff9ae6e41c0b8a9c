//! Several at once.

use std::sync::Arc;

use futures::{FutureExt as _, future::join_all};

use super::{
    Checked, Rule,
    subject::{Broken, Driven, TTL, hold, place, record, time},
};
use crate::{
    error::{ErrorKind, Result},
    id::DeploymentId,
    journal::{Durability, Journal},
};

/// How many try at once.
const RIVALS: u64 = 8;

pub(super) const RULES: &[Rule] = &[
    ("of several creates at once, one wins", |journal| creates(journal).boxed()),
    ("of several takers at once, one wins", |journal| takers(journal).boxed()),
    ("of several appends with one number, one wins", |journal| appends(journal).boxed()),
    ("of several claims at once, one wins", |journal| claims(journal).boxed()),
    ("writers that take over from each other leave one whole chain", |journal| takeovers(journal).boxed()),
];

/// Does all at once, on other threads if the runtime has them.
async fn at_once<T: Send + 'static>(work: impl Iterator<Item = impl Future<Output = T> + Send + 'static>) -> Result<Vec<T>, Broken> {
    let tasks: Vec<_> = work.map(tokio::spawn).collect();
    join_all(tasks).await.into_iter().map(|done| done.map_err(|cause| format!("a call has panicked: {cause}").into())).collect()
}

/// One has won, the others were refused as `kind`; which one it was.
fn one_winner<T>(results: Vec<Result<T>>, kind: ErrorKind) -> Result<usize, Broken> {
    let winners: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_ok()).map(|(i, _)| i).collect();
    let wrong: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).filter(|error| error.kind() != kind).collect();
    hold(wrong.is_empty(), format!("the losers were not told {kind:?}: {wrong:?}"))?;
    match winners[..] {
        [winner] => Ok(winner),
        _ => Err(format!("{} of {} won", winners.len(), results.len()).into()),
    }
}

async fn creates(journal: Arc<dyn Journal>) -> Checked {
    let id = DeploymentId::generate();
    let rivals = (0..RIVALS).map(|number| {
        let (journal, id) = (Arc::clone(&journal), id.clone());
        async move { journal.create(&id, time(number), &record(number)).await }
    });
    let winner = one_winner(at_once(rivals).await?, ErrorKind::Conflict)?;
    let entries = journal.read(&id, 0).await?;
    let first = entries.first().map(|entry| entry.at);
    hold(entries.len() == 1 && first == Some(time(winner as u64)), format!("rival {winner} won, but the chain is {entries:?}"))
}

async fn takers(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    for round in 0..4 {
        let seen = deployment.journal.lease(&deployment.id).await?;
        let rivals = (0..RIVALS).map(|number| {
            let (deployment, seen) = (deployment.clone(), seen.clone());
            async move { deployment.journal.acquire(&deployment.id, seen.as_ref(), &format!("rival {number}"), TTL).await }
        });
        let winner = one_winner(at_once(rivals).await?, ErrorKind::Conflict)?;
        let holder = deployment.journal.lease(&deployment.id).await?.map(|state| state.holder);
        hold(holder == Some(format!("rival {winner}")), format!("in round {round} rival {winner} won, but {holder:?} holds it"))?;
    }
    Ok(())
}

async fn appends(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    for next in 1..5 {
        let rivals = (0..RIVALS).map(|number| {
            let driven = deployment.clone();
            async move { driven.journal.append(&driven.lease, next, time(number), &record(number), Durability::Synced).await }
        });
        let winner = one_winner(at_once(rivals).await?, ErrorKind::Conflict)?;
        let entries = deployment.journal.read(&deployment.id, next).await?;
        let last = entries.first().map(|entry| entry.at);
        hold(entries.len() == 1 && last == Some(time(winner as u64)), format!("rival {winner} won, but the end is {entries:?}"))?;
    }
    Ok(())
}

async fn claims(journal: Arc<dyn Journal>) -> Checked {
    let (service, environment) = place();
    let ids: Vec<_> = (0..RIVALS).map(|_| DeploymentId::generate()).collect();
    let rivals = ids.clone().into_iter().map(|id| {
        let (journal, service, environment) = (Arc::clone(&journal), service.clone(), environment.clone());
        async move { journal.claim(&service, &environment, &id).await }
    });
    let winner = one_winner(at_once(rivals).await?, ErrorKind::Conflict)?;
    let claimant = journal.claimant(&service, &environment).await?;
    hold(claimant.as_ref() == ids.get(winner), format!("{:?} won, but {claimant:?} has the claim", ids.get(winner)))?;
    if let Some(holder) = claimant {
        journal.release_claim(&service, &environment, &holder).await?;
    }
    Ok(())
}

async fn takeovers(journal: Arc<dyn Journal>) -> Checked {
    let deployment = Driven::new(journal).await?;
    let writers = (0..3).map(|number| write_until_fenced(deployment.clone(), number));
    let mut written: Vec<(u64, u64)> = Vec::new();
    for acknowledged in at_once(writers).await? {
        written.extend(acknowledged?);
    }
    written.sort_unstable();
    let entries = deployment.journal.read(&deployment.id, 1).await?;
    let kept: Vec<_> = entries.iter().map(|entry| (entry.sequence, entry.epoch)).collect();
    hold(kept == written, format!("acknowledged were {written:?}, kept {kept:?} (number, epoch)"))?;
    let epochs: Vec<_> = kept.iter().map(|(_, epoch)| *epoch).collect();
    hold(epochs.is_sorted(), format!("epochs fall: {epochs:?}"))
}

/// Takes over again and again, each time writing until the next one has taken over. What was acknowledged: number and epoch.
async fn write_until_fenced(deployment: Driven, writer: u64) -> Result<Vec<(u64, u64)>> {
    let mut acknowledged = Vec::new();
    for _ in 0..6 {
        let mine = match deployment.taken_over(&format!("writer {writer}")).await {
            Ok(mine) => mine,
            Err(error) if error.kind() == ErrorKind::Conflict => continue,
            Err(error) => return Err(error),
        };
        let mut next = mine.read().await?.len() as u64;
        for _ in 0..4 {
            match mine.append(next).await {
                Ok(()) => acknowledged.push((next, mine.lease.epoch)),
                Err(error) if error.kind() == ErrorKind::Fenced => break,
                Err(error) => return Err(error),
            }
            next += 1;
            tokio::task::yield_now().await;
        }
    }
    Ok(acknowledged)
}
