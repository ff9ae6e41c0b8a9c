//! The file that names what is in an account.

use deployment_examples::loan::Names;
use serde_json::json;

/// That of the page.
fn of_the_page() -> String {
    let page = include_str!("../../../docs/aws/reference.md");
    let from = page.find("```json").expect("the page has one") + "```json".len();
    let end = page[from..].find("```").expect("it ends");
    page[from..from + end].to_owned()
}

#[test]
fn the_file_of_the_page_is_one() {
    let names = Names::from_json(&of_the_page()).unwrap();
    assert_eq!((names.account.as_str(), names.services[1].as_str()), ("123456789012", "loans-green"));
}

#[test]
fn every_fault_is_told_at_once() {
    let mut file: serde_json::Value = serde_json::from_str(&of_the_page()).unwrap();
    file.as_object_mut().unwrap().remove("cluster");
    file["account"] = json!("1234");
    file["services"] = json!(["loans", "loans"]);
    file["tasks"] = json!(0);
    file["service"] = json!("loan management");
    file["load_balancer"] = json!("loans");
    file["databse"] = json!("loans");
    file["migration"]["subnets"] = json!([]);
    file["migration"]["cpu"] = json!(256);
    file["alarms"] = json!("all");
    let told = Names::from_json(&file.to_string()).unwrap_err().to_string();
    for fault in [
        "account: \"1234\" must have twelve digits",
        "cluster: is missing; give a text such as \"loans\"",
        "services: names the same twice",
        "service: validate: service name",
        "tasks: is 0; give a number of at least 1",
        "load_balancer: loans is not the ARN",
        "rule: arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/",
        "databse: is not known; remove it",
        "migration.subnets: is []; give a list of texts",
        "migration.cpu: is not known",
        "alarms: is not an object",
        "alarms.critical_path: is missing",
    ] {
        assert!(told.contains(fault), "{fault:?} is not in:\n{told}");
    }
}

#[test]
fn what_is_no_json_says_where() {
    let told = Names::from_json("{\n  account: 1\n}").unwrap_err().to_string();
    assert!(told.contains("line 2"), "{told}");
    let told = Names::from_json("[]").unwrap_err().to_string();
    assert!(told.contains("is not an object") && told.contains("account: is missing"), "{told}");
    assert_eq!(told.matches("\n  service: ").count(), 1, "once each: {told}");
}
