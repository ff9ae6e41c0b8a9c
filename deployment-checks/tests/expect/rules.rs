//! Rules one by one.

use std::time::Duration;

use deployment_checks::expect::{Aspect, Expect, JsonRule, TextRule};
use serde_json::json;

use super::unmet;

const BODY: &[u8] = br#"{"status":"healthy","n":3,"rate":0.5,"big":9007199254740993,"tags":["a","b"],"none":null,"a/b":{"~":1}}"#;

#[test]
fn any_success_will_do_unless_told_otherwise() {
    for (status, fits) in [(200, true), (204, true), (299, true), (300, false), (199, false), (404, false), (503, false)] {
        assert_eq!(unmet(&Expect::new(), status, &[], b"", 1).is_empty(), fits, "{status}");
    }
    assert_eq!(unmet(&Expect::new(), 503, &[], b"", 1), ["status is 503, it must be 200-299"]);
}

#[test]
fn a_set_of_statuses_is_what_it_says() {
    let expect = Expect::new().status("200, 301-302,5xx".parse().unwrap());
    for (status, fits) in [(200, true), (201, false), (301, true), (302, true), (303, false), (500, true), (599, true)] {
        assert_eq!(unmet(&expect, status, &[], b"", 1).is_empty(), fits, "{status}");
    }
}

#[test]
fn json_rules_hold_for_what_they_say_and_for_nothing_else() {
    let rules = [
        ("/status", JsonRule::equals("healthy"), ""),
        ("/status", JsonRule::equals("ready"), "/status is \"healthy\", it must be \"ready\""),
        ("/status", JsonRule::not_equals("down"), ""),
        ("/status", JsonRule::not_equals("healthy"), "/status is \"healthy\", it must not be \"healthy\""),
        ("/missing", JsonRule::not_equals("down"), "/missing is missing, it must not be \"down\""),
        ("/n", JsonRule::equals(3.0), ""),
        ("/big", JsonRule::equals(9_007_199_254_740_992_u64), "/big is 9007199254740993, it must be 9007199254740992"),
        ("/n", JsonRule::AtLeast(3.0), ""),
        ("/n", JsonRule::AtLeast(4.0), "/n is 3, it must be a number of at least 4"),
        ("/rate", JsonRule::AtMost(0.5), ""),
        ("/rate", JsonRule::AtMost(0.4), "/rate is 0.5, it must be a number of at most 0.4"),
        ("/status", JsonRule::AtMost(0.4), "/status is \"healthy\", it must be a number of at most 0.4"),
        ("/tags", JsonRule::contains("b"), ""),
        ("/tags", JsonRule::contains("c"), "/tags is a list of 2, it must contain \"c\""),
        ("/tags", JsonRule::Equals(json!(["a", "b"])), ""),
        ("/tags/1", JsonRule::equals("b"), ""),
        ("/status", JsonRule::contains("heal"), ""),
        ("/status", JsonRule::matches("^heal").unwrap(), ""),
        ("/status", JsonRule::matches("^heal$").unwrap(), "/status is \"healthy\", it must match \"^heal$\""),
        ("/status", JsonRule::one_of(["ok", "healthy"]), ""),
        ("/status", JsonRule::one_of(["ok", "up"]), "/status is \"healthy\", it must be one of \"ok\", \"up\""),
        ("/none", JsonRule::Exists, ""),
        ("/none", JsonRule::Absent, "/none is null, it must not be there"),
        ("/nothing", JsonRule::Absent, ""),
        ("/a~1b/~0", JsonRule::equals(1), ""),
        ("", JsonRule::equals(1), "the document is an object of 7 fields, it must be 1"),
    ];
    for (pointer, rule, why) in rules {
        let shown = format!("{pointer} {rule:?}");
        let found = unmet(&Expect::new().json(pointer, rule).unwrap(), 200, &[], BODY, 1);
        assert_eq!(found.join("; "), why, "{shown}");
    }
}

