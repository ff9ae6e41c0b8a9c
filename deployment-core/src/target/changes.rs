//! What a release changes, by what serves.

use std::collections::BTreeMap;

use super::TargetView;
use crate::{release::Release, share::Percent};

/// The differences between what has most of the traffic and a release; what has no value that is known is not compared.
///
/// What a setting was is not told: it may be what nobody should read. What it becomes stands in the release.
pub(super) fn between(view: &TargetView, release: &Release) -> Vec<String> {
    let most = view.routes.split.iter().max_by_key(|(_, share)| *share);
    let serves = most.and_then(|(id, share)| Some((view.revision(id)?.release.as_ref()?, share)));
    let Some((serves, share)) = serves else {
        let before = if view.routes.split.is_empty() { "nothing serves yet" } else { "what serves now is not known" };
        return vec![format!("{before}; version {} will", release.version)];
    };
    let mut lines = Vec::new();
    if serves.version != release.version {
        lines.push(format!("version {} becomes {}", serves.version, release.version));
    }
    if let Some(artifact) = release.artifact.as_ref().filter(|artifact| serves.artifact.as_ref() != Some(artifact)) {
        let before = serves.artifact.as_deref().unwrap_or("unknown");
        lines.push(format!("artifact {before} becomes {artifact}"));
    }
    lines.extend(settings(&serves.settings, &release.settings));
    if share < Percent::ALL {
        lines.push(format!("version {}, which has {share} of traffic, is not alone", serves.version));
    }
    lines
}

fn settings(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let set = after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, value)| format!("{key} becomes {value:?}"));
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| format!("{key} is not set any more"));
    set.chain(gone).collect()
}
