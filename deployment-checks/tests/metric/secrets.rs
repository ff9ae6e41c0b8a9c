//! Credentials of sources are shown nowhere.

use std::fmt::{Debug, Write as _};

use deployment_checks::{
    compare::{Compare, Question},
    metric::{
        NumberSource,
        json::{Fields, JsonEndpoint},
        prometheus::{Prometheus, Queries},
    },
    secret::Secret,
};
use deployment_core::metric::{MetricSource, Query};
use std::sync::Arc;

use crate::{
    history::{at, context},
    support::{Logs, Peer, SHORT, client, hostile},
};

/// `bWFyaw` is how base64 begins that has `mark`.
const MARKS: [&str; 3] = ["mark-", "mark%2D", "YWRhOm1hcms"];

fn show(text: &mut String, what: impl Debug) {
    writeln!(text, "{what:?}").unwrap();
}

async fn seen(peer: &Peer, text: &mut String) {
    let http = client().deadline(SHORT).build().unwrap();
    let builder = Prometheus::builder(&peer.url("/").to_string()).unwrap().client(http.clone());
    let builder = builder.tenant("mark-1").header("x-key", Secret::new("mark-2"));
    show(text, &builder);
    let bearer = builder.bearer(Secret::new("mark-3")).build().unwrap();
    let basic = Prometheus::builder(&peer.url("/").to_string()).unwrap().client(http.clone()).basic("ada", Secret::new("mark-4")).build();
    let url = format!("http://127.0.0.1:{}/$revision?from=$from&to=$to&fixed=mark-5", peer.port());
    let builder = JsonEndpoint::builder(&url).unwrap().client(http).query("key", Secret::new("mark-6")).basic("ada", Secret::new("mark-7"));
    show(text, &builder);
    let endpoint = builder.header("x-key", Secret::new("mark-8")).build().unwrap();
    let context = context("a", 60, 120);
    let queries = || Queries::new("x{r=\"$revision\"}").unwrap();
    let sources: [Arc<dyn MetricSource>; 3] = [
        Arc::new(bearer.source(queries())),
        Arc::new(basic.unwrap().source(queries())),
        Arc::new(endpoint.source(Fields::new(["/n"], []).unwrap())),
    ];
    let number: Arc<dyn NumberSource> = Arc::new(endpoint.number("/n").unwrap());
    show(text, number.number(&context).await);
    let mut compare = Compare::builder().ask(Question::number("cpu", number)).started_at(at(600));
    for source in sources {
        show(text, source.observe(&Query::default(), &context).await.map_err(|error| format!("{error} {error:?}")));
        show(text, &source);
        show(text, source.describe());
        compare = compare.ask(Question::requests(source, Query::default()));
    }
    let compare = compare.build().unwrap();
    show(text, &compare);
    show(text, compare.describe());
    let comparison = compare.run(&context.deployment, &context.target).await.unwrap();
    write!(text, "{comparison} {comparison:?} {}", serde_json::to_string(&comparison).unwrap()).unwrap();
}

#[tokio::test]
async fn a_secret_of_a_source_is_in_no_log_debug_description_reading_comparison_or_error() {
    let logs = Logs::collected();
    let echo = |status| Peer::keeping(move |request| hostile::answer(status, "", request.as_bytes()));
    let refusing = Peer::keeping(|request| {
        let text = serde_json::json!({"status": "error", "errorType": request, "error": request}).to_string();
        hostile::answer(400, "", text.as_bytes())
    });
    let typed = Peer::keeping(|request| hostile::answer(200, "", serde_json::json!({"n": request}).to_string().as_bytes()));
    let mut peers = hostile::all().await;
    peers.truncate(3);
    peers.extend([("echo", echo(200).await), ("echo 500", echo(500).await), ("refusing", refusing.await), ("typed", typed.await)]);
    let mut text = String::new();
    for (_, peer) in &peers {
        seen(peer, &mut text).await;
    }
    let sent: String = peers.iter().flat_map(|(_, peer)| peer.requests()).collect();
    for mark in 1..=8 {
        assert!(mark == 4 || mark == 7 || sent.contains(&format!("mark-{mark}")), "mark-{mark} was sent");
    }
    assert!(sent.contains(MARKS[2]), "basic authentication was sent");
    let logged = logs.text();
    for mark in MARKS {
        for (what, text) in [("what is seen", &text), ("the log", &logged)] {
            assert!(!text.contains(mark), "{mark} in {what}: {}", text.lines().find(|line| line.contains(mark)).unwrap_or_default());
        }
    }
}
