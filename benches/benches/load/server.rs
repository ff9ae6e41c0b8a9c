//! The server that is measured: this program again, as another process. It holds answers back, and keeps a log of how long.

use std::{
    convert::Infallible,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http_body_util::Full;
use hyper::{Request, Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep, sleep_until},
};

use crate::Failure;

const ROLE: &str = "LOAD_BENCH_SERVER";
/// How long answers are held back: evenly spread over the logarithm.
const SHORTEST: f64 = 0.005;
const LONGEST: f64 = 0.5;
const STALL: Duration = Duration::from_secs(1);

/// Whether this process is to be the server.
pub(crate) fn is_wanted() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// A running server. It ends with this process, whatever happens to it: its standard input ends.
pub(crate) struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    port: u16,
}

/// What its log says.
pub(crate) struct Held {
    /// p50, p95 and p99 of how long answers were held back.
    pub(crate) quantiles: [Duration; 3],
}

impl Server {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.env(ROLE, "1").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("the server has no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        Ok(Self { child, output, port: line.trim().parse()? })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it, and reads its log.
    pub(crate) fn stop(mut self) -> Result<Held, Failure> {
        drop(self.child.stdin.take());
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        self.child.wait()?;
        let micros: Vec<u64> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let quantiles = <[u64; 3]>::try_from(micros).map_err(|_| "the server's log has no three quantiles")?;
        Ok(Held { quantiles: quantiles.map(Duration::from_micros) })
    }
}

/// What the connections share.
#[derive(Debug)]
struct Shared {
    random: Mutex<fastrand::Rng>,
    held: Mutex<Vec<Duration>>,
    stalled_until: Mutex<Instant>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers until the standard input ends, then tells the log.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let shared = Arc::new(Shared {
        random: Mutex::new(fastrand::Rng::with_seed(1)),
        held: Mutex::default(),
        stalled_until: Mutex::new(Instant::now()),
    });
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
    println!("{}", listener.local_addr()?.port());
    runtime.spawn(accept(listener, Arc::clone(&shared)));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    let mut held = std::mem::take(&mut *locked(&shared.held));
    held.sort_unstable();
    let at = |percent: usize| held.get((held.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default();
    println!("{} {} {}", at(50).as_micros(), at(95).as_micros(), at(99).as_micros());
    Ok(())
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        // A small answer must not wait for the one before to be acknowledged.
        let _ = stream.set_nodelay(true);
        let shared = Arc::clone(&shared);
        let answer = service_fn(move |request: Request<_>| {
            let (shared, path) = (Arc::clone(&shared), request.uri().path().to_owned());
            async move {
                hold(&shared, &path).await;
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok"))))
            }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

async fn hold(shared: &Shared, path: &str) {
    let came = Instant::now();
    match path {
        "/stall" => *locked(&shared.stalled_until) = came + STALL,
        "/fast" => {
            let stalled = *locked(&shared.stalled_until);
            sleep_until(stalled.max(came) + Duration::from_millis(5)).await;
        }
        _ => {
            let random = locked(&shared.random).f64();
            sleep(Duration::from_secs_f64(SHORTEST * (LONGEST / SHORTEST).powf(random))).await;
            if path == "/" {
                locked(&shared.held).push(came.elapsed());
            }
        }
    }
}
