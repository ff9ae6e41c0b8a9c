//! No way to write an address gets past the policy.

use std::{collections::BTreeSet, net::Ipv4Addr};

use deployment_checks::{
    http::HttpRequest,
    net::{AddressPolicy, Network},
    secret::SafeUrl,
};
use deployment_core::{ErrorKind, Result};
use tokio::time::Instant;

use crate::support::{GENEROUS, Names, Peer, client, hostile::answer};

const TARGETS: [[u8; 4]; 5] = [[127, 0, 0, 1], [169, 254, 169, 254], [0, 0, 0, 0], [100, 100, 100, 200], [127, 9, 8, 7]];

/// What a resolver of numbers, `inet_aton` included, takes for `address`.
fn numbers([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let n = u32::from_be_bytes([a, b, c, d]);
    let (low, rest) = (n & 0xffff, n & 0x00ff_ffff);
    vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{n}"),
        format!("0x{n:x}"),
        format!("0X{n:08X}"),
        format!("0{n:o}"),
        format!("{a}.{rest}"),
        format!("{a}.{b}.{low}"),
        format!("0x{a:x}.{rest}"),
        format!("0{a:o}.{b}.{low}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("000{a:o}.000{b:o}.000{c:o}.000{d:o}"),
        format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        format!("0x{a:02X}.{b}.0{c:o}.{d}"),
        format!("{a}.0x{rest:x}"),
        format!("{a}.{b}.0{low:o}"),
    ]
}

/// The IPv6 addresses that carry `address`.
fn within(address: [u8; 4]) -> Vec<String> {
    let v4 = Ipv4Addr::from(address);
    let n = u32::from(v4);
    let (high, low) = (n >> 16, n & 0xffff);
    let (not_high, not_low) = (!n >> 16, !n & 0xffff);
    vec![
        format!("[::ffff:{v4}]"),
        format!("[::FFFF:{high:x}:{low:x}]"),
        format!("[0:0:0:0:0:ffff:{high:04x}:{low:04x}]"),
        format!("[::{v4}]"),
        format!("[::ffff:0:{v4}]"),
        format!("[64:ff9b::{v4}]"),
        format!("[0064:ff9b:0:0:0:0:{high:04x}:{low:04x}]"),
        format!("[64:ff9b:1::{v4}]"),
        format!("[2002:{high:x}:{low:x}::]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:{high:x}:{low:x}::1]"),
        format!("[2001::{not_high:x}:{not_low:x}]"),
        format!("[2001:db8::5efe:{v4}]"),
        format!("[fe80::200:5efe:{v4}]"),
    ]
}

/// `address` in other letters and with tricks around it.
fn disguised([a, b, c, d]: [u8; 4]) -> Vec<String> {
    let plain = format!("{a}.{b}.{c}.{d}");
    let shifted = |base: u32| plain.chars().map(|x| x.to_digit(10).and_then(|n| char::from_u32(base + n)).unwrap_or(x)).collect::<String>();
    vec![
        format!("{plain}."),
        shifted(0xff10),  // full width
        shifted(0x1d7ce), // mathematical bold
        shifted(0xff10).replace('.', "\u{3002}"),
        plain.replace('.', "\u{3002}"),
        plain.replace('.', "\u{ff0e}"),
        plain.replace('.', "\u{ff61}"),
        plain.replace('.', "%2e"),
        plain.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        plain.replace('1', "%31"),
        plain.replacen('.', "\u{ad}.", 1), // a soft hyphen, which names lose
        plain.replacen('.', "\t.", 1),
        plain.replacen('.', "\n.", 1),
        format!("good.example@{plain}"),
        format!("{plain}@good.example"),
        format!("good.example:80@{plain}"),
        format!("good.example%40{plain}"),
        format!("good.example%00.{plain}"),
        format!("good.example\\@{plain}"),
        format!("{plain}\\@good.example"),
        format!("{plain}%2523@good.example"),
        format!("{plain}.nip.io"),
        format!("{a}-{b}-{c}-{d}.sslip.io"),
    ]
}

const OTHERS: [&str; 21] = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost.localdomain",
    "ip6-localhost",
    "metadata.google.internal",
    "\u{24db}ocalhost",
    "loc%61lhost",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "[fe80::1]",
    "[fe80::a9fe:a9fe]",
    "[ff02::1]",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "[fec0::1]",
    "[100::1]",
];

