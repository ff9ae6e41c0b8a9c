//! HTTP calls and transactions.

use std::sync::Arc;

use deployment_core::health::HealthCheck;

use super::{
    fault::Faults,
    fields::{Fields, Item},
    node::{Node, Value},
    rules,
    suites::Shared,
};
use crate::{
    http::Method,
    secret::{SafeUrl, Secret},
    suite::transaction::{Call, Capture, Cookies, Template, Transaction},
};

/// The methods by their fields.
const METHODS: [(&str, Method); 6] = [
    ("get", Method::GET),
    ("head", Method::HEAD),
    ("post", Method::POST),
    ("put", Method::PUT),
    ("patch", Method::PATCH),
    ("delete", Method::DELETE),
];

/// The base address: written out, or all of it by reference.
pub(super) fn base(item: &Item<'_>, faults: &mut Faults) -> Option<SafeUrl> {
    let template = template(item, faults)?;
    let mut secrets = template.secrets();
    let url = match secrets.next() {
        None => SafeUrl::parse(item.text(faults)?),
        Some(secret) => secret.and_then(|secret| SafeUrl::parse(secret.expose())),
    };
    item.told(faults, url)
}

/// A test of one call.
pub(super) fn single(name: &str, item: &Item<'_>, shared: &Shared<'_>, faults: &mut Faults) -> Option<Arc<dyn HealthCheck>> {
    let call = call(item, faults)?;
    let builder = Transaction::builder(name, shared.loader.client.clone()).call(call);
    let builder = shared.base.clone().into_iter().fold(builder, |builder, base| builder.base(base));
    item.told(faults, builder.build()).map(|transaction| Arc::new(transaction) as _)
}

pub(super) fn transaction(name: &str, item: &Item<'_>, shared: &Shared<'_>, faults: &mut Faults) -> Option<Arc<dyn HealthCheck>> {
    let mut fields = item.fields(faults)?;
    let mut builder = Transaction::builder(name, shared.loader.client.clone());
    if let Some(base) = shared.base.clone() {
        builder = builder.base(base);
    }
    if let Some(item) = fields.take("cookies") {
        match item.text(faults)? {
            "shared" => builder = builder.cookies(Cookies::Shared),
            "ignored" => {}
            _ => item.fault(faults, "write shared or ignored"),
        }
    }
    for (name, item) in fields.take("variables").and_then(|item| item.named(faults)).unwrap_or_default() {
        let Some(template) = template(&item, faults) else { continue };
        let text = item.text(faults).unwrap_or_default();
        if template.is_literal() {
            refuse_credential(name, &item, &template, faults);
            builder = builder.variable(name, text);
        } else {
            item.fault(faults, "a variable is written out; write ${…} where it is used instead");
        }
    }
    let calls = fields.need("calls", "calls: [{get: /health}]", faults);
    for item in calls.and_then(|calls| calls.items(faults)).unwrap_or_default() {
        if let Some(call) = call(&item, faults) {
            builder = builder.call(call);
        }
    }
    fields.end(faults);
    if !faults.is_empty() {
        return None;
    }
    item.told(faults, builder.build()).map(|transaction| Arc::new(transaction) as _)
}

fn call(item: &Item<'_>, faults: &mut Faults) -> Option<Call> {
    let mut fields = item.fields(faults)?;
    let mut call = method(&mut fields, faults);
    if let (Some(named), Some(item)) = (call.clone(), fields.take("name")) {
        call = item.text(faults).map(|name| named.named(name));
    }
    // Its fields are looked at whether or not the method was right.
    let mut call = call.unwrap_or_else(|| Call::get("/"));
    for (name, item) in fields.take("headers").and_then(|item| item.named(faults)).unwrap_or_default() {
        if let Some(template) = template(&item, faults) {
            refuse_credential(name, &item, &template, faults);
            call = call.header(name, template.to_string());
        }
    }
    call = body(call, &mut fields, faults);
    if let Some(expect) = fields.take("expect").and_then(|item| rules::expect(&item, faults)) {
        call = call.expect(expect);
    }
    for (pointer, item) in fields.take("same").and_then(|item| item.named(faults)).unwrap_or_default() {
        if let Some(variable) = item.text(faults) {
            call = call.same(pointer, variable);
        }
    }
    for (name, item) in fields.take("capture").and_then(|item| item.named(faults)).unwrap_or_default() {
        if let Some(capture) = capture(&item, faults) {
            call = call.capture(name, capture);
        }
    }
    if let Some(timeout) = fields.take("timeout").and_then(|item| item.duration(faults)) {
        call = call.timeout(timeout);
    }
    fields.end(faults);
    Some(call)
}

