//! Results as JUnit XML.

use std::path::Path;

use deployment_checks::suite::{Suite, Test, ValidationResult};
use deployment_core::{health::HealthReport, testkit::sample};
use roxmltree::{Document, Node};

use super::support::{bad, blind, flaky, good, meh, of, run, validation};

async fn mixed() -> ValidationResult {
    let smoke = of(Suite::smoke(), [good("up").critical(), flaky("login", 1).0]);
    let api = of(Suite::api(), [meh("orders"), bad("pay"), blind("mail")]);
    run([smoke, api, of(Suite::performance(), [good("search")])]).await
}

#[tokio::test(start_paused = true)]
async fn a_result_is_the_xml_that_it_was_before() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/golden.xml");
    let xml = mixed().await.to_junit().unwrap();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &xml).unwrap();
    }
    assert_eq!(xml, std::fs::read_to_string(path).unwrap(), "run once with UPDATE_GOLDEN=1 if the change is meant");
}

#[tokio::test(start_paused = true)]
async fn another_parser_reads_the_same_counts_reasons_and_tries() {
    let result = mixed().await;
    let xml = result.to_junit().unwrap();
    let document = Document::parse(&xml).unwrap();
    let root = document.root_element();
    let count = |node: &Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!(["tests", "failures", "errors", "skipped"].map(|name| count(&root, name)), [6, 1, 1, 1]);
    let suites: Vec<_> =
        root.children().filter(|node| node.has_tag_name("testsuite")).map(|node| node.attribute("name").unwrap()).collect();
    assert_eq!(suites, ["smoke", "api", "performance"]);
    let case =
        |name: &str| document.descendants().find(|node| node.has_tag_name("testcase") && node.attribute("name") == Some(name)).unwrap();
    let child = |name: &str, tag: &str| case(name).children().find(|node| node.has_tag_name(tag));
    assert_eq!(child("pay", "failure").unwrap().attribute("message"), Some("pay is broken"));
    assert_eq!(child("pay", "rerunFailure").unwrap().attribute("message"), Some("pay is broken"));
    assert_eq!(child("mail", "error").unwrap().attribute("message"), Some("look: no way there"));
    assert_eq!(child("login", "flakyFailure").unwrap().attribute("message"), Some("try 1"));
    assert!(child("login", "failure").is_none());
    assert_eq!(child("orders", "system-out").unwrap().text(), Some("slow"));
    assert!(child("search", "skipped").unwrap().attribute("message").unwrap().starts_with("not run: api failed"));
    assert_eq!(case("login").attribute("time"), Some("2.000"));
    assert_eq!(case("login").attribute("classname"), Some("shop.smoke"));
}

#[tokio::test(start_paused = true)]
async fn whatever_a_test_says_and_is_called_the_xml_is_valid() {
    let mut everything: Vec<String> =
        (0..=0x2ff).chain([0xfffd, 0xfffe, 0xffff, 0x1_ffff, 0x10_ffff]).filter_map(char::from_u32).map(String::from).collect();
    everything.extend(
        ["]]>", "<failure>", "&amp;&lt;\"'", "\u{1b}[31mred\u{1b}[0m", "a\r\nb", "<!--", "\u{1b}]0;title\u{7}", "\u{202e}"]
            .map(String::from),
    );
    for text in everything {
        let message = format!("before{text}after\nsecond{text}line");
        let said = message.clone();
        let test = Test::from_fn("odd <name> & \"more\"", move |_| {
            let report = HealthReport::unhealthy(said.clone());
            async move { Ok(report) }
        });
        let passing = Test::from_fn("fine", move |_| {
            let report = HealthReport::healthy(message.clone());
            async move { Ok(report) }
        });
        let result = validation([of(Suite::smoke(), [test, passing])]).run(&sample::health(sample::NOON)).await;
        let xml = result.to_junit().unwrap();
        let document = Document::parse(&xml).unwrap_or_else(|error| panic!("{text:?}: {error}\n{xml}"));
        let case = document.descendants().find(|node| node.has_tag_name("testcase")).unwrap();
        assert_eq!(case.attribute("name"), Some("odd <name> & \"more\""));
        let failure = case.children().find(|node| node.has_tag_name("failure")).unwrap();
        let told = failure.text().unwrap();
        assert!(told.starts_with("before") && told.ends_with("line"), "{text:?}: {told:?}");
        let invalid = |c: char| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(!xml.contains(invalid), "{text:?}");
        let failures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
        assert_eq!(failures.len(), 1, "no text makes an element: {text:?}");
    }
}
