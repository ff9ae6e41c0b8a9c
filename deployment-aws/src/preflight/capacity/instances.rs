//! What is left on instances.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::Client;
use deployment_core::Result;

use super::{
    machines::{self, Growth},
    room::{Room, unplaced},
};
use crate::preflight::{Findings, Place, Tasks};

/// What is called for it.
pub(super) const ACTIONS: [&str; 3] = ["ecs:DescribeCapacityProviders", "ecs:DescribeContainerInstances", "ecs:ListContainerInstances"];

pub(super) async fn compare(ecs: &Client, tasks: &[Tasks], findings: &mut Findings) -> Result<()> {
    let mut clusters: BTreeMap<&str, Vec<&Tasks>> = BTreeMap::new();
    for tasks in tasks.iter().filter(|tasks| tasks.count > 0 && !matches!(tasks.place, Place::Fargate | Place::FargateSpot)) {
        // Some name a cluster by its ARN.
        clusters.entry(tasks.cluster.rsplit('/').next().unwrap_or_default()).or_default().push(tasks);
    }
    if clusters.is_empty() {
        return Ok(());
    }
    let growth = growth(ecs, &clusters, findings).await?;
    for (cluster, asked) in clusters {
        if let Some(rooms) = findings.if_allowed(machines::rooms(ecs, cluster).await)? {
            judge(&Cluster { name: cluster, rooms, growth: growth.as_ref() }, &asked, findings);
        }
    }
    Ok(())
}

/// What is known of the capacity providers; `None` if nothing may be.
async fn growth(ecs: &Client, clusters: &BTreeMap<&str, Vec<&Tasks>>, findings: &mut Findings) -> Result<Option<BTreeMap<String, Growth>>> {
    let names: BTreeSet<_> = clusters.values().flatten().flat_map(|tasks| providers(tasks)).cloned().collect();
    if names.is_empty() {
        return Ok(Some(BTreeMap::new()));
    }
    findings.if_allowed(machines::providers(ecs, names.into_iter().collect()).await)
}

fn providers(tasks: &Tasks) -> &[String] {
    match &tasks.place {
        Place::Providers(names) => names,
        _ => &[],
    }
}

struct Cluster<'a> {
    name: &'a str,
    rooms: Vec<Room>,
    growth: Option<&'a BTreeMap<String, Growth>>,
}

fn judge(cluster: &Cluster<'_>, asked: &[&Tasks], findings: &mut Findings) {
    let mut fit = true;
    for tasks in asked {
        fit &= alone(cluster, tasks, findings);
    }
    if fit && unplaced(cluster.rooms.clone(), asked).iter().any(|left| *left > 0) {
        let all = asked.iter().map(|tasks| tasks.of.as_str()).collect::<Vec<_>>().join(", ");
        let name = cluster.name;
        findings.warn(format!("Each of {all} finds room on the instances of the cluster {name}, but not all at the same time."));
    }
}

/// Whether they fit.
fn alone(cluster: &Cluster<'_>, tasks: &Tasks, findings: &mut Findings) -> bool {
    let missing = providers(tasks).iter().find(|name| cluster.growth.is_some_and(|known| !known.contains_key(*name)));
    if let Some(name) = missing {
        findings.problem(format!("There is no capacity provider {name}, on which {} would run; mend its strategy.", tasks.of));
        return false;
    }
    let left = unplaced(cluster.rooms.clone(), &[tasks]).into_iter().sum::<u32>();
    if left == 0 {
        return true;
    }
    let told = lacking(cluster, tasks, left);
    let grows = |name: &String| cluster.growth.is_none_or(|known| known.get(name) == Some(&Growth::Grows));
    match providers(tasks) {
        names if !names.is_empty() && names.iter().all(grows) => {
            let sure = if cluster.growth.is_some() { "adds some" } else { "may add some" };
            findings.warn(format!(
                "{told}. The capacity provider {} {sure}, which takes minutes, as far as its Auto Scaling group may grow.",
                names.join(", ")
            ));
        }
        _ => findings.problem(format!("{told}; add instances, or make room on those.")),
    }
    false
}

fn lacking(cluster: &Cluster<'_>, tasks: &Tasks, left: u32) -> String {
    let rooms: Vec<_> = cluster.rooms.iter().filter(|room| room.suits(&tasks.place)).collect();
    let most = |of: fn(&Room) -> u64| rooms.iter().map(|room| of(room)).max().unwrap_or_default();
    let there = match rooms.len() {
        0 => "none takes it".to_owned(),
        many => format!("{many} take it, with at most {} and {} left on one", most(|room| room.cpu), most(|room| room.memory)),
    };
    format!(
        "There is room for {} of {} tasks of {} on the instances of the cluster {}: each needs {} CPU units and {} MiB, and {there}",
        tasks.count - left,
        tasks.count,
        tasks.of,
        cluster.name,
        tasks.cpu,
        tasks.memory
    )
}
