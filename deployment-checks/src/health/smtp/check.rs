//! The check.

use async_trait::async_trait;
use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthCheck, HealthContext, HealthReport, HealthStatus},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use super::{
    builder::{Encryption, Settings, SmtpCheckBuilder},
    dialogue::Dialogue,
};
use crate::{
    health::{
        findings::{Findings, Look, Trouble, look},
        link::Link,
    },
    net::Tls,
};

/// Looks whether a mail server would take a mail, without sending one: its greeting, EHLO, STARTTLS (or TLS from the first byte), a login if
/// one is given, NOOP, QUIT.
///
/// # Contract
/// - One connection per look; no mail is begun.
/// - Refused connections, a greeting or an answer that says no, no STARTTLS, a certificate that does not verify, words before TLS that are
///   left over for after it: **unhealthy**.
/// - A denied address, a login that is refused: an **error**.
/// - A login is sent over TLS only, unless `Access::plaintext` was said; it is shown nowhere, also not if the server sends it back.
///
/// ```
/// use deployment_checks::{health::SmtpCheck, secret::Secret};
/// use deployment_core::health::HealthCheck;
///
/// let check = SmtpCheck::builder("mail.example.org", 587).login("shop", Secret::new("s3cret")).build()?;
/// assert_eq!(check.describe(), "mail server at mail.example.org:587");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug)]
pub struct SmtpCheck {
    pub(super) settings: Settings,
    pub(super) tls: Option<Tls>,
}

impl SmtpCheck {
    /// Begins with a host (a name or an address) and a port.
    pub fn builder(host: impl Into<String>, port: u16) -> SmtpCheckBuilder {
        SmtpCheckBuilder::new(host.into(), port)
    }

    async fn look(&self, deadline: Instant, findings: &mut Findings) -> Look<()> {
        let (settings, began) = (&self.settings, Instant::now());
        let stream = settings.access.network.connect(&settings.host, settings.port, deadline).await?;
        let words = match (&self.tls, settings.encryption) {
            (None, _) => {
                let mut dialogue = Dialogue::new(Link::new(stream));
                dialogue.expect(None, 220).await?;
                self.rest(dialogue).await?;
                "without TLS"
            }
            (Some(tls), Encryption::Implicit) => {
                let mut dialogue = Dialogue::new(Link::new(tls.connect(stream, &settings.host, deadline).await?));
                dialogue.expect(None, 220).await?;
                self.rest(dialogue).await?;
                "with TLS"
            }
            (Some(tls), Encryption::StartTls) => {
                let mut dialogue = Dialogue::new(Link::new(stream));
                dialogue.expect(None, 220).await?;
                let offered = dialogue.hello(&settings.hello).await?;
                if !offered.iter().any(|line| line.eq_ignore_ascii_case("STARTTLS")) {
                    return Err(Trouble::down("it offers no STARTTLS"));
                }
                dialogue.expect(Some("STARTTLS"), 220).await?;
                let stream = dialogue.into_stream()?;
                self.rest(Dialogue::new(Link::new(tls.connect(stream, &settings.host, deadline).await?))).await?;
                "with STARTTLS"
            }
        };
        findings.add(HealthStatus::Healthy, format!("it answers {words}"));
        let time = began.elapsed();
        findings.measure(time, &settings.dialogue_time, format!("the dialogue took {} ms", time.as_millis()));
        Ok(())
    }

    /// What is said once nobody can listen.
    async fn rest<S: AsyncRead + AsyncWrite + Unpin>(&self, mut dialogue: Dialogue<S>) -> Look<()> {
        let offered = dialogue.hello(&self.settings.hello).await?;
        if let Some((user, password)) = &self.settings.login {
            let line = offered.iter().find(|line| line.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("AUTH ")));
            let offers = |name: &str| line.is_some_and(|line| line.split(' ').any(|word| word.eq_ignore_ascii_case(name)));
            if offers("PLAIN") {
                dialogue.login_plain(user, password).await?;
            } else if offers("LOGIN") {
                dialogue.login(user, password).await?;
            } else {
                let message = "the server offers neither AUTH PLAIN nor AUTH LOGIN; take the login out, or turn one of them on";
                return Err(Trouble::Blind(Error::new(ErrorKind::Unsupported, "look", message)));
            }
        }
        dialogue.expect(Some("NOOP"), 250).await?;
        dialogue.quit().await;
        Ok(())
    }
}

#[async_trait]
impl HealthCheck for SmtpCheck {
    fn describe(&self) -> String {
        format!("mail server at {}:{}", self.settings.host, self.settings.port)
    }

    async fn check(&self, _context: &HealthContext) -> Result<HealthReport> {
        look(self.settings.access.timeout, async |deadline, findings| self.look(deadline, findings).await).await
    }
}
