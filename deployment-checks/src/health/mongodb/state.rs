//! What the server says of itself.

use std::time::Duration;

use mongodb::bson::{Bson, Document};

use crate::health::findings::{Look, Trouble};

/// What the server is.
#[derive(Debug)]
pub(super) struct Hello {
    pub(super) primary: bool,
    pub(super) secondary: bool,
    pub(super) arbiter: bool,
    pub(super) router: bool,
    pub(super) in_set: bool,
}

/// The members of a replica set.
#[derive(Debug)]
pub(super) struct Members(pub(super) Vec<Member>);

#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) state: String,
    pub(super) is_well: bool,
    pub(super) is_self: bool,
    /// When its last operation was written, in milliseconds since 1970; an arbiter has none.
    written: Option<i64>,
}

impl Hello {
    pub(super) fn read(answer: &Document) -> Self {
        let yes = |field: &str| answer.get_bool(field).unwrap_or(false);
        Self {
            primary: yes("isWritablePrimary") || yes("ismaster"),
            secondary: yes("secondary"),
            arbiter: yes("arbiterOnly"),
            router: answer.get_str("msg").is_ok_and(|text| text == "isdbgrid"),
            in_set: answer.contains_key("setName"),
        }
    }
}

impl Members {
    pub(super) fn read(answer: &Document) -> Look<Self> {
        let strange = || Trouble::down("the answer to replSetGetStatus is not that of a MongoDB server");
        let members = answer.get_array("members").map_err(|_| strange())?;
        let members: Option<Vec<_>> = members.iter().map(|member| member.as_document().and_then(member_of)).collect();
        members.filter(|members| !members.is_empty()).map(Self).ok_or_else(strange)
    }

    pub(super) fn primary(&self) -> Option<&Member> {
        self.0.iter().find(|member| member.state == "PRIMARY" && member.is_well)
    }

    pub(super) fn secondaries(&self) -> impl Iterator<Item = &Member> {
        self.0.iter().filter(|member| member.state == "SECONDARY" && member.is_well)
    }
}

impl Member {
    /// How far it is behind another.
    pub(super) fn behind(&self, primary: &Self) -> Option<Duration> {
        let milliseconds = primary.written?.saturating_sub(self.written?);
        Some(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
    }
}

fn member_of(member: &Document) -> Option<Member> {
    let state = member.get_str("stateStr").ok()?.to_owned();
    let works = matches!(state.as_str(), "PRIMARY" | "SECONDARY" | "ARBITER");
    Some(Member {
        name: member.get_str("name").unwrap_or_default().to_owned(),
        is_well: works && number(member, "health") != Some(0.0),
        is_self: member.get_bool("self").unwrap_or(false),
        written: member.get_datetime("optimeDate").ok().map(|time| time.timestamp_millis()),
        state,
    })
}

/// A number of any of its kinds.
pub(super) fn number(document: &Document, field: &str) -> Option<f64> {
    match document.get(field)? {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number).filter(|number| number.is_finite()),
        _ => None,
    }
}
