//! What `INFO` gives.

use std::collections::HashMap;

use crate::health::findings::{Look, Trouble};

/// Fields and their values.
#[derive(Debug)]
pub(super) struct Info(HashMap<String, String>);

/// A replica as its primary sees it.
#[derive(Debug, Default)]
pub(super) struct Follower {
    pub(super) online: bool,
    pub(super) offset: u64,
    /// Seconds since it was heard of.
    pub(super) silent: u64,
}

impl Info {
    /// From lines of `field:value`; comments and empty lines are left out.
    pub(super) fn parse(text: &str) -> Look<Self> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let fields: HashMap<_, _> =
            lines.filter_map(|line| line.split_once(':')).map(|(a, b)| (a.to_owned(), b.trim().to_owned())).collect();
        if fields.contains_key("role") { Ok(Self(fields)) } else { Err(Trouble::down("the answer to INFO is not that of a Redis server")) }
    }

    pub(super) fn text(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }

    /// A number; 0 if there is no such field.
    pub(super) fn count(&self, field: &str) -> Look<u64> {
        match self.0.get(field) {
            None => Ok(0),
            // Some count from -1, for "never".
            Some(text) if text.starts_with('-') && text[1..].bytes().all(|byte| byte.is_ascii_digit()) => Ok(0),
            Some(text) => text.parse().map_err(|_| Trouble::down(format!("{field} in the answer to INFO is no number"))),
        }
    }

    /// `slave0:ip=…,port=…,state=online,offset=…,lag=…`, and so on.
    pub(super) fn followers(&self) -> Vec<Follower> {
        let numbered =
            |field: &str| field.strip_prefix("slave").is_some_and(|n| !n.is_empty() && n.bytes().all(|byte| byte.is_ascii_digit()));
        self.0.iter().filter(|(field, _)| numbered(field)).map(|(_, value)| follower(value)).collect()
    }
}

fn follower(value: &str) -> Follower {
    let mut follower = Follower::default();
    for (name, value) in value.split(',').filter_map(|pair| pair.split_once('=')) {
        match name {
            "state" => follower.online = value == "online",
            "offset" => follower.offset = value.parse().unwrap_or_default(),
            "lag" => follower.silent = value.parse().unwrap_or_default(),
            _ => {}
        }
    }
    follower
}
