//! A secret in every place that takes one is found nowhere: not in logs, journals, reports, JUnit, `Debug`, `Display` or chains of errors.
//!
//! Whole deployments are run with checks that hold secrets, against a server that sends everything back: where the checks pass, where they
//! fail, and where nothing answers. A new check that takes a credential gets a line in [`places::all`].
//! `PostgreSQL` and Redis are real where the checks pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod deployment;
mod echo;
#[path = "../../../deployment-checks/tests/checks/support/logs.rs"]
#[expect(unreachable_pub, reason = "shared with tests whose support is a module")]
mod logs;
mod marks;
#[path = "../../../deployment-checks/tests/checks/support/peer.rs"]
#[expect(dead_code, unreachable_pub, reason = "shared with tests that need more of it")]
mod peer;
mod places;
mod played;
mod protocols;
mod refused;
#[path = "../../../deployment-checks/tests/servers/mod.rs"]
mod servers;

use std::{env, process::Command};

use deployment_checks::secret::SafeUrl;

use crate::{deployment::Ends, echo::Echo, logs::Logs, marks::Search, places::ENVIRONMENT, played::Servers};

fn url(text: &str) -> SafeUrl {
    SafeUrl::parse(text).unwrap()
}

/// Some secrets come from the environment, which a process must get before it starts: so the test runs itself once more.
#[test]
fn a_secret_is_found_nowhere() {
    let first = ENVIRONMENT.iter().any(|(name, _)| env::var_os(name).is_none());
    if !first {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        return runtime.block_on(look_everywhere());
    }
    let mut again = Command::new(env::current_exe().unwrap());
    again.args(["--exact", "a_secret_is_found_nowhere", "--nocapture"]);
    again.envs(ENVIRONMENT.map(|(name, place)| (name, marks::secret(place))));
    let output = again.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    println!("{said}");
    assert!(output.status.success(), "{said}");
    assert!(said.contains("places, "), "it ran: {said}");
}

async fn look_everywhere() {
    let logs = Logs::collected();
    let directory = tempfile::tempdir().unwrap();
    let mut search = Search::default();
    let mut count = 0;
    for ends in [Ends::Well, Ends::Badly, Ends::Unreachable] {
        let echo = Echo::new(ends).await;
        let servers = Servers::start(ends).await;
        let site = places::Site { at: echo.url(), servers, files: directory.path().to_owned(), ends };
        let places = places::all(&site);
        count = places.len();
        for place in &places {
            search.look(&format!("{ends:?}, {}", place.name), &place.shown);
        }
        deployment::run(ends, &places, &directory.path().join(format!("{ends:?}")), &mut search).await;
        if ends != Ends::Unreachable {
            let heard = [echo.requests(), site.servers.heard()].concat();
            for place in places.iter().filter(|place| place.travels) {
                assert!(marks::was_sent(place.name, &heard), "{ends:?}, {}: its secret was never used", place.name);
            }
        }
    }
    refused::look(&mut search);
    let logged = logs.text();
    assert!(logged.contains("DEBUG") && logged.contains("the validation has ended"), "logs are collected: {logged}");
    search.look("log", &logged);
    println!("{count} places, {} bytes searched, {} of them logs", search.bytes(), logged.len());
    search.end();
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    for text in marks::forms("place") {
        let mut search = Search::default();
        search.look("a text", &format!("before{text}after"));
        assert_eq!(search.found(), 1, "{text}");
    }
    let mut search = Search::default();
    search.look("a text", "[secret] and s3cret");
    assert_eq!(search.found(), 0);
}
