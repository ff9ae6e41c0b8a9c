//! What answers must be like.

use super::{fault::Faults, fields::Item, node::Value};
use crate::expect::{Expect, JsonRule, TextRule};

pub(super) fn expect(item: &Item<'_>, faults: &mut Faults) -> Option<Expect> {
    let mut fields = item.fields(faults)?;
    let mut expect = Expect::new();
    let status = fields.take("status");
    if let Some(statuses) = status.and_then(|item| item.text(faults).and_then(|text| item.told(faults, text.parse()))) {
        expect = expect.status(statuses);
    }
    for (name, item) in fields.take("headers").and_then(|item| item.named(faults)).unwrap_or_default() {
        if let Some(rule) = text_rule(&item, faults) {
            expect = item.told(faults, expect.clone().header(name, rule)).unwrap_or(expect);
        }
    }
    for (pointer, item) in fields.take("json").and_then(|item| item.named(faults)).unwrap_or_default() {
        if let Some(rule) = json_rule(&item, faults) {
            expect = item.told(faults, expect.clone().json(pointer, rule)).unwrap_or(expect);
        }
    }
    if let Some(rule) = fields.take("body").and_then(|item| text_rule(&item, faults)) {
        expect = expect.body(rule);
    }
    if let Some(latency) = fields.take("latency").and_then(|item| item.duration(faults)) {
        expect = expect.within(latency);
    }
    fields.end(faults);
    Some(expect)
}

/// A text that it must be, or a mapping with one rule.
fn text_rule(item: &Item<'_>, faults: &mut Faults) -> Option<TextRule> {
    if let Some(text) = item.node.text() {
        return Some(TextRule::equals(text));
    }
    let (name, rule) = one(item, faults, "equals, contains, matches and present")?;
    match name {
        "equals" => rule.text(faults).map(TextRule::equals),
        "contains" => rule.text(faults).map(TextRule::contains),
        "matches" => rule.text(faults).and_then(|pattern| rule.told(faults, TextRule::matches(pattern))),
        "present" => rule.truth(faults).map(|there| if there { TextRule::Present } else { TextRule::Absent }),
        _ => {
            item.fault(faults, format!("there is no rule {name}; known are equals, contains, matches and present"));
            None
        }
    }
}

/// A value that it must be, or a mapping with one rule.
fn json_rule(item: &Item<'_>, faults: &mut Faults) -> Option<JsonRule> {
    if !matches!(item.node.value, Value::Map(_)) {
        return Some(JsonRule::Equals(item.node.json()));
    }
    let known = "equals, not, one_of, at_least, at_most, contains, matches and present";
    let (name, rule) = one(item, faults, known)?;
    match name {
        "equals" => Some(JsonRule::Equals(rule.node.json())),
        "not" => Some(JsonRule::NotEquals(rule.node.json())),
        "one_of" => rule.items(faults).map(|items| JsonRule::OneOf(items.iter().map(|item| item.node.json()).collect())),
        "at_least" => rule.number(faults).map(JsonRule::AtLeast),
        "at_most" => rule.number(faults).map(JsonRule::AtMost),
        "contains" => rule.text(faults).map(JsonRule::contains),
        "matches" => rule.text(faults).and_then(|pattern| rule.told(faults, JsonRule::matches(pattern))),
        "present" => rule.truth(faults).map(|there| if there { JsonRule::Exists } else { JsonRule::Absent }),
        _ => {
            item.fault(faults, format!("there is no rule {name}; known are {known}"));
            None
        }
    }
}

/// The only entry of a mapping.
fn one<'n>(item: &Item<'n>, faults: &mut Faults, known: &str) -> Option<(&'n str, Item<'n>)> {
    let mut entries = item.named(faults)?;
    if entries.len() != 1 {
        item.fault(faults, format!("write one rule; known are {known}"));
        return None;
    }
    entries.pop()
}
