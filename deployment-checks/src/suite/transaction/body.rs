//! Bodies with places for values.

use deployment_core::Result;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::{
    Template,
    call::CallBody,
    scope::{Encode, Scope},
};

#[derive(Debug, Clone)]
pub(super) enum Body {
    None,
    Text { content_type: String, text: Template },
    Json(Json),
    Form(Vec<(String, Template)>),
}

/// A JSON document whose texts are templates. Names of fields are not.
#[derive(Debug, Clone)]
pub(super) enum Json {
    Plain(Value),
    Text(Template),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Body {
    pub(super) fn parse(body: &CallBody) -> Result<Self> {
        Ok(match body {
            CallBody::None => Self::None,
            CallBody::Text { content_type, text } => Self::Text { content_type: content_type.clone(), text: Template::parse(text)? },
            CallBody::Json(value) => Self::Json(Json::parse(value)?),
            CallBody::Form(fields) => {
                let field = |(name, value): &(String, String)| Ok((name.clone(), Template::parse(value)?));
                Self::Form(fields.iter().map(field).collect::<Result<_>>()?)
            }
        })
    }

    pub(super) fn templates(&self) -> Vec<&Template> {
        match self {
            Self::None => Vec::new(),
            Self::Text { text, .. } => vec![text],
            Self::Json(json) => json.templates(),
            Self::Form(fields) => fields.iter().map(|(_, value)| value).collect(),
        }
    }

    /// The content type and the bytes; `None` if there is no body.
    pub(super) fn fill(&self, scope: &mut Scope) -> Result<Option<(String, Vec<u8>)>> {
        Ok(match self {
            Self::None => None,
            Self::Text { content_type, text } => Some((content_type.clone(), scope.fill(text, Encode::Plain)?.into_bytes())),
            Self::Json(json) => Some(("application/json".into(), json.fill(scope)?.to_string().into_bytes())),
            Self::Form(fields) => {
                let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                let mut pairs = Vec::new();
                for (name, value) in fields {
                    pairs.push(format!("{}={}", encoded(name), encoded(&scope.fill(value, Encode::Plain)?)));
                }
                Some(("application/x-www-form-urlencoded".into(), pairs.join("&").into_bytes()))
            }
        })
    }
}

impl Json {
    fn parse(value: &Value) -> Result<Self> {
        Ok(match value {
            Value::String(text) => Self::Text(Template::parse(text)?),
            Value::Array(items) => Self::List(items.iter().map(Self::parse).collect::<Result<_>>()?),
            Value::Object(fields) => {
                Self::Object(fields.iter().map(|(name, value)| Ok((name.clone(), Self::parse(value)?))).collect::<Result<_>>()?)
            }
            plain => Self::Plain(plain.clone()),
        })
    }

    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Plain(_) => Vec::new(),
            Self::Text(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Object(fields) => fields.iter().flat_map(|(_, value)| value.templates()).collect(),
        }
    }

    fn fill(&self, scope: &mut Scope) -> Result<Value> {
        Ok(match self {
            Self::Plain(value) => value.clone(),
            Self::Text(template) => match template.sole_variable() {
                Some(name) => scope.get(name)?.clone(),
                None => scope.fill(template, Encode::Plain)?.into(),
            },
            Self::List(items) => items.iter().map(|item| item.fill(scope)).collect::<Result<_>>()?,
            Self::Object(fields) => {
                let filled = fields.iter().map(|(name, value)| Ok((name.clone(), value.fill(scope)?)));
                Value::Object(filled.collect::<Result<_>>()?)
            }
        })
    }
}
