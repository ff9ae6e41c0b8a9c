//! A DNS server whose answers the test decides.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record,
        rdata::{A, AAAA, CNAME, MX, TXT},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
};

/// Over what a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    Udp,
    Tcp,
}

/// What is sent for a question: any number of messages, in this order.
pub type Say = Vec<Vec<u8>>;

/// A server on `127.0.0.1`, over UDP and TCP at the same port; gone when dropped.
pub struct DnsPeer {
    pub address: SocketAddr,
    asked: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl DnsPeer {
    /// Answers the question that came for the n-th time (from 0) over UDP or TCP with what `answer` says.
    pub async fn new(answer: impl Fn(&Message, usize, Over) -> Say + Send + Sync + 'static) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let (address, asked, answer) = (udp.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)), Arc::new(answer));
        let mut tasks = JoinSet::new();
        let (count, said) = (Arc::clone(&asked), Arc::clone(&answer));
        tasks.spawn(async move {
            let mut buffer = vec![0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
                let question = Message::from_vec(&buffer[..length]).unwrap();
                for bytes in said(&question, count.fetch_add(1, Ordering::SeqCst), Over::Udp) {
                    udp.send_to(&bytes, from).await.unwrap();
                }
            }
        });
        let count = Arc::clone(&asked);
        tasks.spawn(async move {
            while let Ok((stream, _)) = tcp.accept().await {
                let (answer, n) = (Arc::clone(&answer), count.fetch_add(1, Ordering::SeqCst));
                let _ = over_tcp(stream, |question| answer(question, n, Over::Tcp)).await;
            }
        });
        Self { address, asked, _tasks: tasks }
    }

    /// Answers every question with these records.
    pub async fn saying(records: impl Fn(&Message) -> Vec<Record> + Send + Sync + 'static) -> Self {
        Self::new(move |question, _, _| vec![answer(question, records(question))]).await
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn over_tcp(mut stream: TcpStream, say: impl Fn(&Message) -> Say) -> std::io::Result<()> {
    let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut bytes).await?;
    for answer in say(&Message::from_vec(&bytes).unwrap()) {
        stream.write_u16(u16::try_from(answer.len()).unwrap()).await?;
        stream.write_all(&answer).await?;
    }
    Ok(())
}

/// An answer to `question` that is changed by `change` before it is sent.
pub fn changed(question: &Message, records: Vec<Record>, change: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.add_queries(question.queries.clone());
    answer.add_answers(records);
    change(&mut answer);
    answer.to_vec().unwrap()
}

/// An answer to `question`.
pub fn answer(question: &Message, records: Vec<Record>) -> Vec<u8> {
    changed(question, records, |_| {})
}

/// An answer without records.
pub fn refusal(question: &Message, code: ResponseCode) -> Vec<u8> {
    changed(question, Vec::new(), |answer| answer.metadata.response_code = code)
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn record(owner: &str, data: RData) -> Record {
    Record::from_rdata(name(owner), 60, data)
}

pub fn a(owner: &str, address: &str) -> Record {
    record(owner, RData::A(A(address.parse().unwrap())))
}

pub fn aaaa(owner: &str, address: &str) -> Record {
    record(owner, RData::AAAA(AAAA(address.parse().unwrap())))
}

pub fn cname(owner: &str, target: &str) -> Record {
    record(owner, RData::CNAME(CNAME(name(target))))
}

pub fn mx(owner: &str, preference: u16, exchange: &str) -> Record {
    record(owner, RData::MX(MX::new(preference, name(exchange))))
}

pub fn txt(owner: &str, parts: &[&[u8]]) -> Record {
    record(owner, RData::TXT(TXT::from_bytes(parts.to_vec())))
}
