//! Validations from YAML files.

use std::path::Path;

use deployment_checks::{
    http::HttpClient,
    net::{AddressPolicy, Network},
    suite::{
        Validation,
        yaml::{Loader, YamlFaults},
    },
};
use deployment_core::{
    ErrorKind, Result,
    health::{HealthCheck, HealthReport},
    testkit::fake::FakeHealth,
};

fn loader() -> Loader {
    let network = Network::new(AddressPolicy::default().allow("127.0.0.1/32").unwrap());
    let replication = FakeHealth::reports([HealthReport::healthy("lag 0 s")]);
    Loader::new(HttpClient::builder().network(network).build().unwrap()).check("replication", replication)
}

fn parse(text: &str) -> Result<Validation> {
    loader().parse("shop.yaml", text)
}

/// All that is wrong with the file, line by line.
fn faults(text: &str) -> Vec<String> {
    let error = parse(text).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let source = std::error::Error::source(&error).unwrap().downcast_ref::<YamlFaults>().unwrap();
    source.faults().iter().map(ToString::to_string).collect()
}

/// A file of one test that does this, which begins in line 6.
fn with_test(body: &str) -> String {
    let body = body.lines().map(|line| format!("        {line}\n")).collect::<String>();
    format!("validation: shop\nsuites:\n  - kind: api\n    tests:\n      - name: t\n{body}")
}

#[test]
fn the_example_of_the_documentation_is_a_validation() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/checks/suites.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("password");
    std::fs::write(&secret, "s3cr3t").unwrap();
    // A test cannot set the environment of its process safely: a file stands for it.
    let text = text.replace("${env:PROBE_PASSWORD}", &format!("${{file:{}}}", secret.display()));
    let file = directory.path().join("suites.yaml");
    std::fs::write(&file, text).unwrap();
    let validation = loader().read(&file).unwrap();
    let expected = "validation shop: \
        smoke (it is up!: it is up: GET /health → status 200-299, /status must be one of \"healthy\", \"ok\", /version must be there, \
        within 2000 ms; the start page has its title: the start page has its title: GET / → status 200-299, header content-type must \
        contain \"text/html\", the body must contain \"<title>Shop\"), \
        integration (a user orders a book!: a user orders a book: POST /login → status 200-299; order → status 201; GET /orders/${order} → \
        status 200-299, /sku must be \"book-1\", /total must be a number of at least 1; DELETE /orders/${order} → status 200-299; \
        the database follows: fake health check), \
        performance (search is fast: 50 times, 10 at once, 99 % well, p95 500 ms: search is fast: GET /search → status 200-299)";
    assert_eq!(validation.describe(), expected);
    // Smoke: 54 + 22 s. Integration: 134 + 62 s. Performance: 122 s.
    assert_eq!(validation.budget().as_secs(), 76 + 196 + 122);
    assert!(!format!("{validation:?}").contains("s3cr3t"));
}

