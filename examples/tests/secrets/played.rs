//! Servers of other protocols that are told a secret: real ones that let it in, and played ones that send it back.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Response, body::Bytes, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mongodb::bson::{Document, doc};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::{
    deployment::Ends,
    marks::{secret, url_encoded},
    peer::Peer,
    servers::{Postgres, PostgresOptions, Redis, RedisOptions},
};

/// What played servers were told, in words.
type Heard = Arc<Mutex<Vec<String>>>;

/// A server of each protocol, by its port.
pub(crate) struct Servers {
    pub(crate) postgres: u16,
    pub(crate) redis: u16,
    pub(crate) mail: [u16; 2],
    pub(crate) documents: u16,
    pub(crate) rpc: u16,
    heard: Heard,
    _real: Option<(Postgres, Redis)>,
    _played: Vec<Peer>,
}

impl Servers {
    pub(crate) async fn start(ends: Ends) -> Self {
        let heard = Heard::default();
        // Port 1 is reserved, and no server is run there.
        let nowhere =
            Self { postgres: 1, redis: 1, mail: [1, 1], documents: 1, rpc: 1, heard: Arc::clone(&heard), _real: None, _played: Vec::new() };
        if ends == Ends::Unreachable {
            return nowhere;
        }
        let mail = [mail(ends, "PLAIN", "mail-plain", &heard).await, mail(ends, "LOGIN", "mail-login", &heard).await];
        let (documents, rpc) = (documents(&heard).await, rpc(ends, &heard).await);
        let ports = Self { mail: [mail[0].port(), mail[1].port()], documents: documents.port(), rpc: rpc.port(), ..nowhere };
        let mut played: Vec<_> = mail.into_iter().chain([documents, rpc]).collect();
        if ends == Ends::Well {
            let (database, cache) = (database().await, cache().await);
            return Self { postgres: database.port(), redis: cache.port(), _real: Some((database, cache)), _played: played, ..ports };
        }
        let (database, cache) = (refusing_database(&heard).await, refusing_cache(&heard).await);
        let (postgres, redis) = (database.port(), cache.port());
        played.extend([database, cache]);
        Self { postgres, redis, _played: played, ..ports }
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// With a user for each place, whose password is that place's secret.
async fn database() -> Postgres {
    let server = Postgres::start(PostgresOptions::default()).await;
    for place in ["postgres-url", "postgres-words"] {
        server.sql(&format!("CREATE ROLE \"{place}\" LOGIN PASSWORD '{}' IN ROLE pg_monitor", secret(place))).unwrap();
    }
    server
}

async fn cache() -> Redis {
    let password: &'static str = Box::leak(secret("redis-password").into_boxed_str());
    let server = Redis::start(RedisOptions { password: Some(password), ..RedisOptions::default() }).await;
    server.command(&["ACL", "SETUSER", "redis-user", "on", &format!(">{}", secret("redis-user")), "+ping", "+info"]).unwrap();
    server
}

/// Asks for the password in clear, and refuses it with it.
async fn refusing_database(heard: &Heard) -> Peer {
    let heard = Arc::clone(heard);
    Peer::new(move |mut stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.write_all(b"R\0\0\0\x08\0\0\0\x03").await;
            let read = stream.read(&mut buffer).await.unwrap_or(0);
            let said = String::from_utf8_lossy(&buffer[5.min(read)..read.saturating_sub(1)]).into_owned();
            let fields = format!("SFATAL\0C28P01\0M{said} is wrong, {}\0D{said}\0H{said}\0\0", url_encoded(&said));
            heard.lock().unwrap().push(said);
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            let _ = stream.write_all(&[b"E", &length[..], fields.as_bytes()].concat()).await;
            let _ = stream.read(&mut buffer).await;
        }
    })
    .await
}

/// Refuses every command with what it was.
async fn refusing_cache(heard: &Heard) -> Peer {
    let heard = Arc::clone(heard);
    Peer::new(move |mut stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            let mut buffer = [0; 1024];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                let said = String::from_utf8_lossy(&buffer[..read]).replace("\r\n", " ");
                let _ = stream.write_all(format!("-WRONGPASS {said} is wrong\r\n").as_bytes()).await;
                heard.lock().unwrap().push(said);
            }
        }
    })
    .await
}

