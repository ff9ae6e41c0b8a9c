//! One change of a transaction: a thin cover over the SDK's builders that fills in tables and names.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::BuildError,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update},
};

use super::keys::Key;

/// An item's attributes.
pub(super) type Item = HashMap<String, AttributeValue>;

/// A deployment that is there and not being removed.
pub(super) const ALIVE: &str = "attribute_exists(#pk) AND attribute_not_exists(#removed)";

/// Text.
pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(super) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A change to one item, if a condition holds. In expressions, `#name` is the attribute `name`, and `:name` a value that is given.
#[derive(Debug, Clone)]
pub(super) struct Change {
    key: Key,
    what: What,
    condition: String,
    values: HashMap<String, AttributeValue>,
}

#[derive(Debug, Clone)]
enum What {
    Put(Item),
    Update(&'static str),
    Delete,
    Check,
}

impl Change {
    fn new(key: Key, what: What) -> Self {
        Self { key, what, condition: String::new(), values: HashMap::new() }
    }

    pub(super) fn put<const N: usize>(key: Key, attributes: [(&str, AttributeValue); N]) -> Self {
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self::new(key, What::Put(attributes))
    }

    pub(super) fn update(key: Key, expression: &'static str) -> Self {
        Self::new(key, What::Update(expression))
    }

    pub(super) fn delete(key: Key) -> Self {
        Self::new(key, What::Delete)
    }

    pub(super) fn check(key: Key) -> Self {
        Self::new(key, What::Check)
    }

    pub(super) fn when(mut self, condition: &str) -> Self {
        self.condition = if self.condition.is_empty() { condition.to_owned() } else { format!("{} AND {condition}", self.condition) };
        self
    }

    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(format!(":{name}"), value);
        self
    }

    /// As the SDK has it.
    pub(super) fn build(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let update = if let What::Update(expression) = self.what { expression } else { "" };
        let names = Some(names(&format!("{update} {}", self.condition))).filter(|names| !names.is_empty());
        let values = Some(self.values).filter(|values| !values.is_empty());
        let condition = Some(self.condition).filter(|condition| !condition.is_empty());
        let key = HashMap::from([("pk".to_owned(), s(self.key.pk)), ("sk".to_owned(), s(self.key.sk))]);
        let item = TransactWriteItem::builder();
        let item = match self.what {
            What::Put(mut attributes) => {
                attributes.extend(key);
                let put = Put::builder().table_name(table).set_item(Some(attributes)).set_condition_expression(condition);
                item.put(put.set_expression_attribute_names(names).set_expression_attribute_values(values).build()?)
            }
            What::Update(expression) => {
                let update = Update::builder().table_name(table).set_key(Some(key)).update_expression(expression);
                let update = update.set_condition_expression(condition).set_expression_attribute_names(names);
                item.update(update.set_expression_attribute_values(values).build()?)
            }
            What::Delete => {
                let delete = Delete::builder().table_name(table).set_key(Some(key)).set_condition_expression(condition);
                item.delete(delete.set_expression_attribute_names(names).set_expression_attribute_values(values).build()?)
            }
            What::Check => {
                let check = ConditionCheck::builder().table_name(table).set_key(Some(key)).set_condition_expression(condition);
                item.condition_check(check.set_expression_attribute_names(names).set_expression_attribute_values(values).build()?)
            }
        };
        Ok(item.build())
    }
}

/// The names that an expression uses. All go by a placeholder: many plain words are reserved.
fn names(expression: &str) -> HashMap<String, String> {
    let words = expression.split('#').skip(1);
    let names = words.map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>());
    names.map(|name| (format!("#{name}"), name)).collect()
}
