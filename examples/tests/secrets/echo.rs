//! A server that gives secrets away: it sends back everything that it got, and secrets of its own.

use deployment_checks::secret::SafeUrl;
use serde_json::json;

use crate::{deployment::Ends, marks::secret, peer::Peer, url};

/// Answers `/login` with secrets, and everything else with what was asked.
pub(crate) struct Echo {
    peer: Peer,
    reachable: bool,
}

impl Echo {
    pub(crate) async fn new(ends: Ends) -> Self {
        let status = if ends == Ends::Well { "200 OK" } else { "500 Internal Server Error" };
        let peer = Peer::keeping(move |request| {
            if request.split(' ').nth(1).is_some_and(|path| path.contains("/login")) { login() } else { echo(status, request) }
        })
        .await;
        Self { peer, reachable: ends != Ends::Unreachable }
    }

    /// Where it is; or where nothing is.
    pub(crate) fn url(&self) -> SafeUrl {
        // Port 1 is reserved, and no server is run there.
        if self.reachable { self.peer.url("/") } else { url("http://127.0.0.1:1/") }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.peer.requests()
    }
}

fn login() -> Vec<u8> {
    let body = json!({ "token": secret("json"), "text": format!("[{}]", secret("body")) }).to_string();
    let headers = format!("set-cookie: sid={}\r\nx-token: {}\r\nlocation: /at/{}\r\n", secret("cookie"), secret("header"), secret("part"));
    answer("200 OK", &headers, &body)
}

fn echo(status: &str, request: &str) -> Vec<u8> {
    let flat: String = request.chars().map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
    answer(status, &format!("x-echo: {flat}\r\nset-cookie: echo={}\r\n", secret("set")), &json!({ "echo": request }).to_string())
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
