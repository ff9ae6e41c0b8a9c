//! An account in two regions.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use aws_config::{Region, SdkConfig};
use deployment_aws::rds::{Destination, Placement, RdsClusterSnapshot, RdsSnapshot, Snapshots};
use serde_json::{Value, json};

use crate::{
    cloud::{Fault, World},
    support::Account,
};

/// Where the copies are.
pub(crate) const THERE: &str = "eu-west-1";
pub(crate) const KEY: &str = "alias/backups";

/// An account whose ways to its two regions can be made bad each by itself.
#[derive(Clone)]
pub(crate) struct Regions {
    pub(crate) account: Account,
    /// The way to the other region.
    pub(crate) there: Arc<World>,
}

impl Regions {
    pub(crate) async fn new() -> Self {
        let account = Account::new().await;
        let there = Arc::new(World::attach(&account.world.name()).await);
        account.make(json!({ "key": KEY, "region": THERE })).await;
        Self { account, there }
    }

    pub(crate) fn config(&self) -> SdkConfig {
        self.there.virtual_config().into_builder().region(Region::new(THERE)).build()
    }

    pub(crate) fn elsewhere(&self) -> Destination {
        Destination::new(&self.config()).encrypted_by(KEY)
    }

    pub(crate) fn instance(&self) -> RdsSnapshot {
        self.account.instance().copied_to(self.elsewhere()).unwrap()
    }

    pub(crate) fn cluster(&self) -> RdsClusterSnapshot {
        self.account.cluster().copied_to(self.elsewhere()).unwrap()
    }

    /// The copies of the instance's backups, as backups of the other region.
    pub(crate) fn instance_there(&self) -> RdsSnapshot {
        self.set_up(RdsSnapshot::new(&self.config(), "orders").unwrap())
    }

    pub(crate) fn cluster_there(&self) -> RdsClusterSnapshot {
        self.set_up(RdsClusterSnapshot::new(&self.config(), "shop").unwrap())
    }

    fn set_up<Of>(&self, backups: Snapshots<Of>) -> Snapshots<Of> {
        backups.clock(Arc::new(self.account.clock))
    }

    /// A group of subnets, and that databases are made there.
    pub(crate) async fn placement(&self) -> Placement {
        self.account.make(json!({ "subnet-group": "private", "region": THERE })).await;
        Placement::new().subnet_group("private").class("db.t4g.medium")
    }

    pub(crate) async fn state(&self) -> Value {
        self.account.world.tell("rds-state", &json!({ "region": THERE })).await
    }

    /// The names of the other region's snapshots.
    pub(crate) async fn copies(&self) -> Vec<String> {
        self.state().await["snapshots"].as_object().unwrap().keys().cloned().collect()
    }

    pub(crate) async fn tag(&self, copy: &str, key: &str) -> Option<String> {
        self.state().await["snapshots"][copy]["tags"][key].as_str().map(str::to_owned)
    }

    /// From now on every call to the other region meets this fault, until the switch that is returned is off.
    pub(crate) fn outage(&self, fault: &Fault) -> Arc<AtomicBool> {
        let (on, fault) = (Arc::new(AtomicBool::new(true)), fault.clone());
        let switch = Arc::clone(&on);
        self.there.proxy().rule(move |_, _, _| switch.load(Ordering::SeqCst).then(|| fault.clone()));
        on
    }
}
