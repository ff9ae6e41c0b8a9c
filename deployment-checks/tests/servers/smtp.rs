//! A mail server.

use std::{path::Path, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::{
    certificates::Certificate,
    process::{Folder, Process, free_port, loopback},
};

#[derive(Debug, Clone, Default)]
pub(crate) struct SmtpOptions {
    /// With one, STARTTLS is offered, or TLS spoken from the first byte.
    pub(crate) certificate: Option<(Certificate, Tls)>,
}

/// How a mail server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tls {
    /// After STARTTLS, which is demanded before any mail.
    Start,
    /// From the first byte.
    Implicit,
}

/// A running server, or one that was told to stop. It keeps the mails that it gets.
#[derive(Debug)]
pub(crate) struct Smtp {
    pub(crate) process: Process,
    port: u16,
    implicit: bool,
}

impl Smtp {
    pub(crate) async fn start(options: SmtpOptions) -> Self {
        let folder = Folder::new("smtp");
        let port = free_port();
        let mut command: Vec<String> = ["python3", "-m", "aiosmtpd", "-n", "-l"].map(str::to_owned).into();
        command.push(format!("127.0.0.1:{port}"));
        let implicit = matches!(options.certificate, Some((_, Tls::Implicit)));
        if let Some((certificate, tls)) = &options.certificate {
            let files = certificate.write(&folder);
            let (option, key) = if *tls == Tls::Start { ("--tlscert", "--tlskey") } else { ("--smtpscert", "--smtpskey") };
            command.extend([option.to_owned(), files.certificate, key.to_owned(), files.key]);
        }
        command.extend(["-c".to_owned(), "aiosmtpd.handlers.Mailbox".to_owned(), folder.file("mails")]);
        let server = Self { process: Process::new(folder, &command, None), port, implicit };
        server.restart().await;
        server
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The lines that it answers with to these lines, its greeting first. Gives up after five seconds.
    pub(crate) async fn say(&self, lines: &[&str]) -> Result<Vec<String>, String> {
        let exchange = async {
            let mut stream = BufReader::new(TcpStream::connect(loopback(self.port)).await?);
            let mut answers = Vec::new();
            for line in [None].into_iter().chain(lines.iter().map(Some)) {
                if let Some(line) = line {
                    stream.write_all(format!("{line}\r\n").as_bytes()).await?;
                }
                // An answer of several lines has a dash after the code in all but the last.
                loop {
                    let mut answer = String::new();
                    if stream.read_line(&mut answer).await? == 0 {
                        return Ok(answers);
                    }
                    answers.push(answer.trim().to_owned());
                    if answer.as_bytes().get(3) != Some(&b'-') {
                        break;
                    }
                }
            }
            std::io::Result::Ok(answers)
        };
        timeout(Duration::from_secs(5), exchange).await.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())
    }

    /// The mails that it got.
    pub(crate) fn mails(&self) -> Vec<String> {
        let read = |folder: &Path| Some(std::fs::read_dir(folder.join("mails/new")).ok()?.map(|entry| entry.expect("it is ours").path()));
        let paths = read(self.process.folder().path());
        paths.into_iter().flatten().map(|path| std::fs::read_to_string(path).expect("it is text")).collect()
    }

    /// Nobody listens from now on.
    pub(crate) fn stop(&self) {
        self.process.stop();
    }

    /// Starts it again on the same port.
    pub(crate) async fn restart(&self) {
        let probe = || async {
            if self.implicit {
                return TcpStream::connect(loopback(self.port)).await.is_ok();
            }
            self.say(&[]).await.is_ok_and(|answers| answers.first().is_some_and(|line| line.starts_with("220 ")))
        };
        self.process.start(probe).await.unwrap_or_else(|why| panic!("aiosmtpd: {why}"));
    }

    /// Accepts connections, answers nothing.
    pub(crate) fn pause(&self) {
        self.process.pause();
    }

    pub(crate) fn resume(&self) {
        self.process.resume();
    }
}