/// A mail server that offers one way to log in, and answers everything with what it was told.
async fn mail(ends: Ends, way: &'static str, place: &'static str, heard: &Heard) -> Peer {
    let heard = Arc::clone(heard);
    Peer::new(move |stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            let mut stream = BufReader::new(stream);
            let _ = stream.write_all(b"220 played\r\n").await;
            let (mut line, mut asked) = (String::new(), 0);
            while let Ok(1..) = stream.read_line(&mut line).await {
                let said = line.trim().to_owned();
                asked += u8::from(said == "AUTH LOGIN" || asked > 0);
                let verdict = if ends == Ends::Well { 235 } else { 535 };
                let answer = match (said.as_str(), asked) {
                    ("QUIT", _) => break,
                    ("NOOP", _) => "250 fine".to_owned(),
                    (said, _) if said.starts_with("EHLO") => format!("250-played\r\n250 AUTH {way}"),
                    (_, 1 | 2) => format!("334 {said}"),
                    (said, _) => format!("{verdict} {said} {}", secret(place)),
                };
                heard.lock().unwrap().push(said);
                asked = if asked == 3 { 0 } else { asked };
                let _ = stream.write_all(format!("{answer}\r\n").as_bytes()).await;
                line.clear();
            }
        }
    })
    .await
}

/// A document database that refuses every login, with the password that it would have been.
async fn documents(heard: &Heard) -> Peer {
    let heard = Arc::clone(heard);
    Peer::new(move |mut stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            while let Some((id, kind, command)) = next_command(&mut stream).await {
                let answer = if command.contains_key("saslStart") {
                    let password = secret("mongodb");
                    // As some write JSON.
                    let words = format!("{password} is wrong, {}", password.replace('/', "\\/"));
                    // A password is proven here, and not sent: that it was to be proven is all that there is to hear.
                    heard.lock().unwrap().push(password);
                    doc! { "ok": 0.0, "errmsg": words, "code": 18, "codeName": "AuthenticationFailed" }
                } else {
                    doc! { "isWritablePrimary": true, "ismaster": true, "helloOk": true, "minWireVersion": 0, "maxWireVersion": 21,
                    "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000, "ok": 1.0 }
                };
                if stream.write_all(&message(id, kind, &answer)).await.is_err() {
                    return;
                }
            }
        }
    })
    .await
}

/// `OP_MSG`; anything else is the `OP_QUERY` of a first `hello`.
const OP_MSG: i32 = 2013;

/// The next message's number, kind and command.
async fn next_command(stream: &mut TcpStream) -> Option<(i32, i32, Document)> {
    let mut header = [0; 16];
    stream.read_exact(&mut header).await.ok()?;
    let number = |at: usize| i32::from_le_bytes(header[at..at + 4].try_into().unwrap());
    let mut body = vec![0; usize::try_from(number(0)).ok()?.checked_sub(16)?];
    stream.read_exact(&mut body).await.ok()?;
    // Flags and the section's kind; or flags, the collection's name with its zero, and two numbers.
    let from = if number(12) == OP_MSG { 5 } else { 4 + body[4..].iter().position(|byte| *byte == 0)? + 9 };
    Some((number(4), number(12), Document::from_reader(&body[from..]).ok()?))
}

fn message(answers: i32, kind: i32, document: &Document) -> Vec<u8> {
    // Flags, cursor and first of an `OP_REPLY`, and that there is one document.
    let (kind, head) = if kind == OP_MSG { (OP_MSG, vec![0; 5]) } else { (1, [&[0; 16][..], &1_i32.to_le_bytes()].concat()) };
    let body = [head, document.to_vec().unwrap()].concat();
    let length = i32::try_from(body.len() + 16).unwrap();
    [length, 1, answers, kind].iter().flat_map(|number| number.to_le_bytes()).chain(body).collect()
}

/// A server of gRPC's health protocol that says its callers' token.
async fn rpc(ends: Ends, heard: &Heard) -> Peer {
    let heard = Arc::clone(heard);
    Peer::new(move |stream: TcpStream| {
        let heard = Arc::clone(&heard);
        async move {
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let token = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap()).to_owned();
                heard.lock().unwrap().push(token.clone());
                let mut trailers = HeaderMap::new();
                trailers.insert("grpc-status", if ends == Ends::Well { "0" } else { "16" }.parse().unwrap());
                trailers.insert("grpc-message", format!("not {token}").parse().unwrap());
                let body = Full::new(Bytes::from_static(b"\0\0\0\0\x02\x08\x01")).with_trailers(async move { Some(Ok(trailers)) });
                async move { Ok::<_, Infallible>(Response::new(body)) }
            });
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        }
    })
    .await
}
