//! Lines to a mail server, and its answers (RFC 5321).

use base64::{Engine, engine::general_purpose::STANDARD};
use deployment_core::{Error, ErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{
    expect::quote,
    health::{
        findings::{Look, Trouble},
        link::Link,
    },
    secret::{Hidden, Secret},
};

/// The longest line and the most lines of an answer: RFC 5321 allows lines of 512 bytes, some servers take more.
const LONGEST_LINE: usize = 2048;
const MOST_LINES: usize = 100;

pub(super) struct Dialogue<S> {
    link: Link<S>,
    /// What was read and not yet understood.
    buffer: Vec<u8>,
    /// What a server must not be quoted with.
    hidden: Hidden,
}

/// An answer: its code, and the text of its lines.
struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    pub(super) fn new(link: Link<S>) -> Self {
        Self { link, buffer: Vec::new(), hidden: Hidden::default() }
    }

    /// The connection, to speak TLS on. Words that came already would be taken for ones that came encrypted (CVE-2021-38371).
    pub(super) fn into_stream(self) -> Look<S> {
        if self.buffer.is_empty() {
            Ok(self.link.into_inner())
        } else {
            Err(Trouble::down("it says more than it should before TLS begins"))
        }
    }

    /// Says this line, if any, and gives the lines of the answer, which must have this code.
    pub(super) async fn expect(&mut self, line: Option<&str>, code: u16) -> Look<Vec<String>> {
        let reply = self.ask(line).await?;
        if reply.code == code { Ok(reply.lines) } else { Err(Trouble::Down(self.quoted(line.unwrap_or("the connection"), &reply))) }
    }

    /// Says EHLO, and gives what the server offers.
    pub(super) async fn hello(&mut self, name: &str) -> Look<Vec<String>> {
        self.expect(Some(&format!("EHLO {name}")), 250).await
    }

    pub(super) async fn login_plain(&mut self, user: &str, password: &Secret) -> Look<()> {
        let credentials = Secret::new(STANDARD.encode(format!("\0{user}\0{}", password.expose())));
        self.hide([password, &credentials]);
        let reply = self.ask(Some(&format!("AUTH PLAIN {}", credentials.expose()))).await?;
        self.logged_in(&reply)
    }

    pub(super) async fn login(&mut self, user: &str, password: &Secret) -> Look<()> {
        let encoded = Secret::new(STANDARD.encode(password.expose()));
        self.hide([password, &encoded]);
        let mut reply = self.ask(Some("AUTH LOGIN")).await?;
        for answer in [STANDARD.encode(user), encoded.expose().to_owned()] {
            if reply.code == 334 {
                reply = self.ask(Some(&answer)).await?;
            }
        }
        self.logged_in(&reply)
    }

    fn hide(&mut self, secrets: [&Secret; 2]) {
        secrets.into_iter().for_each(|secret| self.hidden.add(secret.expose()));
    }

    fn logged_in(&self, reply: &Reply) -> Look<()> {
        let words = self.quoted("the login", reply);
        match reply.code {
            235 => Ok(()),
            // 4yz: "temporary authentication failure".
            400..=499 => Err(Trouble::Down(words)),
            _ => Err(Trouble::Blind(Error::new(ErrorKind::Unauthorized, "look", format!("{words}; check user and password")))),
        }
    }

    /// Says good-bye; whether that is answered tells nothing.
    pub(super) async fn quit(&mut self) {
        let _ = self.ask(Some("QUIT")).await;
    }

    fn quoted(&self, what: &str, reply: &Reply) -> String {
        format!("{what} is answered with {} {}", reply.code, quote(&self.hidden.hide(&reply.lines.join(" "))))
    }

    async fn ask(&mut self, line: Option<&str>) -> Look<Reply> {
        if let Some(line) = line {
            let line = format!("{line}\r\n");
            self.link.write_all(line.as_bytes()).await.map_err(broken)?;
            self.link.flush().await.map_err(broken)?;
        }
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            let strange = || Trouble::down(format!("its answer is none of a mail server: {}", quote(line.get(..3).unwrap_or_default())));
            let code: u16 =
                line.get(..3).and_then(|code| code.parse().ok()).filter(|code| (200..600).contains(code)).ok_or_else(strange)?;
            let more = line.as_bytes().get(3) == Some(&b'-');
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if !more {
                return Ok(Reply { code, lines });
            }
            if lines.len() == MOST_LINES {
                return Err(Trouble::down("its answer has more than 100 lines"));
            }
        }
    }

    async fn line(&mut self) -> Look<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.buffer.len() > LONGEST_LINE {
                return Err(Trouble::down("a line of its answer is longer than 2 KiB"));
            }
            if self.link.read_buf(&mut self.buffer).await.map_err(broken)? == 0 {
                return Err(Trouble::down("it closed the connection in the middle of the dialogue"));
            }
        }
    }
}

fn broken(error: std::io::Error) -> Trouble {
    Trouble::down(format!("the connection broke: {}", error.kind()))
}