#[test]
fn every_fault_is_told_at_once_with_its_line_its_field_and_the_fix() {
    let text = "\
validation: shop
colour: blue
suites:
  - kind: smokey
    timeout: 10
    limit: 2 min
    tests:
      - name: up
        critical: yes
        http: { get: health, expect: { status: 20, latency: soon, json: { status: ok, /a: { atleast: 1 } } } }
      - http: { get: /, put: / }
      - name: both
        http: { get: / }
        check: replication
      - name: unknown
        check: nothing
  - kind: api
    success: 101
    on_failure: explode
    tests:
      - name: repeated
        repeat: { times: 0 }
        http: { get: /, headers: { 'a b': c }, expect: { headers: { vary: { matches: '(' } } } }
";
    let expected = [
        "line 2, column 1: colour: there is no such field; known are validation, base, suites",
        "line 4, column 11: suites[0].kind: write smoke, api, integration or performance",
        "line 5, column 14: suites[0].timeout: a text or number stands here; write a duration, for instance 500ms, 10s, 2m or 1h",
        "line 9, column 19: suites[0].tests[0].critical: a text or number stands here; write true or false",
        "line 10, column 22: suites[0].tests[0].http.get: begin it with / for a path on the base address, or write the host out, as \
         https://host/path",
        "line 10, column 48: suites[0].tests[0].http.expect.status: \"20\" is not a set of status codes; write for instance 200, or 2xx, or \
         200-204, 404",
        "line 10, column 61: suites[0].tests[0].http.expect.latency: a text or number stands here; write a duration, for instance 500ms, \
         10s, 2m or 1h",
        "line 10, column 83: suites[0].tests[0].http.expect.json.status: \"status\" is not a JSON pointer; write \"/status\"",
        "line 10, column 91: suites[0].tests[0].http.expect.json./a: there is no rule atleast; known are equals, not, one_of, at_least, \
         at_most, contains, matches and present",
        "line 11, column 9: suites[0].tests[1].name: it is missing; write for instance name: it is up",
        "line 11, column 15: suites[0].tests[1].http: a call needs one of get, head, post, put, patch and delete, with its path",
        "line 12, column 9: suites[0].tests[2]: a test needs one of http, transaction and check",
        "line 16, column 16: suites[0].tests[3].check: there is no such check; known are replication. Add it with Loader::check",
        "line 18, column 14: suites[1].success: 101 is not from 0 to 100",
        "line 19, column 17: suites[1].on_failure: write stop or warn",
        "line 22, column 17: suites[1].tests[0].repeat: 0 is not from 1 to 100000",
    ];
    let found = faults(text);
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(found, expected);
    }
    let error = parse(text).unwrap_err().to_string();
    assert!(error.starts_with(&format!("read validation: shop.yaml has {} faults: line 2, column 1: colour: ", found.len())), "{error}");
    assert!(found.iter().any(|fault| fault.contains("headers.vary.matches: \"(\" is not a regular expression")), "{found:#?}");
}

#[test]
fn what_a_transaction_lacks_is_told_at_its_place() {
    let text = with_test(
        "transaction:\n  variables: { a: '${run}', b: 2 }\n  calls:\n    - get: /\n      same: { /id: order }\n      capture: { x: { json: /a, cookie: b } }",
    );
    let expected = [
        "line 7, column 27: suites[0].tests[0].transaction.variables.a: a variable is written out; write ${…} where it is used instead",
        "line 11, column 29: suites[0].tests[0].transaction.calls[0].capture.x: a capture needs one of json, header, body and cookie",
    ];
    assert_eq!(faults(&text), expected);
    let text = with_test("transaction:\n  calls:\n    - get: /\n      same: { /id: order }");
    let unknown = "call 1 (GET /): ${order} is not known here; known are environment, run, service, target, version";
    assert_eq!(faults(&text), [format!("line 7, column 11: suites[0].tests[0].transaction: {unknown}")]);
}

#[test]
fn a_file_that_is_no_validation_is_refused_in_one_sentence() {
    let missing = "line 1, column 1: validation: it is missing; write for instance validation: shop";
    let cases = [
        ("", "line 1, column 1: the file is empty; it needs a mapping with the fields validation and suites"),
        ("- a", "line 1, column 1: a list stands here; write a mapping"),
        ("suites: []", missing),
        ("validation: [", "line 2, column 1: this is not YAML: while parsing a node, did not find expected node content"),
        ("validation: shop\nsuites: &a []", "line 2, column 9: an anchor (&) is not allowed; leave it out"),
        ("validation: shop\nsuites: *a", "line 2, column 9: this is not YAML: while parsing node, found unknown anchor"),
        ("validation: !!str shop", "line 1, column 13: a tag (!) is not allowed; leave it out"),
        ("validation: a\nvalidation: b\nsuites: []", "line 2, column 1: validation: this field is there twice; keep one"),
        ("validation: a\n---\nvalidation: b", "line 3, column 1: this is a second document; write one file for each"),
        ("? [a]\n: b", "line 1, column 3: a field's name must be a text"),
    ];
    for (text, expected) in cases {
        assert!(faults(text).iter().any(|fault| fault == expected), "{text:?}: {:#?}", faults(text));
    }
    let empty = "validation: shop\nsuites: []";
    assert_eq!(faults(empty), ["line 1, column 1: it has no suite; add one, for instance Suite::smoke()"]);
}