#[test]
fn a_header_rule_needs_one_value_that_fits() {
    let headers: &[(&'static str, &[u8])] = &[("vary", b"accept"), ("vary", b"origin"), ("x-raw", b"caf\xe9")];
    let rules = [
        ("Vary", TextRule::equals("origin"), ""),
        ("vary", TextRule::equals("cookie"), "header vary is \"accept\", \"origin\", it must be \"cookie\""),
        ("x-raw", TextRule::contains("caf"), ""),
        ("x-none", TextRule::Absent, ""),
        ("x-none", TextRule::Present, "header x-none is missing, it must be there"),
        ("vary", TextRule::Absent, "header vary is \"accept\", \"origin\", it must not be there"),
        ("vary", TextRule::matches("^o").unwrap(), ""),
    ];
    for (name, rule, why) in rules {
        assert_eq!(unmet(&Expect::new().header(name, rule).unwrap(), 200, headers, b"", 1).join("; "), why);
    }
}

#[test]
fn the_body_is_looked_at_as_text_and_quoted_briefly() {
    let expect = Expect::new().body(TextRule::contains("welcome"));
    assert!(unmet(&expect, 200, &[], b"you are welcome", 1).is_empty());
    assert_eq!(unmet(&expect, 200, &[], b"", 1), ["the body is missing, it must contain \"welcome\""]);
    let found = unmet(&expect, 200, &[], &b"\x1b[31m\xff".repeat(60_000), 1);
    assert!(found[0].len() < 800, "{} bytes", found[0].len());
    assert!(!found[0].contains('\u{1b}'), "{found:?}");
}

#[test]
fn every_expectation_that_is_not_met_is_told_with_its_aspect() {
    let expect = Expect::new().json("/status", JsonRule::equals("up")).unwrap().within(Duration::from_millis(100));
    let expect = expect.header("content-type", TextRule::contains("json")).unwrap();
    let headers = http::HeaderMap::new();
    let answer = deployment_checks::expect::Answer { status: 500, headers: &headers, body: b"<html>", latency: Duration::from_millis(101) };
    let aspects: Vec<_> = expect.unmet(&answer).into_iter().map(|unmet| unmet.aspect).collect();
    assert_eq!(aspects, [Aspect::Status, Aspect::Header, Aspect::Body, Aspect::Latency]);
    let told = unmet(&expect, 200, &[("content-type", b"application/json")], b"{\"status\":\"up\"}", 101);
    assert_eq!(told, ["it took 101 ms, it may take 100 ms"]);
    assert!(unmet(&expect, 200, &[("content-type", b"application/json")], b"{\"status\":\"up\"}", 100).is_empty());
}

#[test]
fn what_is_not_json_is_a_finding_and_no_panic() {
    let expect = Expect::new().json("/status", JsonRule::Exists).unwrap();
    let deep = "[".repeat(100_000);
    for body in [&b""[..], b"{", b"\xff\xfe", b"null", deep.as_bytes(), b"{\"status\":1e999}"] {
        let found = unmet(&expect, 200, &[], body, 1);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[test]
fn a_secret_that_a_server_sends_back_is_hidden_before_a_value_is_cut() {
    let headers: &[(&'static str, &[u8])] = &[("x-echo", b"Bearer hunter2")];
    let mut map = http::HeaderMap::new();
    map.insert(headers[0].0, http::HeaderValue::from_bytes(headers[0].1).unwrap());
    let body = format!("{}hunter2", "x".repeat(75));
    let json = format!("{{\"echo\":{body:?}}}");
    let hide = |text: &str| text.replace("hunter2", "[secret]");
    let expect = Expect::new().header("x-echo", TextRule::Absent).unwrap().json("/echo", JsonRule::equals("y")).unwrap();
    let expect = expect.body(TextRule::equals("y"));
    for body in [body.as_bytes(), json.as_bytes()] {
        let answer = deployment_checks::expect::Answer { status: 200, headers: &map, body, latency: Duration::ZERO };
        let told: Vec<_> = expect.unmet_hiding(&answer, &hide).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(!told.join(" ").contains("hunt"), "{told:?}");
        assert!(told.join(" ").contains("[sec"), "{told:?}");
    }
}

#[test]
fn it_can_be_said_in_words() {
    let expect = Expect::new().header("vary", TextRule::Present).unwrap().json("/n", JsonRule::AtLeast(1.0)).unwrap();
    let expect = expect.json("", JsonRule::Exists).unwrap().body(TextRule::contains("x")).within(Duration::from_secs(2));
    let words = "status 200-299, header vary must be there, /n must be a number of at least 1, the document must be there, \
                 the body must contain \"x\", within 2000 ms";
    assert_eq!(expect.to_string(), words);
}
