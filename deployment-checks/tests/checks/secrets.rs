//! A secret goes into the request and nowhere else.

use std::{error::Error as _, fmt::Write as _};

use deployment_checks::{
    http::{HttpClient, HttpRequest},
    net::{Network, Tls},
    secret::{SafeUrl, Secret},
};

use crate::support::{Authority, Logs, Peer, SHORT, client, hostile, tls_peer, url};

/// The secrets, and the forms in which they travel (base64 of `ada:BASIC-mark-2`).
const MARKS: [&str; 8] =
    ["mark-", "BEARER-mark-1", "YWRhOkJBU0lDLW1hcmstMg", "KEY-mark-3", "QUERY-mark-4", "PATH-mark-5", "PLAIN-mark-6", "mark%2D"];

fn requests(at: &SafeUrl) -> Vec<HttpRequest> {
    let hidden = SafeUrl::from_secret(&Secret::new(format!("{at}PATH-mark-5"))).unwrap();
    let at = at.join("?q=QUERY-mark-4&bare-mark-7").unwrap().with_query("more", &Secret::new("QUERY-mark-8"));
    let keyed = |request: HttpRequest| {
        request.secret_header("x-api-key", &Secret::new("KEY-mark-3")).unwrap().header("x-plain", "PLAIN-mark-6").unwrap()
    };
    vec![
        keyed(HttpRequest::get(at.clone())).bearer(&Secret::new("BEARER-mark-1")).unwrap(),
        keyed(HttpRequest::get(at)).basic("ada", &Secret::new("BASIC-mark-2")).unwrap(),
        keyed(HttpRequest::post(hidden, "text/plain", "BODY-mark-9").unwrap()),
    ]
}

/// Everything that can be seen of sending `requests`.
async fn seen(client: &HttpClient, requests: &[HttpRequest]) -> String {
    let mut text = format!("{client:?}");
    for request in requests {
        write!(text, "{request:?} {} {:?}", request.url(), request.url()).unwrap();
        match client.send(request).await {
            Ok(response) => write!(text, "{response:?} {}", response.url()).unwrap(),
            Err(error) => {
                write!(text, "{error} {error:?}").unwrap();
                let mut cause = error.source();
                while let Some(source) = cause {
                    write!(text, "{source} {source:?}").unwrap();
                    cause = source.source();
                }
            }
        }
    }
    text
}

fn assert_clean(what: &str, text: &str) {
    for mark in MARKS {
        assert!(!text.contains(mark), "{mark} in {what}: {}", text.lines().find(|line| line.contains(mark)).unwrap_or_default());
    }
}

#[tokio::test]
async fn a_secret_is_in_no_log_debug_display_or_error() {
    let logs = Logs::collected();
    let mut peers = hostile::all().await;
    let echo = Peer::keeping(|request| hostile::answer(200, "set-cookie: a=mark-10\r\n", request.as_bytes())).await;
    let leading = Peer::keeping(|_| hostile::answer(302, "location: http://ada:mark-11@x/?k=mark-12\r\n", b"")).await;
    let inside = Peer::keeping(|_| hostile::answer(302, "location: http://169.254.169.254/?k=mark-13\r\n", b"")).await;
    let odd = Peer::keeping(|_| hostile::answer(302, "location: http://[mark-14/\r\n", b"")).await;
    peers.extend([("echo", echo), ("redirect", leading), ("metadata", inside), ("odd redirect", odd)]);
    let ask = client().deadline(SHORT).redirects(2).build().unwrap();
    for (name, peer) in &peers {
        assert_clean(name, &seen(&ask, &requests(&peer.url("/"))).await);
    }
    assert!(peers.iter().any(|(name, peer)| *name == "echo" && peer.requests().iter().any(|request| request.contains("BEARER-mark-1"))));

    let denied = HttpClient::builder().network(Network::default()).build().unwrap();
    assert_clean("denied", &seen(&denied, &requests(&url("http://127.0.0.1/"))).await);
    let authority = Authority::new();
    let peer = tls_peer(authority.sign("127.0.0.1").server(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let at = url(&format!("https://127.0.0.1:{}/", peer.port()));
    assert_clean("unknown authority", &seen(&ask, &requests(&at)).await);
    let trusting = client().tls(Tls::builder().root(authority.pem()).build().unwrap()).build().unwrap();
    assert_clean("TLS", &seen(&trusting, &requests(&at)).await);

    let logged = logs.text();
    assert!(logged.contains("rustls"), "the log is collected");
    println!("{} bytes of log", logged.len());
    assert_clean("log", &logged);
}

#[test]
fn what_is_refused_is_not_repeated() {
    let secret = Secret::new("mark-1\r\nx: y");
    let get = || HttpRequest::get(url("http://backend/"));
    let errors = [
        get().bearer(&secret).unwrap_err(),
        get().secret_header("x-key", &secret).unwrap_err(),
        get().header("mark-2 ", "x").unwrap_err(),
        get().header("x", "mark-3\n").unwrap_err(),
        get().header("host", "mark-4").unwrap_err(),
        SafeUrl::parse("https://ada:mark-5@backend/").unwrap_err(),
        SafeUrl::parse("https://mark-6@backend/").unwrap_err(),
        SafeUrl::parse("mark-7").unwrap_err(),
        SafeUrl::parse("http://[mark-8/").unwrap_err(),
        SafeUrl::parse("postgres://ada:mark-9@backend/").unwrap_err(),
        SafeUrl::from_secret(&Secret::new("mark-10")).unwrap_err(),
    ];
    for error in errors {
        assert_clean("error", &format!("{error} {error:?}"));
    }
}

#[test]
fn a_secret_comes_from_the_environment_or_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    for (content, expected) in [("abc\n", "abc"), ("abc\r\n", "abc"), ("abc", "abc"), ("a\nb\n\n", "a\nb\n")] {
        std::fs::write(&path, content).unwrap();
        assert_eq!(Secret::from_file(&path).unwrap().expose(), expected);
    }
    for content in [b"".to_vec(), b"\n".to_vec(), b"mark-1\xff".to_vec(), vec![b'm'; 64 * 1024 + 1]] {
        std::fs::write(&path, content).unwrap();
        let error = Secret::from_file(&path).unwrap_err();
        assert!(error.to_string().contains("token"), "{error}");
        assert_clean("file", &format!("{error:?}"));
    }
    assert_eq!(Secret::from_file(folder.path().join("none")).unwrap_err().kind(), deployment_core::ErrorKind::NotFound);
    assert_eq!(Secret::from_env("CARGO_PKG_NAME").unwrap().expose(), "deployment-checks");
    assert!(Secret::from_env("NO_SUCH_VARIABLE").unwrap_err().to_string().contains("NO_SUCH_VARIABLE is not set"));
}
