//! Driving in a process that people end with Ctrl-C, and machines with SIGTERM.

use deployment_core::{Ended, Handle};

use super::Problem;
use crate::roles::Asked;

/// Waits until driving has ended. The first SIGTERM or Ctrl-C calls `stopping` and requests a stop at a safe point; at the second it is
/// left as it is, for the next driver: `None`, and the process should end.
pub(crate) async fn attend(mut handle: Handle, stopping: impl FnOnce()) -> Result<Option<Ended>, Problem> {
    let mut asked = Asked::listen()?;
    tokio::select! {
        ended = handle.wait() => return Ok(Some(ended?)),
        () = asked.next() => {}
    }
    stopping();
    handle.stop();
    tokio::select! {
        ended = handle.wait() => Ok(Some(ended?)),
        () = asked.next() => Ok(None),
    }
}
