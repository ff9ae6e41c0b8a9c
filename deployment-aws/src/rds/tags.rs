//! The tags by which what this module made is found again, and nothing else is touched.

use std::collections::BTreeMap;

use aws_sdk_rds::types::Tag;
use deployment_core::{EffectContext, Timestamp, backup::VerifyLevel};

/// Keys and values of tags.
pub(super) type Tags = BTreeMap<String, String>;

const DEPLOYMENT: &str = "deployment:id";
const STEP: &str = "deployment:step";
const PURPOSE: &str = "deployment:purpose";
/// The database that a backup is of.
const SOURCE: &str = "deployment:source";
/// The backup's name as the caller has it: the identifier at AWS may be a shorter one.
const NAME: &str = "deployment:backup";
const VERIFIED: &str = "deployment:verified";
/// When the original of a copy was taken, in milliseconds since 1970: AWS says of a cluster's copy only when that was made.
const TAKEN: &str = "deployment:taken-at";
/// The token of the effect that verified it last.
const VERIFIED_BY: &str = "deployment:verified-by";

/// The longest value of a tag. Source: Amazon RDS User Guide, "Tagging Amazon RDS resources".
const LONGEST_VALUE: usize = 256;
/// How many tags a resource can have. Source: the same page.
const MOST: usize = 50;
/// How many of ours come later: how well it is verified, by what, and a copy's time.
const LATER: usize = 3;

/// What something was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Backup,
    /// A database that is removed again.
    Verification,
    /// A database that stays.
    Restore,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Verification => "verification",
            Self::Restore => "restore",
        }
    }
}

/// The tags of something made for `purpose`, from the backup of this name or for it.
pub(super) fn of(context: &EffectContext, purpose: Purpose, source: &str, name: &str) -> Tags {
    let tags = [
        (DEPLOYMENT, value(context.deployment.as_str())),
        (STEP, value(context.step.as_str())),
        (PURPOSE, purpose.as_str().to_owned()),
        (SOURCE, source.to_owned()),
        (NAME, name.to_owned()),
    ];
    tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// These, and as many of others as there is room for. AWS's own cannot be given.
pub(super) fn with(ours: Tags, others: &Tags) -> Tags {
    let room = MOST.saturating_sub(ours.len() + LATER);
    let others = others.iter().filter(|(key, _)| !key.starts_with("aws:") && !key.starts_with("deployment:"));
    let mut all: Tags = others.take(room).map(|(key, value)| (key.clone(), value.clone())).collect();
    all.extend(ours);
    all
}

pub(super) fn is_for(tags: &Tags, purpose: Purpose, source: &str) -> bool {
    tags.get(PURPOSE).is_some_and(|value| value == purpose.as_str()) && tags.get(SOURCE).is_some_and(|value| value == source)
}

/// Whether something made for `purpose` is from the backup of this name.
pub(super) fn is_from(tags: &Tags, purpose: Purpose, source: &str, name: &str) -> bool {
    is_for(tags, purpose, source) && name_in(tags) == Some(name)
}

/// Those of a copy of something with these tags: nothing is verified of it yet.
pub(super) fn of_copy(tags: &Tags, taken_at: Option<Timestamp>) -> Tags {
    let kept = |key: &String| !key.starts_with("aws:") && key != VERIFIED && key != VERIFIED_BY;
    let mut copied: Tags = tags.iter().filter(|(key, _)| kept(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    copied.extend(taken_at.map(|time| (TAKEN.to_owned(), time.as_millis().to_string())));
    copied
}

/// When the original of a copy was taken.
pub(super) fn taken_at(tags: &Tags) -> Option<Timestamp> {
    tags.get(TAKEN)?.parse().ok().map(Timestamp::from_millis)
}

/// Whether the same deployment made both.
pub(super) fn is_of_same(tags: &Tags, other: &Tags) -> bool {
    tags.get(DEPLOYMENT) == other.get(DEPLOYMENT)
}

/// Whether this deployment made it.
pub(super) fn is_of(tags: &Tags, context: &EffectContext) -> bool {
    tags.get(DEPLOYMENT) == Some(&value(context.deployment.as_str()))
}

pub(super) fn name_in(tags: &Tags) -> Option<&str> {
    tags.get(NAME).map(String::as_str)
}

pub(super) fn verified(tags: &Tags) -> Option<VerifyLevel> {
    let levels = [VerifyLevel::Exists, VerifyLevel::Complete, VerifyLevel::Restored, VerifyLevel::Queried];
    levels.into_iter().find(|level| tags.get(VERIFIED).is_some_and(|value| value == word(*level)))
}

/// How well this very effect has verified it, at an earlier try.
pub(super) fn verified_by(tags: &Tags, context: &EffectContext) -> Option<VerifyLevel> {
    let same = tags.get(VERIFIED_BY) == Some(&value(context.token.as_str()));
    verified(tags).filter(|_| same)
}

pub(super) fn of_verification(context: &EffectContext, level: VerifyLevel) -> Tags {
    let tags = [(VERIFIED, word(level).to_owned()), (VERIFIED_BY, value(context.token.as_str()))];
    tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn word(level: VerifyLevel) -> &'static str {
    match level {
        VerifyLevel::Exists => "exists",
        VerifyLevel::Complete => "complete",
        VerifyLevel::Restored => "restored",
        VerifyLevel::Queried => "queried",
    }
}

/// An id as a tag can have it.
fn value(id: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/=+-@".contains(c);
    id.chars().map(|c| if allowed(c) { c } else { '_' }).take(LONGEST_VALUE).collect()
}

pub(super) fn to_sdk(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

pub(super) fn from_sdk(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))).collect()
}
