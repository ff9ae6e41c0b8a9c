//! A server that speaks OP_MSG, and OP_QUERY for the first `hello`, and answers commands with documents.

use std::sync::Arc;

use deployment_checks::health::{Limits, MongoCheck, MongoCheckBuilder};
use mongodb::bson::{DateTime, Document, doc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
};

use crate::{help::plain, support::Peer};

const OP_QUERY: i32 = 2004;
const OP_MSG: i32 = 2013;

/// Answers each command by its name; what it does not know it does not give.
pub(super) type Answers = Arc<dyn Fn(&str, &Document) -> Document + Send + Sync>;

/// A server with these answers.
pub(super) async fn playing(answers: Answers) -> Peer {
    Peer::new(move |stream: TcpStream| serve(stream, Arc::clone(&answers))).await
}

/// A check of such a server, which has no time limits of its own.
pub(super) fn check(peer: &Peer) -> MongoCheckBuilder {
    let patient = Limits::degraded_from(std::time::Duration::from_secs(600));
    MongoCheck::builder("127.0.0.1", peer.port()).access(plain()).ping_time(patient)
}

pub(super) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answers: Answers) {
    while let Some((id, code, command)) = read(&mut stream).await {
        let name = command.keys().next().unwrap().clone();
        let document = answers(&name, &command).to_vec().unwrap();
        let mut body = Vec::new();
        if code == OP_MSG {
            body.extend([0, 0, 0, 0, 0]);
        } else {
            // Flags, cursor, first, and that it is one.
            body.extend([0_u8; 16]);
            body.extend(1_i32.to_le_bytes());
        }
        body.extend(document);
        let mut message = Vec::new();
        for number in [i32::try_from(body.len() + 16).unwrap(), 1, id, if code == OP_MSG { OP_MSG } else { 1 }] {
            message.extend(number.to_le_bytes());
        }
        message.extend(body);
        if stream.write_all(&message).await.is_err() {
            return;
        }
    }
}

/// The next message's number, kind and command.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<(i32, i32, Document)> {
    let mut header = [0; 16];
    stream.read_exact(&mut header).await.ok()?;
    let number = |at: usize| i32::from_le_bytes(header[at..at + 4].try_into().unwrap());
    let mut body = vec![0; usize::try_from(number(0)).ok()?.checked_sub(16)?];
    stream.read_exact(&mut body).await.ok()?;
    let start = match number(12) {
        OP_MSG => 5,
        // Flags, the collection's name, skip, count.
        OP_QUERY => 4 + body[4..].iter().position(|byte| *byte == 0)? + 1 + 8,
        _ => return None,
    };
    Some((number(4), number(12), Document::from_reader(&body[start..]).ok()?))
}

/// A `hello` of a member of a replica set that is this.
pub(super) fn hello(state: &str) -> Document {
    let mut hello = doc! { "isWritablePrimary": state == "PRIMARY", "ismaster": state == "PRIMARY", "secondary": state == "SECONDARY" };
    hello.extend(doc! { "setName": "shop", "hosts": ["a:27017", "b:27017"], "me": "a:27017", "helloOk": true });
    hello.extend(doc! { "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000 });
    hello.extend(doc! { "minWireVersion": 0, "maxWireVersion": 21, "readOnly": false, "ok": 1.0, "localTime": DateTime::now() });
    hello
}

/// A member of `replSetGetStatus`: its name, state, and when it last wrote (seconds since 1970).
pub(super) fn member(name: &str, state: &str, written: i64) -> Document {
    let health = if state == "(not reachable/healthy)" { 0.0 } else { 1.0 };
    doc! { "name": name, "health": health, "stateStr": state, "self": name == "a:27017", "optimeDate": DateTime::from_millis(written * 1_000) }
}

/// The answers of a server that is in this state, with so many connections in use of 100, in a set with these members.
pub(super) fn answers(state: &'static str, used: i32, members: Vec<Document>) -> Answers {
    Arc::new(move |command, _| match command {
        "hello" | "isMaster" | "ismaster" => hello(state),
        "ping" => doc! { "ok": 1.0 },
        "serverStatus" => doc! { "connections": { "current": used, "available": 100 - used, "totalCreated": 7_i64 }, "ok": 1.0 },
        "replSetGetStatus" => doc! { "set": "shop", "members": members.clone(), "ok": 1.0 },
        _ => doc! { "ok": 0.0, "errmsg": "no such command", "code": 59, "codeName": "CommandNotFound" },
    })
}

/// A primary that is well, and its secondary.
pub(super) fn well() -> Answers {
    answers("PRIMARY", 3, vec![member("a:27017", "PRIMARY", 1_000), member("b:27017", "SECONDARY", 1_000)])
}
