//! Validations that are refused, with every fault at once.

use std::time::Duration;

use deployment_checks::suite::{Suite, Test, Validation};

use super::support::good;

#[test]
fn an_empty_validation_is_refused() {
    let error = Validation::builder("shop").build().unwrap_err();
    assert_eq!(error.to_string(), "validate: validation: it has no suite; add one, for instance Suite::smoke()");
    let error = Validation::builder("shop").suite(Suite::smoke()).build().unwrap_err();
    assert_eq!(error.to_string(), "validate: validation: suite \"smoke\" has no test; a suite without tests would always pass");
}

#[test]
fn every_fault_is_told_with_its_fix() {
    let many = |test: Test| Suite::api().timeout(Duration::ZERO).limit(Duration::ZERO).at_once(0).test(test);
    let error = Validation::builder("a\nb")
        .suite(many(good("x").retries(11)).test(good("x").timeout(Duration::ZERO)).test(good(" ")))
        .suite(Suite::api().test(good("y")))
        .build()
        .unwrap_err();
    let expected = [
        r#"validate: validation: the name of the validation is "a\nb"; give it 1 to 100 characters without line breaks"#,
        r#"suite "api": timeout is 0 s; give its tests some time"#,
        r#"suite "api": limit is 0 s; give it some time"#,
        r#"suite "api": at_once is 0; run 1 to 100 tests side by side"#,
        r#"test "x" of suite "api": retries is 11; try again at most 10 times"#,
        r#"suite "api" has two tests with the name "x"; give each a name of its own"#,
        r#"test "x" of suite "api": timeout is 0 s; give it some time"#,
        r#"the name of a test is " "; give it 1 to 100 characters without line breaks"#,
        r#"two suites have the name "api"; give each a name of its own"#,
    ];
    assert_eq!(error.to_string().split("; ").collect::<Vec<_>>().join("; "), expected.join("; "));
}
