//! The task that lets checks look when they are due.

use std::sync::Arc;

use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};

use super::shared::Shared;
use crate::look::{Looked, look};

type Looks = JoinSet<(u64, Looked)>;

/// Runs until it is aborted, and ends every look under way with itself.
pub(super) async fn run(shared: Arc<Shared>) {
    let _closing = Closing(Arc::clone(&shared));
    let mut looks = Looks::new();
    loop {
        let next = begin(&shared, &mut looks);
        tokio::select! {
            Some(ended) = looks.join_next() => {
                take(&shared, ended);
                while let Some(ended) = looks.try_join_next() {
                    take(&shared, ended);
                }
            }
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
            () = shared.added.notified() => {}
        }
    }
}

/// Begins what is due as far as there are places. Says when to come again, if the end of a look does not come first.
fn begin(shared: &Arc<Shared>, looks: &mut Looks) -> Option<Instant> {
    let mut table = shared.table();
    let now = Instant::now();
    while looks.len() < shared.concurrency {
        let Some((id, monitored)) = table.due(now) else { return table.schedule.next() };
        let context = shared.context(&monitored);
        let handle = looks.spawn(async move { (id, look(monitored.check.as_ref(), &context, monitored.timeout).await) });
        table.looking(id, handle);
    }
    None
}

/// A look that was aborted belonged to a check that is gone.
fn take(shared: &Shared, ended: Result<(u64, Looked), JoinError>) {
    if let Ok((id, looked)) = ended {
        let at = shared.clock.now();
        shared.table().looked(id, looked, Instant::now(), at);
    }
}

/// Ends the feeds with the task, whatever ends it.
struct Closing(Arc<Shared>);

impl Drop for Closing {
    fn drop(&mut self) {
        let mut table = self.0.table();
        table.changes.close();
        table.results.close();
    }
}
