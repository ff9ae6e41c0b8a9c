//! Names to addresses.

use std::{
    fmt,
    net::{IpAddr, ToSocketAddrs},
    time::Duration,
};

use async_trait::async_trait;
use deployment_core::{Error, ErrorKind, Result};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use super::own;

/// Turns a name into addresses.
///
/// # Contract
/// - **Who implements:** the library ([`SystemResolver`]); a team with a resolver of its own; a test that wants an answer that changes.
///   **Who calls:** [`Network`](super::Network), once per connection, with a deadline around it.
/// - Gives every address that the name has; the order is the order in which they are tried. What it gives is checked by the policy
///   afterwards: an implementation decides nothing.
/// - An empty answer is an error, with [`ErrorKind::Unreachable`].
/// - One-offs and tests: [`resolve_fn`].
///
/// ```
/// use std::net::IpAddr;
/// use deployment_checks::net::{Network, Resolve};
/// use deployment_core::Result;
///
/// /// Knows one name.
/// #[derive(Debug)]
/// struct Fixed;
///
/// #[async_trait::async_trait]
/// impl Resolve for Fixed {
///     async fn resolve(&self, _name: &str) -> Result<Vec<IpAddr>> {
///         Ok(vec![IpAddr::from([10, 0, 0, 7])])
///     }
/// }
///
/// let network = Network::default().with_resolver(Fixed);
/// # let _ = network;
/// ```
#[async_trait]
pub trait Resolve: fmt::Debug + Send + Sync + 'static {
    /// The addresses of `name`, which is no address itself.
    ///
    /// # Errors
    /// If there are none, or nobody could be asked.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>>;
}

/// A resolver from an async closure.
///
/// ```
/// use std::net::IpAddr;
/// use deployment_checks::net::{Network, resolve_fn};
///
/// let network = Network::default().with_resolver(resolve_fn(|_name| async { Ok(vec![IpAddr::from([10, 0, 0, 7])]) }));
/// # let _ = network;
/// ```
pub fn resolve_fn<F, R>(resolve: F) -> impl Resolve
where
    F: Fn(String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<IpAddr>>> + Send + 'static,
{
    ResolveFn(resolve)
}

struct ResolveFn<F>(F);

impl<F> fmt::Debug for ResolveFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResolveFn")
    }
}

#[async_trait]
impl<F, R> Resolve for ResolveFn<F>
where
    F: Fn(String) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Vec<IpAddr>>> + Send + 'static,
{
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>> {
        (self.0)(name.to_owned()).await
    }
}

/// Lookups that this process has open at once: an eighth of the blocking threads that Tokio gives a runtime.
const MOST_LOOKUPS: usize = 64;
/// How long a lookup waits for its turn: less than the usual deadlines, so that this reason is told.
const TURN: Duration = Duration::from_secs(1);

static LOOKUPS: Semaphore = Semaphore::const_new(MOST_LOOKUPS);

/// The operating system's resolver: `getaddrinfo`, with its hosts file, search domains and cache, on Tokio's blocking threads.
///
/// A call that is given up at its deadline keeps its thread until the system's own timeout, so the process has at most 64 open at once. If
/// there is no turn within a second, the error is [`ErrorKind::RateLimited`]: nobody was asked, and nothing is known of the name.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>> {
        let asked = name.to_owned();
        let found =
            in_turn(&LOOKUPS, move || (asked.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect()));
        match found.await {
            Ok(Ok(addresses)) if Vec::is_empty(&addresses) => Err(unreachable("the name has no address".into())),
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(error)) => Err(own::fault(&error).unwrap_or_else(|| unreachable(format!("the name has no address: {error}")))),
            Err(error) => Err(error),
        }
        .map_err(|error| error.with("host", name))
    }
}

fn unreachable(message: String) -> Error {
    Error::new(ErrorKind::Unreachable, "resolve", message)
}

/// Runs `lookup` on a blocking thread once there is a place, which it keeps until it has ended, also if nobody waits for it any more.
async fn in_turn<T: Send + 'static>(places: &'static Semaphore, lookup: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let Ok(Ok(place)) = timeout(TURN, places.acquire()).await else {
        let words = "too many names are being looked up that get no answer: look after the name server, or ask for less at once";
        return Err(Error::new(ErrorKind::RateLimited, "resolve", words));
    };
    let answer = spawn_blocking(move || {
        let answer = lookup();
        drop(place);
        answer
    });
    answer.await.map_err(|_| unreachable("the lookup was broken off".into()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use deployment_core::Status;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn lookups_that_hang_keep_their_places_and_the_next_one_is_told_so() {
        static PLACES: Semaphore = Semaphore::const_new(2);
        let (end, ended) = mpsc::channel::<()>();
        let hung = std::sync::Arc::new(std::sync::Mutex::new(ended));
        for left in [1, 0] {
            let hung = std::sync::Arc::clone(&hung);
            let given_up = tokio::spawn(in_turn(&PLACES, move || hung.lock().unwrap().recv()));
            while PLACES.available_permits() > left {
                tokio::task::yield_now().await;
            }
            given_up.abort();
        }
        // Time does not pass by itself while a blocking thread is at work.
        let next = tokio::spawn(in_turn(&PLACES, || 7));
        tokio::task::yield_now().await;
        tokio::time::advance(TURN).await;
        let error = next.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary));
        assert!(error.to_string().contains("too many names are being looked up"), "{error}");

        drop(end);
        while PLACES.available_permits() < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(in_turn(&PLACES, || 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn the_system_knows_this_machine_and_no_name_that_cannot_be() {
        let addresses = SystemResolver.resolve("localhost").await.unwrap();
        assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
        let error = SystemResolver.resolve("no\0name").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreachable);
    }
}
