//! Reading a JSON file such that every fault is told at once.

use serde_json::{Map, Value};

/// An object of the file, with what was found wrong in it so far.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    /// The path to it: `migration.`.
    prefix: String,
    object: Map<String, Value>,
    faults: &'a mut Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(value: Value, faults: &'a mut Vec<String>) -> Self {
        Self::at(String::new(), value, faults)
    }

    fn at(prefix: String, value: Value, faults: &'a mut Vec<String>) -> Self {
        let object = match value {
            Value::Object(object) => object,
            _ => {
                faults.push(format!("{}: is not an object; give one in braces", prefix.trim_end_matches('.')));
                Map::new()
            }
        };
        Self { prefix, object, faults }
    }

    /// An object in it. What it says that nobody asked for is a fault too.
    pub(super) fn inner<T>(&mut self, field: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let value = self.object.remove(field).unwrap_or_else(|| Value::Object(Map::new()));
        let mut inner = Reader::at(format!("{}{field}.", self.prefix), value, self.faults);
        let read = read(&mut inner);
        inner.end();
        read
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, field: &str, example: &str) -> String {
        match self.object.remove(field) {
            Some(Value::String(text)) if !text.is_empty() => text,
            Some(other) => self.fault(field, format!("is {other}; give a text such as {example:?}")),
            None => self.fault(field, format!("is missing; give a text such as {example:?}")),
        }
    }

    /// Texts, none of them empty, at least one.
    pub(super) fn texts(&mut self, field: &str, example: &str) -> Vec<String> {
        let given = self.object.remove(field);
        let texts = given.as_ref().and_then(Value::as_array).and_then(|list| {
            let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            list.iter().map(text).collect::<Option<Vec<_>>>()
        });
        match texts.filter(|texts| !texts.is_empty()) {
            Some(texts) => texts,
            None => {
                let is = given.map_or("is missing".to_owned(), |given| format!("is {given}"));
                self.fault(field, format!("{is}; give a list of texts such as [{example:?}]"))
            }
        }
    }

    /// Exactly two different texts.
    pub(super) fn pair(&mut self, field: &str, example: [&str; 2]) -> [String; 2] {
        let texts = self.texts(field, example[0]);
        match <[String; 2]>::try_from(texts) {
            Ok([one, other]) if one != other => [one, other],
            Ok(_) => self.fault(field, "names the same twice; one serves, the other gets the next release".to_owned()),
            Err(texts) if texts.is_empty() => Default::default(),
            Err(texts) => self.fault(field, format!("has {}; give two, such as {example:?}", texts.len())),
        }
    }

    /// A number of at least one.
    pub(super) fn count(&mut self, field: &str) -> u32 {
        match self.object.remove(field) {
            None => self.fault(field, "is missing; give a number such as 2".to_owned()),
            Some(given) => match given.as_u64().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0) {
                Some(count) => count,
                None => self.fault(field, format!("is {given}; give a number of at least 1")),
            },
        }
    }

    /// Tells what is wrong with a field, and gives what is not used then.
    pub(super) fn fault<T: Default>(&mut self, field: &str, fault: String) -> T {
        self.faults.push(format!("{}{field}: {fault}", self.prefix));
        T::default()
    }

    /// What is left was not asked for: a typing error, most likely.
    pub(super) fn end(self) {
        for field in self.object.keys() {
            self.faults.push(format!("{}{field}: is not known; remove it, or correct its name", self.prefix));
        }
    }
}