/// Every host, with the `port` at which somebody waits on this machine.
fn corpus(port: u16) -> Vec<String> {
    let of = |target| [numbers(target), within(target), disguised(target)].concat();
    let hosts = TARGETS.into_iter().flat_map(of).chain(OTHERS.map(str::to_owned));
    let mut urls: Vec<String> = hosts.map(|host| format!("http://{host}:{port}/")).collect();
    for rest in ["127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
        urls.extend(
            ["//", "////", "http:", "http:/", "http:///", "http:\\\\", "HTTP://", "\\\\"].map(|start| format!("{start}{rest}:{port}/")),
        );
    }
    urls.extend(
        ["file:///etc/passwd", "gopher://127.0.0.1:6379/_x", "ftp://127.0.0.1/", "data:text/plain,x", "unix:///run/x.sock"]
            .map(str::to_owned),
    );
    urls
}

/// The worst resolver: every name is this machine.
fn worst() -> Names {
    Names::changing(&[&["127.0.0.1"]])
}

#[tokio::test]
async fn no_encoding_of_a_denied_address_escapes() {
    let inside = Peer::keeping_at([0, 0, 0, 0], |_| answer(200, "", b"inside")).await;
    let names = worst();
    let client = client().network(Network::default().with_resolver(names.clone())).build().unwrap();
    let corpus: BTreeSet<String> = corpus(inside.port()).into_iter().collect();
    let (mut unparsed, mut denied, mut named, mut escapes) = (0, 0, 0, Vec::new());
    for text in &corpus {
        let Ok(url) = SafeUrl::parse(text) else {
            unparsed += 1;
            continue;
        };
        let asked = names.asked();
        match client.send(&HttpRequest::get(url)).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput && error.to_string().contains("is denied") => {
                if names.asked() == asked {
                    denied += 1;
                } else {
                    named += 1;
                }
            }
            other => escapes.push(format!("{text}: {other:?}")),
        }
    }
    let sent = denied + named;
    println!(
        "{} encodings: {unparsed} are no URL, {denied} addresses and {named} names were denied; {} escapes",
        corpus.len(),
        escapes.len()
    );
    assert!(escapes.is_empty(), "{escapes:#?}");
    assert!(sent >= 200 && denied > named, "{sent} were sent, {denied} of them as addresses");
    assert_eq!((sent + unparsed, inside.connections()), (corpus.len(), 0));
}

#[tokio::test]
async fn no_redirect_to_an_encoding_of_a_denied_address_escapes() {
    let inside = Peer::keeping_at([0, 0, 0, 0], |_| answer(200, "", b"inside")).await;
    let targets = corpus(inside.port());
    let corpus = targets.clone();
    let outside = Peer::keeping_at([127, 77, 0, 1], move |request| {
        // A target that is a path here after all (`http:127.0.0.1/`, in a redirect) arrives as one.
        let Ok(turn) = request.split(' ').nth(1).unwrap()[1..].parse::<usize>() else { return answer(200, "", b"outside") };
        answer(302, &format!("location: {}\r\n", targets[turn].replace(['\n', '\t'], "")), b"")
    })
    .await;
    let policy = AddressPolicy::default().allow("127.77.0.1/32").unwrap();
    let client = client().network(Network::new(policy).with_resolver(worst())).redirects(3).build().unwrap();
    let (mut escapes, mut stayed) = (Vec::new(), 0);
    for (turn, text) in corpus.iter().enumerate() {
        match client.send(&HttpRequest::get(outside.url(&format!("/{turn}")))).await {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Failed) => {}
            Ok(response) if response.url().same_origin(&outside.url("/")) && response.body() == "outside" => stayed += 1,
            other => escapes.push(format!("{text}: {other:?}")),
        }
    }
    println!("{} redirects, {} escapes; {stayed} were paths of the peer itself", corpus.len(), escapes.len());
    assert!(escapes.is_empty(), "{escapes:#?}");
    assert_eq!((inside.connections(), outside.requests().len()), (0, corpus.len() + stayed));
}

#[tokio::test]
async fn no_number_that_the_system_reads_as_a_denied_address_escapes() -> Result<()> {
    let inside = Peer::keeping_at([0, 0, 0, 0], |_| Vec::new()).await;
    let mut denied = 0;
    for host in TARGETS.into_iter().flat_map(numbers) {
        let outcome = Network::default().connect(&host, inside.port(), Instant::now() + GENEROUS).await;
        let error = outcome.unwrap_err();
        match error.kind() {
            ErrorKind::InvalidInput => denied += 1,
            // The system takes it for a name that nobody has.
            ErrorKind::Unreachable if error.to_string().contains("no address") => {}
            _ => panic!("{host}: {error}"),
        }
    }
    assert!(denied >= 4 * TARGETS.len(), "only {denied} were read as addresses");
    assert_eq!(inside.connections(), 0);
    Ok(())
}