fn method(fields: &mut Fields<'_>, faults: &mut Faults) -> Option<Call> {
    let (mut given, mut call) = (0, None);
    for (name, method) in METHODS {
        let Some(item) = fields.take(name) else { continue };
        given += 1;
        let template = template(&item, faults);
        refuse_query(&item, faults);
        let good = template.as_ref().and_then(|template| item.told(faults, Call::check_url(&template.to_string())));
        call = good.and(template).map(|template| Call::new(method, template.to_string()));
    }
    if given != 1 {
        fields.fault(faults, "a call needs one of get, head, post, put, patch and delete, with its path");
    }
    call.filter(|_| given == 1)
}

fn body(call: Call, fields: &mut Fields<'_>, faults: &mut Faults) -> Call {
    let content_type = fields.take("content_type").and_then(|item| item.text(faults)).unwrap_or("text/plain; charset=utf-8");
    match (fields.take("json"), fields.take("form"), fields.take("text")) {
        (None, None, None) => call,
        (Some(item), None, None) => {
            look_through(&item, "", item.node, faults);
            call.json(item.node.json())
        }
        (None, Some(item), None) => {
            let mut form = Vec::new();
            for (name, item) in item.named(faults).unwrap_or_default() {
                if let Some(template) = template(&item, faults) {
                    refuse_credential(name, &item, &template, faults);
                    form.push((name, template.to_string()));
                }
            }
            call.form(form)
        }
        (None, None, Some(item)) => match template(&item, faults) {
            Some(template) => call.text(content_type, template.to_string()),
            None => call,
        },
        _ => {
            fields.fault(faults, "a call has one body; keep one of json, form and text");
            call
        }
    }
}

fn capture(item: &Item<'_>, faults: &mut Faults) -> Option<Capture> {
    let mut fields = item.fields(faults)?;
    let shown = fields.take("shown").and_then(|item| item.truth(faults)).unwrap_or_default();
    let part = fields.take("part").and_then(|item| item.text(faults));
    let (json, header) = (fields.take("json"), fields.take("header"));
    let (body, cookie) = (fields.take("body"), fields.take("cookie"));
    let capture = match (json, header, body, cookie) {
        (Some(item), None, None, None) => item.text(faults).and_then(|pointer| item.told(faults, Capture::json(pointer))),
        (None, Some(item), None, None) => match (item.text(faults)?, part) {
            (name, None) => Some(Capture::header(name)),
            (name, Some(pattern)) => item.told(faults, Capture::header_part(name, pattern)),
        },
        (None, None, Some(item), None) => item.text(faults).and_then(|pattern| item.told(faults, Capture::body(pattern))),
        (None, None, None, Some(item)) => item.text(faults).map(Capture::cookie),
        _ => {
            fields.fault(faults, "a capture needs one of json, header, body and cookie");
            None
        }
    };
    fields.end(faults);
    capture.map(|capture| if shown { capture.shown() } else { capture })
}

/// A template whose secrets are there.
fn template(item: &Item<'_>, faults: &mut Faults) -> Option<Template> {
    let text = item.text(faults)?;
    let template = item.told(faults, Template::parse(text))?;
    for secret in template.secrets() {
        item.told(faults, secret.map(|_: Secret| ()));
    }
    Some(template)
}

/// Every text of a JSON body: a good template, and no credential.
fn look_through(item: &Item<'_>, name: &str, node: &Node, faults: &mut Faults) {
    let path = if name.is_empty() { item.path.clone() } else { format!("{}.{name}", item.path) };
    let here = Item { node, path };
    match &node.value {
        Value::Quoted(_) | Value::Plain(_) if node.text().is_some() => {
            if let Some(template) = template(&here, faults) {
                refuse_credential(name, &here, &template, faults);
            }
        }
        Value::List(items) => items.iter().for_each(|node| look_through(item, name, node, faults)),
        Value::Map(entries) => entries.iter().for_each(|entry| look_through(&here, &entry.key, &entry.value, faults)),
        Value::Quoted(_) | Value::Plain(_) => {}
    }
}

fn refuse_credential(name: &str, item: &Item<'_>, template: &Template, faults: &mut Faults) {
    if template.is_literal() && is_credential(name) {
        item.fault(faults, "a credential must not stand in a file; write ${env:NAME} or ${file:/path}");
    }
}

fn refuse_query(item: &Item<'_>, faults: &mut Faults) {
    let query = item.node.text().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let literal = |pair: &&str| pair.split_once('=').is_some_and(|(name, value)| is_credential(name) && !value.contains("${"));
    if query.split('&').any(|pair| literal(&pair)) {
        item.fault(faults, "a credential must not stand in a file; write ${env:NAME} or ${file:/path} for its value");
    }
}

/// Whether what has this name usually is a credential.
fn is_credential(name: &str) -> bool {
    let name: String = name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let exact = ["authorization", "proxyauthorization", "cookie", "pwd", "pin", "otp", "key"].contains(&name.as_str());
    exact
        || ["password", "passwd", "secret", "token", "apikey", "accesskey", "privatekey", "credential"]
            .iter()
            .any(|word| name.contains(word))
}
