//! The server that is checked: this program again, as another process, so that its work is not counted.

use std::{
    convert::Infallible,
    io::{BufRead, BufReader, Read},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http_body_util::Full;
use hyper::{Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Failure;

const ROLE: &str = "MONITOR_BENCH_SERVER";

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

impl Server {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.env(ROLE, "1").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("the server has no output")?);
        let port = number(&mut output)?;
        Ok(Self { child, output, port: u16::try_from(port)? })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it, and says how many requests it answered.
    pub(crate) fn stop(mut self) -> Result<u64, Failure> {
        drop(self.child.stdin.take());
        let answered = number(&mut self.output)?;
        self.child.wait()?;
        Ok(answered)
    }
}

fn number(output: &mut impl BufRead) -> Result<u64, Failure> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    Ok(line.trim().parse()?)
}

/// Answers on every address of this machine until the standard input ends.
pub(crate) fn serve() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let answered = Arc::new(AtomicU64::new(0));
    let listener = runtime.block_on(TcpListener::bind(("0.0.0.0", 0)))?;
    println!("{}", listener.local_addr()?.port());
    runtime.spawn(accept(listener, Arc::clone(&answered)));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    println!("{}", answered.load(Ordering::Relaxed));
    Ok(())
}

async fn accept(listener: TcpListener, answered: Arc<AtomicU64>) {
    while let Ok((stream, _)) = listener.accept().await {
        let answered = Arc::clone(&answered);
        let answer = service_fn(move |_| {
            answered.fetch_add(1, Ordering::Relaxed);
            let body = Bytes::from_static(br#"{"status":"ok","version":"2.1.0","database":"ok","cache":"ok"}"#);
            async move { Ok::<_, Infallible>(Response::new(Full::new(body))) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}
