//! A TCP server with a behaviour.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use deployment_checks::secret::SafeUrl;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

const LOCAL: [u8; 4] = [127, 0, 0, 1];

/// A server on `127.0.0.1` that does the same with every connection; gone when dropped.
pub struct Peer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Does `behaviour` with every connection.
    pub async fn new<F, R>(behaviour: F) -> Self
    where
        F: Fn(TcpStream) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        Self::recording(LOCAL, move |stream, _| behaviour(stream)).await
    }

    /// Reads a request, answers with exactly `bytes`, and closes.
    pub async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = Arc::new(bytes.into());
        Self::answering(LOCAL, move |_| Arc::clone(&bytes).to_vec(), false).await
    }

    /// Answers every request with what `answer` makes of it, on a connection that is kept.
    pub async fn keeping(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::keeping_at(LOCAL, answer).await
    }

    /// The same on another address of this machine.
    pub async fn keeping_at(address: [u8; 4], answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::answering(address, answer, true).await
    }

    async fn answering(address: [u8; 4], answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static, keep: bool) -> Self {
        let answer = Arc::new(answer);
        Self::recording(address, move |mut stream, seen| {
            let answer = Arc::clone(&answer);
            async move {
                while let Some(request) = read_request(&mut stream).await {
                    seen.lock().unwrap().push(request.clone());
                    if stream.write_all(&answer(&request)).await.is_err() || !keep {
                        break;
                    }
                }
                let _ = stream.shutdown().await;
            }
        })
        .await
    }

    async fn recording<F, R>(address: [u8; 4], behaviour: F) -> Self
    where
        F: Fn(TcpStream, Arc<Mutex<Vec<String>>>) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((std::net::Ipv4Addr::from(address), 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
        let (count, seen) = (Arc::clone(&connections), Arc::clone(&requests));
        let task = tokio::spawn(async move {
            let mut served = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                served.spawn(behaviour(stream, Arc::clone(&seen)));
            }
        });
        Self { address, connections, requests, task }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://<address>:<port><path>`.
    pub fn url(&self, path: &str) -> SafeUrl {
        super::url(&format!("http://{}{path}", self.address))
    }

    /// How many connections it accepted so far.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests so far, each with its headers and body, as they came.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The next request's head and body (of the announced length); `None` at the end of the connection.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).await.ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).map_or(0, |n| n.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    bytes.extend(body);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
