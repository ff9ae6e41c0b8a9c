//! What this machine lacks, which says nothing about any other.

use std::io;

use deployment_core::{Error, ErrorKind};
use rustix::io::Errno;

/// The error for what is the fault of this machine; `None` if `error` tells of the peer or of the way to it.
///
/// It is [`ErrorKind::RateLimited`]: temporary, and no verdict on who was to be asked.
pub(crate) fn fault(error: &io::Error) -> Option<Error> {
    let words = match Errno::from_io_error(error)? {
        Errno::MFILE => "this process has too many open files: raise its limit of open files (ulimit -n)",
        Errno::NFILE => "this machine has too many open files: raise its limit of open files (fs.file-max)",
        Errno::NOBUFS | Errno::NOMEM => "this machine has no memory for another connection: give it more, or do less at once",
        Errno::ADDRNOTAVAIL => "this machine has no free port or no address to connect from: widen ip_local_port_range, or do less at once",
        _ => return None,
    };
    Some(Error::new(ErrorKind::RateLimited, "connect", words))
}

#[cfg(test)]
mod tests {
    use deployment_core::Status;

    use super::*;

    #[test]
    fn what_this_machine_lacks_is_no_verdict_on_the_peer() {
        for own in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRNOTAVAIL] {
            let error = fault(&own.into()).unwrap();
            assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary));
            assert!(error.to_string().contains("this "), "{error}");
        }
        for theirs in [Errno::CONNREFUSED, Errno::CONNRESET, Errno::HOSTUNREACH, Errno::NETUNREACH, Errno::TIMEDOUT] {
            assert!(fault(&theirs.into()).is_none(), "{theirs}");
        }
        assert!(fault(&io::Error::other("x")).is_none());
    }
}
