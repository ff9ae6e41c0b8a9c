//! Names by a server.

use std::time::Duration;

use deployment_checks::health::{DnsCheck, DnsCheckBuilder, Record};
use deployment_checks::net::Network;
use deployment_core::{ErrorKind, health::HealthStatus::*};
use hickory_proto::op::ResponseCode;

use super::{blind, report, says};
use crate::support::{
    GENEROUS, SHORT,
    dns::{DnsPeer, Over, a, aaaa, answer, changed, cname, mx, refusal, txt},
    local,
};

const NAME: &str = "shop.example.com.";

fn check(peer: &DnsPeer) -> DnsCheckBuilder {
    DnsCheck::builder("shop.example.com").server(peer.address, local()).timeout(GENEROUS)
}

#[tokio::test]
async fn every_type_of_record_is_read() {
    let peer = DnsPeer::saying(|_| {
        let mail = mx(NAME, 10, "MAIL.example.com.");
        let text = txt(NAME, &[b"v=spf1 ", b"-all"]);
        vec![a(NAME, "192.0.2.1"), a(NAME, "192.0.2.2"), aaaa(NAME, "2001:db8::1"), mail, text]
    })
    .await;
    let expecting = |record, values: &[&str]| check(&peer).record(record).exactly(values.iter().copied()).build().unwrap();
    says(&report(&expecting(Record::A, &["192.0.2.2", "192.0.2.1"])).await, Healthy, &[]);
    says(&report(&expecting(Record::Aaaa, &["2001:db8::1"])).await, Healthy, &[]);
    says(&report(&expecting(Record::Mx, &["10 mail.example.com"])).await, Healthy, &[]);
    says(&report(&expecting(Record::Txt, &["v=spf1 -all"])).await, Healthy, &[]);
    says(&report(&expecting(Record::Mx, &["20 mail.example.com"])).await, Unhealthy, &["10 mail.example.com"]);
    says(&report(&check(&peer).record(Record::Cname).build().unwrap()).await, Unhealthy, &["no CNAME record"]);
}

#[tokio::test]
async fn aliases_are_followed_and_records_of_other_names_are_not_believed() {
    let peer = DnsPeer::saying(|_| {
        let aliases = [cname(NAME, "a.cdn.example."), cname("a.cdn.example.", "b.cdn.example."), cname("b.cdn.example.", NAME)];
        [a("b.cdn.example.", "192.0.2.1"), a("evil.example.", "198.51.100.6")].into_iter().chain(aliases).collect()
    })
    .await;
    says(&report(&check(&peer).exactly(["192.0.2.1"]).build().unwrap()).await, Healthy, &[]);
    says(&report(&check(&peer).record(Record::Cname).exactly(["A.cdn.example."]).build().unwrap()).await, Healthy, &[]);
}

#[tokio::test]
async fn a_name_that_does_not_exist_and_a_server_that_refuses_are_unhealthy() {
    for (code, words) in [(ResponseCode::NXDomain, "NXDOMAIN"), (ResponseCode::ServFail, "erver"), (ResponseCode::Refused, "efused")] {
        let peer = DnsPeer::new(move |question, _, _| vec![refusal(question, code)]).await;
        says(&report(&check(&peer).build().unwrap()).await, Unhealthy, &[words]);
    }
    let empty = DnsPeer::saying(|_| Vec::new()).await;
    says(&report(&check(&empty).build().unwrap()).await, Unhealthy, &["no A record"]);
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_asked_for_again_over_tcp() {
    let peer = DnsPeer::new(|question, _, over| match over {
        Over::Udp => vec![changed(question, vec![a(NAME, "192.0.2.1")], |it| it.metadata.truncation = true)],
        Over::Tcp => vec![answer(question, (1..=200).map(|i| a(NAME, &format!("192.0.2.{i}"))).collect())],
    })
    .await;
    says(&report(&check(&peer).at_least(200).build().unwrap()).await, Healthy, &["and 190 more"]);
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again_and_silence_ends_at_the_timeout() {
    let peer = DnsPeer::new(|question, n, _| if n == 0 { Vec::new() } else { vec![answer(question, vec![a(NAME, "192.0.2.1")])] }).await;
    says(&report(&check(&peer).timeout(SHORT * 6).build().unwrap()).await, Healthy, &["192.0.2.1"]);
    assert_eq!(peer.asked(), 2);
    let silent = DnsPeer::new(|_, _, _| Vec::new()).await;
    let report = report(&check(&silent).timeout(SHORT).build().unwrap()).await;
    says(&report, Unhealthy, &["no answer"]);
    assert_eq!(silent.asked(), 3);
}

#[tokio::test]
async fn forged_and_broken_answers_are_not_answers() {
    let peer = DnsPeer::new(|question, _, _| {
        let forged = || vec![a(NAME, "198.51.100.6")];
        vec![
            b"garbage".to_vec(),
            Vec::new(),
            vec![0xff; 4000],
            changed(question, forged(), |it| it.metadata.id = it.metadata.id.wrapping_add(1)),
            changed(question, forged(), |it| it.queries.clear()),
            changed(question, forged(), |it| it.metadata.message_type = hickory_proto::op::MessageType::Query),
            answer(question, vec![a(NAME, "192.0.2.1")]),
        ]
    })
    .await;
    says(&report(&check(&peer).exactly(["192.0.2.1"]).build().unwrap()).await, Healthy, &[]);
}

#[tokio::test]
async fn a_tcp_answer_that_never_ends_or_is_another_is_unhealthy() {
    let cut = |question: &_| changed(question, Vec::new(), |it| it.metadata.truncation = true);
    let broken = DnsPeer::new(move |question, _, over| if over == Over::Udp { vec![cut(question)] } else { Vec::new() }).await;
    says(&report(&check(&broken).build().unwrap()).await, Unhealthy, &["broke off"]);
    let other = DnsPeer::new(move |question, _, over| match over {
        Over::Udp => vec![cut(question)],
        Over::Tcp => vec![changed(question, Vec::new(), |it| it.metadata.id = it.metadata.id.wrapping_add(1))],
    })
    .await;
    says(&report(&check(&other).build().unwrap()).await, Unhealthy, &["not one to the question"]);
}

#[tokio::test]
async fn a_text_that_is_no_text_is_shown_as_harmless() {
    let peer = DnsPeer::saying(|_| vec![txt(NAME, &[b"\xff\xfe\x1b[2J"])]).await;
    let report = report(&check(&peer).record(Record::Txt).build().unwrap()).await;
    says(&report, Healthy, &["\\u{1b}"]);
    assert!(!report.evidence.contains('\u{1b}'));
}

#[tokio::test]
async fn an_answer_that_changes_degrades_what_should_stay() {
    let peer = DnsPeer::new(|question, n, _| vec![answer(question, vec![a(NAME, &format!("192.0.2.{}", n + 1))])]).await;
    let check = check(&peer).unchanging().build().unwrap();
    says(&report(&check).await, Healthy, &[]);
    says(&report(&check).await, Degraded, &["192.0.2.2"]);
}

#[tokio::test]
async fn a_denied_server_is_not_asked() {
    let peer = DnsPeer::saying(|_| vec![a(NAME, "192.0.2.1")]).await;
    let denied =
        DnsCheck::builder("shop.example.com").server(peer.address, Network::default()).timeout(Duration::from_secs(2)).build().unwrap();
    assert_eq!(blind(&denied).await.kind(), ErrorKind::InvalidInput);
    assert_eq!(peer.asked(), 0);
}
