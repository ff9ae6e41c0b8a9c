//! Taking fields out of a mapping; what is left over is unknown.

use std::{fmt, time::Duration};

use deployment_core::{Error, Percent};

use super::{
    fault::Faults,
    node::{Entry, Node, Position, Value},
};

/// A value with its place in the file.
#[derive(Debug, Clone)]
pub(super) struct Item<'n> {
    pub(super) node: &'n Node,
    pub(super) path: String,
}

/// The fields of a mapping.
pub(super) struct Fields<'n> {
    at: Position,
    path: String,
    entries: &'n [Entry],
    known: Vec<&'static str>,
}

impl<'n> Item<'n> {
    pub(super) fn fault(&self, faults: &mut Faults, message: impl fmt::Display) {
        faults.add(self.node.at, &self.path, message);
    }

    /// What it says if it does, and a fault otherwise.
    pub(super) fn told<T>(&self, faults: &mut Faults, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.fault(faults, plain(&error))).ok()
    }

    pub(super) fn fields(&self, faults: &mut Faults) -> Option<Fields<'n>> {
        match &self.node.value {
            Value::Map(entries) => Some(Fields { at: self.node.at, path: self.path.clone(), entries, known: Vec::new() }),
            _ => self.wrong(faults, "a mapping"),
        }
    }

    pub(super) fn items(&self, faults: &mut Faults) -> Option<Vec<Self>> {
        match &self.node.value {
            Value::List(items) => {
                Some(items.iter().enumerate().map(|(i, node)| Item { node, path: format!("{}[{i}]", self.path) }).collect())
            }
            _ => self.wrong(faults, "a list"),
        }
    }

    /// The entries of a mapping whose names are the user's.
    pub(super) fn named(&self, faults: &mut Faults) -> Option<Vec<(&'n str, Self)>> {
        match &self.node.value {
            Value::Map(entries) => {
                let item = |entry: &'n Entry| Item { node: &entry.value, path: format!("{}.{}", self.path, entry.key) };
                Some(entries.iter().map(|entry| (entry.key.as_str(), item(entry))).collect())
            }
            _ => self.wrong(faults, "a mapping"),
        }
    }

    pub(super) fn text(&self, faults: &mut Faults) -> Option<&'n str> {
        self.node.text().or_else(|| self.wrong(faults, "a text"))
    }

    pub(super) fn truth(&self, faults: &mut Faults) -> Option<bool> {
        self.node.json().as_bool().or_else(|| self.wrong(faults, "true or false"))
    }

    pub(super) fn count(&self, faults: &mut Faults) -> Option<u32> {
        let number = self.node.json().as_u64().and_then(|number| u32::try_from(number).ok());
        number.or_else(|| self.wrong(faults, "a whole number, for instance 3"))
    }

    pub(super) fn number(&self, faults: &mut Faults) -> Option<f64> {
        self.node.json().as_f64().or_else(|| self.wrong(faults, "a number, for instance 99.5"))
    }

    /// Also written with a sign: `90 %`.
    pub(super) fn percent(&self, faults: &mut Faults) -> Option<Percent> {
        let number = self.node.text().and_then(|text| text.strip_suffix('%').unwrap_or(text).trim().parse().ok());
        let Some(number) = number else { return self.wrong(faults, "a percentage, for instance 90") };
        self.told(faults, Percent::new(number))
    }

    pub(super) fn duration(&self, faults: &mut Faults) -> Option<Duration> {
        self.node.text().and_then(duration).or_else(|| self.wrong(faults, "a duration, for instance 500ms, 10s, 2m or 1h"))
    }

    fn wrong<T>(&self, faults: &mut Faults, wanted: &str) -> Option<T> {
        // What stands here is not repeated: it might be a secret in the wrong place.
        self.fault(faults, format!("{} stands here; write {wanted}", self.node.kind()));
        None
    }
}

impl<'n> Fields<'n> {
    pub(super) fn take(&mut self, name: &'static str) -> Option<Item<'n>> {
        self.known.push(name);
        let entry = self.entries.iter().find(|entry| entry.key == name)?;
        Some(Item { node: &entry.value, path: self.at_field(name) })
    }

    /// As [`take`](Fields::take); its absence is a fault.
    pub(super) fn need(&mut self, name: &'static str, example: &str, faults: &mut Faults) -> Option<Item<'n>> {
        let item = self.take(name);
        if item.is_none() {
            faults.add(self.at, &self.at_field(name), format!("it is missing; write for instance {example}"));
        }
        item
    }

    pub(super) fn fault(&self, faults: &mut Faults, message: impl fmt::Display) {
        faults.add(self.at, &self.path, message);
    }

    /// Every field must have been taken by now.
    pub(super) fn end(self, faults: &mut Faults) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())) {
            faults.add(entry.at, &self.at_field(&entry.key), format!("there is no such field; known are {}", self.known.join(", ")));
        }
    }

    fn at_field(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// An error's sentence without the operation and the field, which the fault names already.
fn plain(error: &Error) -> String {
    let text = error.to_string();
    text.strip_prefix("validate: ").and_then(|rest| rest.split_once(": ")).map_or(text.clone(), |(_, message)| message.to_owned())
}

/// `500ms`, `10s`, `2m` or `1h`, of whole numbers.
fn duration(text: &str) -> Option<Duration> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    let millis = match unit.trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(millis).map(Duration::from_millis)
}
