//! Beginning a chain, and adding to it.

use deployment_core::{
    DeploymentId, Error, ErrorKind, Result, Timestamp,
    engine::Record,
    journal::{Entry, Lease},
};

use super::{
    change::{Change, n, s},
    head::{Head, LAYOUT, by_holder, text},
    keys::Key,
    line, refusal,
    remove::finish_removal,
    store::{Mark, Store, Written},
    tails::Known,
};

/// How many bytes of a line one item holds. An item has at most 400 KB, with its keys.
/// Source: *Quotas in Amazon DynamoDB*, <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>.
const PART: usize = 380_000;

/// How many bytes an entry's line may have, 3.8 million: a transaction has at most 4 MB.
/// Source: [`TransactWriteItems`](https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
pub const LONGEST_LINE: usize = 10 * PART;

/// How often a creation waits for the end of a removal under the same id.
const REMOVALS: usize = 3;

/// Begins a chain.
pub(super) async fn create(store: &Store, deployment: &DeploymentId, at: Timestamp, first: &Record) -> Result<()> {
    let (mark, prev) = (Mark::new(), line::no_line());
    let line = line::encode("create", &Entry { sequence: 0, epoch: 0, at, record: first.clone() }, &prev)?;
    let mut changes = vec![new_head(deployment, &mark, &line), Change::put(Key::listed(deployment), [])];
    changes.extend(parts("create", deployment, 0, &mark, &line)?);
    for _ in 0..REMOVALS {
        if store.transact("create", changes.clone()).await? == Written::Done {
            return Ok(());
        }
        match store.any_head("create", deployment).await? {
            Some(head) if mark.is(Some(&head.birth)) => return Ok(()),
            Some(head) if head.removed => finish_removal(store, deployment, &head.birth).await?,
            Some(_) => return Err(refusal::exists(deployment)),
            None => {}
        }
    }
    Err(refusal::contended("create"))
}

fn new_head(deployment: &DeploymentId, mark: &Mark, line: &str) -> Change {
    let attributes = [
        ("v", n(LAYOUT)),
        ("birth", mark.value()),
        ("next", n(1)),
        ("last", s(line::hash(line))),
        ("epoch", n(0)),
        ("renewals", n(0)),
        ("ttl", n(0)),
        ("released", aws_sdk_dynamodb::types::AttributeValue::Bool(false)),
    ];
    Change::put(Key::head(deployment), attributes).when("attribute_not_exists(#pk)")
}

/// Adds an entry, if `lease` is the one that may and `sequence` is the next.
pub(super) async fn append(store: &Store, lease: &Lease, sequence: u64, at: Timestamp, record: &Record) -> Result<()> {
    let deployment = &lease.deployment;
    let last = last_line(store, lease, sequence).await?;
    let mark = Mark::new();
    let line = line::encode("append", &Entry { sequence, epoch: lease.epoch, at, record: record.clone() }, &last)?;
    let hash = line::hash(&line);
    let head = by_holder(lease, "SET #next = :after, #last = :hash").when("#next = :next AND #last = :last");
    let head = head.value("after", n(sequence.saturating_add(1))).value("hash", s(&hash)).value("next", n(sequence)).value("last", s(last));
    let mut changes = vec![head];
    changes.extend(parts("append", deployment, sequence, &mark, &line)?);
    // Until it is known what became of it, nothing is.
    store.tails.forget(deployment);
    let written = match store.transact("append", changes).await {
        Ok(Written::Done) => Ok(()),
        Ok(Written::Refused) => why_refused(store, lease, sequence, &mark).await,
        Err(error) => Err(error),
    };
    match &written {
        Ok(()) => store.tails.set(deployment, Known::Tail { next: sequence.saturating_add(1), last: hash }),
        Err(error) if is_refusal(error) => {}
        Err(_) => store.tails.set(deployment, Known::Failed { epoch: lease.epoch }),
    }
    written
}

/// The caller was wrong, as opposed to: the store has failed.
fn is_refusal(error: &Error) -> bool {
    let kinds = [ErrorKind::Fenced, ErrorKind::Conflict, ErrorKind::NotFound, ErrorKind::InvalidInput];
    kinds.contains(&error.kind()) && error.status() == deployment_core::Status::Permanent
}

/// The hash of the line that the new one is to follow.
async fn last_line(store: &Store, lease: &Lease, sequence: u64) -> Result<String> {
    let deployment = &lease.deployment;
    match store.tails.get(deployment) {
        Some(Known::Failed { epoch }) if epoch == lease.epoch => {
            let message = "an earlier append under this lease has failed here, and may arrive yet; take the lease again and resume";
            Err(Error::new(ErrorKind::Storage, "append", message).with("deployment", deployment).with("epoch", epoch))
        }
        Some(Known::Tail { next, last }) if next == sequence => Ok(last),
        _ => {
            let head = store.head("append", deployment).await?.ok_or_else(|| refusal::no_such("append", deployment))?;
            head.fence("append", lease)?;
            in_order(&head, lease, sequence)?;
            Ok(head.last)
        }
    }
}

fn in_order(head: &Head, lease: &Lease, sequence: u64) -> Result<()> {
    if sequence == head.next { Ok(()) } else { Err(refusal::out_of_order(&lease.deployment, sequence, head.next)) }
}

/// Why the conditions do not hold; nothing is wrong if it was this append that broke them.
async fn why_refused(store: &Store, lease: &Lease, sequence: u64, mark: &Mark) -> Result<()> {
    let deployment = &lease.deployment;
    let head = store.head("append", deployment).await?.ok_or_else(|| refusal::no_such("append", deployment))?;
    if head.next > sequence {
        let entry = store.get("append", &Key::entry(deployment, sequence, 0)).await?;
        if entry.is_some_and(|entry| mark.is(text(&entry, "mark"))) {
            return Ok(());
        }
    }
    head.fence("append", lease)?;
    in_order(&head, lease, sequence)?;
    Err(refusal::contended("append").with_status(deployment_core::Status::Permanent))
}

/// The items of an entry.
fn parts(operation: &'static str, deployment: &DeploymentId, sequence: u64, mark: &Mark, line: &str) -> Result<Vec<Change>> {
    if line.len() > LONGEST_LINE {
        let message =
            format!("the entry takes {} bytes, and at most {LONGEST_LINE} fit; make the plan or the value in it smaller", line.len());
        return Err(Error::new(ErrorKind::InvalidInput, operation, message).with("deployment", deployment));
    }
    let put = |(part, text): (usize, &str)| {
        let attributes = [("line", s(text)), ("mark", mark.value())];
        Change::put(Key::entry(deployment, sequence, part), attributes).when("attribute_not_exists(#pk)")
    };
    Ok(cut(line, PART).into_iter().enumerate().map(put).collect())
}

/// `text` in parts of at most `longest` bytes, each of whole characters.
fn cut(text: &str, longest: usize) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let at = (0..=longest.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at)).filter(|at| *at > 0).unwrap_or(rest.len());
        let (part, after) = rest.split_at(at);
        parts.push(part);
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_short_enough_and_whole_characters_and_make_the_text() {
        for text in ["", "a", "abcdefgh", "äöüäöüäöü", "a😀b😀c😀d"] {
            for longest in 4..9 {
                let parts = cut(text, longest);
                assert!(parts.iter().all(|part| part.len() <= longest && !part.is_empty()), "{parts:?}");
                assert_eq!(parts.concat(), text);
            }
        }
    }
}
