//! What the client and the traffic say when the other side does not answer.

use deployment_examples::{
    load::{Load, LoadOptions},
    stage::{ClientError, StageClient},
};
use tokio::{net::TcpListener, time::Duration};

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

#[tokio::test]
async fn without_a_stage_nothing_was_asked_for() {
    let address = listener().await.local_addr().unwrap();
    let error = StageClient::new(address).shutdown().await.unwrap_err();
    assert!(matches!(error, ClientError::NotReached(_)), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_doubt() {
    let listener = listener().await;
    let client = StageClient::new(listener.local_addr().unwrap());
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        stream.readable().await.unwrap();
    };
    let (result, ()) = tokio::join!(client.shutdown(), server);
    let error = result.unwrap_err();
    assert!(matches!(error, ClientError::InDoubt(_)), "{error:?}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_leaves_doubt() {
    let listener = listener().await;
    let client = StageClient::new(listener.local_addr().unwrap()).patience(Duration::from_millis(200));
    let error = client.shutdown().await.unwrap_err();
    assert!(matches!(error, ClientError::InDoubt(_)), "{error:?}");
}

#[tokio::test]
async fn requests_are_sent_when_they_are_due_whether_or_not_earlier_ones_were_answered() {
    // It takes connections in and never says a word.
    let silent = listener().await;
    let options = LoadOptions { duration_ms: 1_000, timeout_ms: 300, ..LoadOptions::new(silent.local_addr().unwrap(), 100.0) };
    let report = Load::start(options).finished().await;
    assert_eq!((report.sent, report.requests, report.failures), (100, 100, 100));
    assert_eq!(report.reasons["no answer in time"], 100);
    assert!(report.latency.p50 >= 300_000);
}
