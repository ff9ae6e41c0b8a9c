//! The mail server.

use crate::servers::{Authority, Smtp, SmtpOptions, Tls};

#[tokio::test]
async fn it_takes_a_mail_and_keeps_it() {
    let server = Smtp::start(SmtpOptions::default()).await;
    let mail = "Subject: to be kept\r\n\r\nHello\r\n.";
    let lines = ["EHLO tests", "MAIL FROM:<a@example.org>", "RCPT TO:<b@example.org>", "DATA", mail, "QUIT"];
    let answers = server.say(&lines).await.unwrap();
    assert!(answers[0].starts_with("220 "), "{answers:?}");
    assert!(answers.last().unwrap().starts_with("221 "), "{answers:?}");
    let mails = server.mails();
    assert!(mails.len() == 1 && mails[0].contains("Subject: to be kept"), "{mails:?}");
}

#[tokio::test]
async fn with_a_certificate_it_demands_starttls() {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let server = Smtp::start(SmtpOptions { certificate: Some((certificate, Tls::Start)) }).await;
    let answers = server.say(&["EHLO tests", "MAIL FROM:<a@example.org>"]).await.unwrap();
    assert!(answers.iter().any(|line| line.ends_with("STARTTLS")), "{answers:?}");
    assert!(answers.last().unwrap().starts_with("530 "), "{answers:?}");
    let answers = server.say(&["EHLO tests", "STARTTLS"]).await.unwrap();
    assert!(answers.last().unwrap().starts_with("220 "), "{answers:?}");
}

#[tokio::test]
async fn stopped_it_refuses_and_paused_it_does_not_greet() {
    let server = Smtp::start(SmtpOptions::default()).await;
    server.stop();
    let error = server.say(&[]).await.unwrap_err();
    assert!(error.contains("refused"), "{error}");
    server.restart().await;
    server.pause();
    assert_eq!(server.say(&[]).await.unwrap_err(), "no answer");
    server.resume();
    assert!(server.say(&[]).await.unwrap()[0].starts_with("220 "));
}
