//! How `DescribeSubnets` is asked and answered: a form, and XML.

use std::{collections::BTreeMap, fmt::Write as _};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
};
use aws_smithy_types::{body::SdkBody, error::metadata::ErrorMetadata};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use roxmltree::{Document, Node};

/// Which subnets, and from where on.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) subnets: Vec<String>,
    pub(super) next: Option<String>,
}

/// A part of the answer: free addresses by subnet, and where the next part begins.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) free: BTreeMap<String, u64>,
    pub(super) next: Option<String>,
}

/// Subnets are asked for by a filter: those that are not there are left out, where a list of ids would refuse them all.
pub(super) fn request(question: Question) -> Result<HttpRequest, BoxError> {
    let mut body = "Action=DescribeSubnets&Version=2016-11-15&Filter.1.Name=subnet-id".to_owned();
    for (at, id) in question.subnets.iter().enumerate() {
        write!(body, "&Filter.1.Value.{}={}", at + 1, utf8_percent_encode(id, NON_ALPHANUMERIC))?;
    }
    if let Some(next) = &question.next {
        write!(body, "&NextToken={}", utf8_percent_encode(next, NON_ALPHANUMERIC))?;
    }
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded");
    Ok(request)
}

pub(super) fn page(answer: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let text = std::str::from_utf8(answer.body().bytes().unwrap_or_default()).map_err(OrchestratorError::other)?;
    if !answer.status().is_success() {
        return Err(OrchestratorError::operation(refusal(text)));
    }
    read(text).map_err(OrchestratorError::other)
}

fn read(text: &str) -> Result<Page, BoxError> {
    let document = Document::parse(text)?;
    let root = document.root_element();
    let set = child(root, "subnetSet").ok_or("the answer has no subnetSet")?;
    let mut free = BTreeMap::new();
    for subnet in set.children().filter(|node| is(*node, "item")) {
        let id = told(subnet, "subnetId").ok_or("a subnet has no id")?;
        let addresses = told(subnet, "availableIpAddressCount").ok_or("a subnet has no number of addresses")?.parse()?;
        // Without IPv4 it has more than anybody can use.
        let addresses = if told(subnet, "ipv6Native") == Some("true") { u64::MAX } else { addresses };
        free.insert(id.to_owned(), addresses);
    }
    Ok(Page { free, next: told(root, "nextToken").filter(|next| !next.is_empty()).map(str::to_owned) })
}

/// What is no XML was not said by EC2; then the status says what it means.
fn refusal(text: &str) -> ErrorMetadata {
    let document = Document::parse(text).ok();
    let error = document.as_ref().and_then(|document| document.descendants().find(|node| is(*node, "Error")));
    let field = |name| error.and_then(|error| told(error, name));
    let mut refusal = ErrorMetadata::builder();
    if let Some(code) = field("Code") {
        refusal = refusal.code(code);
    }
    if let Some(message) = field("Message") {
        refusal = refusal.message(message);
    }
    refusal.build()
}

/// By the name without its namespace, which is that of EC2's version.
fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

fn child<'a, 'b>(of: Node<'a, 'b>, name: &str) -> Option<Node<'a, 'b>> {
    of.children().find(|node| is(*node, name))
}

fn told<'a>(of: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(of, name).and_then(|node| node.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_forms_write_them() {
        let question = Question { subnets: vec!["subnet-1".into(), "a&b=c d".into()], next: Some("x/+".into()) };
        let request = request(question).unwrap();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap()).into_owned();
        assert!(body.ends_with("Filter.1.Value.1=subnet%2D1&Filter.1.Value.2=a%26b%3Dc%20d&NextToken=x%2F%2B"), "{body}");
    }

    #[test]
    fn a_subnet_without_ipv4_has_addresses_for_all_and_half_an_answer_is_none() {
        let item = |more: &str| format!("<item><subnetId>s</subnetId>{more}<availableIpAddressCount>0</availableIpAddressCount></item>");
        let answer = |item: &str| format!("<DescribeSubnetsResponse xmlns=\"x\"><subnetSet>{item}</subnetSet></DescribeSubnetsResponse>");
        assert_eq!(read(&answer(&item(""))).unwrap().free["s"], 0);
        assert_eq!(read(&answer(&item("<ipv6Native>true</ipv6Native>"))).unwrap().free["s"], u64::MAX);
        for bad in ["", "<a/>", &answer("<item><subnetId>s</subnetId></item>"), &answer(&item(""))[..80]] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_refusal_has_its_code_in_ec2s_form_and_none_if_somebody_else_has_answered() {
        let told = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>";
        assert_eq!((refusal(told).code(), refusal(told).message()), (Some("UnauthorizedOperation"), Some("no")));
        assert_eq!(refusal("Bad Gateway").code(), None);
    }
}
