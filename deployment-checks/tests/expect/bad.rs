//! What cannot be expected: each error names the field and the fix.

use deployment_checks::expect::{Expect, JsonRule, Statuses, TextRule};

#[test]
fn a_bad_expectation_is_refused_with_the_fix() {
    let status = |text: &str| text.parse::<Statuses>().unwrap_err().to_string();
    let fix = "is not a set of status codes; write for instance 200, or 2xx, or 200-204, 404";
    for text in ["", "ok", "99", "600", "300-200", "2x", "+200", "0200", "200,,"] {
        assert_eq!(status(text), format!("validate: status: {text:?} {fix}"));
    }
    let error = Expect::new().json("status.code", JsonRule::Exists).unwrap_err();
    assert_eq!(error.to_string(), "validate: pointer: \"status.code\" is not a JSON pointer; write \"/status/code\"");
    let error = Expect::new().json("/a~b", JsonRule::Exists).unwrap_err();
    assert_eq!(error.to_string(), "validate: pointer: \"/a~b\" has a lone ~; write ~0 for ~ and ~1 for /");
    let error = Expect::new().header("content type", TextRule::Present).unwrap_err();
    assert_eq!(
        error.to_string(),
        "validate: header: \"content type\" is not a header's name; use letters, digits and -, for instance content-type"
    );
    assert!(TextRule::matches("(").unwrap_err().to_string().starts_with("validate: pattern: \"(\" is not a regular expression"));
}
