//! A question to a server, over UDP, and over TCP if the answer is cut short.

use std::{
    collections::BTreeSet,
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use deployment_core::{Error, ErrorKind, Result};
use hickory_proto::{
    op::{Edns, Message, MessageType, Query, ResponseCode},
    rr::{Name, RData, RecordType},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UdpSocket,
    time::{Instant, timeout_at},
};

use super::{Record, rules::Values};
use crate::net::{Network, own};

/// How often a question is sent before the time is over: a datagram may get lost.
const TRIES: u32 = 3;

/// What fits into a datagram everywhere (DNS flag day 2020).
const PAYLOAD: u16 = 1232;

/// A DNS server, and how to reach it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) network: Network,
}

impl Server {
    pub(super) async fn ask(&self, name: &str, record: Record, deadline: Instant) -> Result<Values> {
        self.network.policy().check(self.address.ip())?;
        let query = self.query(name, record)?;
        let bytes = query.to_vec().map_err(|_| self.fault(ErrorKind::InvalidInput, "the question cannot be asked"))?;
        let mut answer = self.over_udp(&query, &bytes, deadline).await?;
        if answer.metadata.truncation {
            answer = self.over_tcp(&query, &bytes, deadline).await?;
        }
        match answer.metadata.response_code {
            ResponseCode::NoError => Ok(values(&query, &answer, record)),
            ResponseCode::NXDomain => Err(self.fault(ErrorKind::Failed, "the name does not exist (NXDOMAIN)")),
            other => Err(self.fault(ErrorKind::Failed, format!("the server answers: {other}"))),
        }
    }

    fn query(&self, name: &str, record: Record) -> Result<Message> {
        let mut name = Name::from_ascii(name).map_err(|_| Error::invalid("name", "cannot be asked for"))?;
        name.set_fqdn(true);
        let mut query = Message::query();
        query.metadata.recursion_desired = true;
        query.add_query(Query::query(name, kind(record)));
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        query.set_edns(edns);
        Ok(query)
    }

    async fn over_udp(&self, query: &Message, bytes: &[u8], deadline: Instant) -> Result<Message> {
        let broken = |error: io::Error| {
            let theirs = || self.fault(ErrorKind::Unreachable, format!("the server cannot be asked: {}", error.kind()));
            own::fault(&error).unwrap_or_else(theirs)
        };
        let from: SocketAddr = if self.address.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
        // Connected: datagrams from elsewhere do not arrive.
        let socket = UdpSocket::bind(from).await.map_err(broken)?;
        socket.connect(self.address).await.map_err(broken)?;
        for left in (1..=TRIES).rev() {
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            socket.send(bytes).await.map_err(broken)?;
            if let Ok(answer) = timeout_at(Instant::now() + share.saturating_sub(Duration::from_millis(1)), listen(&socket, query)).await {
                return answer.map_err(broken);
            }
        }
        Err(self.fault(ErrorKind::Unreachable, "no answer in time"))
    }

    async fn over_tcp(&self, query: &Message, bytes: &[u8], deadline: Instant) -> Result<Message> {
        let broken = |error: io::Error| self.fault(ErrorKind::Unreachable, format!("the answer broke off: {}", error.kind()));
        let mut stream = self.network.connect(&self.address.ip().to_string(), self.address.port(), deadline).await?;
        let exchange = async {
            stream.write_u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX)).await?;
            stream.write_all(bytes).await?;
            let mut answer = vec![0; usize::from(stream.read_u16().await?)];
            stream.read_exact(&mut answer).await?;
            Ok(answer)
        };
        let late = |_| self.fault(ErrorKind::Unreachable, "no whole answer in time");
        let answer = timeout_at(deadline, exchange).await.map_err(late)?.map_err(broken)?;
        parse(query, &answer).ok_or_else(|| self.fault(ErrorKind::Failed, "the answer is not one to the question"))
    }

    fn fault(&self, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(kind, "dns", message).with("server", self.address)
    }
}

/// The first datagram that answers the question; what does not is not looked at.
async fn listen(socket: &UdpSocket, query: &Message) -> io::Result<Message> {
    let mut buffer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await?;
        if let Some(answer) = buffer.get(..length).and_then(|bytes| parse(query, bytes)) {
            return Ok(answer);
        }
    }
}

/// An answer with the question's id that repeats the question.
fn parse(query: &Message, bytes: &[u8]) -> Option<Message> {
    let answer = Message::from_vec(bytes).ok()?;
    let fits = answer.metadata.id == query.metadata.id && answer.metadata.message_type == MessageType::Response;
    (fits && answer.queries == query.queries).then_some(answer)
}

/// The values for the name that was asked for, or for a name that it is an alias of; never those of another.
fn values(query: &Message, answer: &Message, record: Record) -> Values {
    let mut names: BTreeSet<Name> = query.queries.iter().map(|query| query.name.clone()).collect();
    if record != Record::Cname {
        // An alias per round at least, so this ends.
        while let Some(alias) = answer.answers.iter().find_map(|it| match &it.data {
            RData::CNAME(target) if names.contains(&it.name) && !names.contains(&target.0) => Some(target.0.clone()),
            _ => None,
        }) {
            names.insert(alias);
        }
    }
    answer.answers.iter().filter(|it| names.contains(&it.name)).filter_map(|it| value(&it.data, record)).collect()
}

fn value(data: &RData, record: Record) -> Option<String> {
    let text = match (record, data) {
        (Record::A, RData::A(address)) => address.0.to_string(),
        (Record::Aaaa, RData::AAAA(address)) => address.0.to_string(),
        (Record::Cname, RData::CNAME(name)) => name.0.to_ascii(),
        (Record::Mx, RData::MX(mx)) => format!("{} {}", mx.preference, mx.exchange.to_ascii()),
        (Record::Txt, RData::TXT(txt)) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        _ => return None,
    };
    record.normal(&text)
}

fn kind(record: Record) -> RecordType {
    match record {
        Record::A => RecordType::A,
        Record::Aaaa => RecordType::AAAA,
        Record::Cname => RecordType::CNAME,
        Record::Mx => RecordType::MX,
        Record::Txt => RecordType::TXT,
    }
}