#[test]
fn a_credential_that_is_written_out_is_refused_and_not_repeated() {
    let places = [
        "http: { get: /, headers: { Authorization: Bearer s3cr3t } }",
        "http: { get: /, headers: { x-api-key: s3cr3t } }",
        "http: { get: '/?access_token=s3cr3t' }",
        "http: { post: /, json: { user: { password: s3cr3t } } }",
        "http: { post: /, json: { list: [{ clientSecret: s3cr3t }] } }",
        "http: { post: /, form: { passwd: s3cr3t } }",
        "transaction: { variables: { token: s3cr3t }, calls: [{ get: / }] }",
    ];
    for place in places {
        let found = faults(&with_test(place));
        assert_eq!(found.len(), 1, "{place}: {found:?}");
        assert!(found[0].contains("a credential must not stand in a file; write ${env:NAME} or ${file:/path}"), "{place}: {found:?}");
        let error = parse(&with_test(place)).unwrap_err();
        assert!(!format!("{error} {error:?} {found:?}").contains("s3cr3t"), "{place}");
    }
    let wrong =
        "timeout: s3cr3t\nretries: s3cr3t\ncritical: s3cr3t\nhttp: { get: 'http://ada:s3cr3t@host/', s3: 1 }\nrepeat: { success: s3cr3t }";
    let error = parse(&with_test(wrong)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    let userinfo = parse("validation: a\nbase: https://ada:s3cr3t@host/\nsuites: []").unwrap_err();
    assert!(!format!("{userinfo} {userinfo:?}").contains("s3cr3t"), "{userinfo}");
}

#[test]
fn a_secret_that_is_not_there_is_a_fault_of_the_file() {
    let text = with_test("http: { get: /, headers: { authorization: 'Bearer ${env:DEPLOYMENT_TEST_NOT_SET}', x: '${file:/not/there}' } }");
    let expected = [
        "line 6, column 51: suites[0].tests[0].http.headers.authorization: environment variable DEPLOYMENT_TEST_NOT_SET is not set: set it",
        "line 6, column 95: suites[0].tests[0].http.headers.x: file /not/there cannot be read as a text: entity not found",
    ];
    assert_eq!(faults(&text), expected);
}

#[test]
fn values_are_what_yaml_1_2_says() {
    let text = with_test(
        "http:\n  get: /\n  expect:\n    json: { /a: yes, /b: true, /c: 0x10, /d: 1e3, /e: '1', /f: ~, /g: -0.5, /h: 010, /i: [1, a], /j: { equals: { k: null } } }",
    );
    let told = parse(&text).unwrap().describe();
    let expected = [
        "/a must be \"yes\"",
        "/b must be true",
        "/c must be 16",
        "/d must be 1000.0",
        "/e must be \"1\"",
        "/f must be null",
        "/g must be -0.5",
        "/h must be 10",
        "/i must be a list of 2",
        "/j must be an object of 1 fields",
    ];
    for expected in expected {
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn a_file_that_is_made_to_hurt_is_refused_quickly() {
    let laughs = (1..10).fold("a0: &a0 x\n".to_owned(), |text, n| {
        let before = n - 1;
        format!("{text}a{n}: &a{n} [*a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}, *a{before}]\n")
    });
    assert_eq!(faults(&laughs).len(), 1, "the first anchor ends it");
    for text in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000), "a:\n ".repeat(10_000)] {
        assert!(!faults(&text).is_empty());
    }
    let large = format!("validation: {}", "x".repeat(1024 * 1024));
    assert!(faults(&large)[0].contains("split it, 1048576 are allowed"));
    for text in ["\u{0}", "\u{feff}", "%YAML 9.9\n---\n", "\t- a", "'", "\"\\xff", "a: b: c", "a: |\n\u{7}"] {
        assert!(!faults(text).is_empty(), "{text:?}");
    }
    let error = loader().read("/not/there.yaml").unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("/not/there.yaml cannot be read")), (ErrorKind::NotFound, true));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"validation: \xff").unwrap();
    assert_eq!(loader().read(file.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
}
