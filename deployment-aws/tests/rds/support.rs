//! What the tests work with: an account with databases, in virtual time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use deployment_aws::rds::{Placement, RdsClusterSnapshot, RdsSnapshot, RestoredDatabase, check_fn};
use deployment_core::{
    EffectContext, Error, ErrorKind, Result,
    backup::{BackupProvider, BackupState},
    testkit::TokioClock,
};
use serde_json::{Value, json};

use crate::cloud::{MINUTE, World, effect};

/// An account with its time, which is the test's.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) world: Arc<World>,
    pub(crate) clock: TokioClock,
}

impl Account {
    /// With an instance `orders` and a cluster `shop`.
    pub(crate) async fn new() -> Self {
        let world = Arc::new(World::new().await);
        let account = Self { clock: world.dates(), world };
        account.make(json!({ "instance": "orders", "tags": { "team": "sales" } })).await;
        account.make(json!({ "cluster": "shop", "engine": "aurora-postgresql", "tags": { "team": "web" } })).await;
        account
    }

    pub(crate) async fn make(&self, what: Value) {
        self.world.tell("rds-make", &what).await;
    }

    /// Nothing takes longer than half a minute: for sweeps.
    pub(crate) async fn hurry(&self) {
        for what in ["snapshot", "restore", "instance"] {
            self.play(json!({ "what": what, "takes": 30 })).await;
        }
    }

    pub(crate) async fn play(&self, how: Value) {
        self.world.tell("rds-play", &how).await;
    }

    /// What there is, whatever the way there is like.
    pub(crate) async fn state(&self) -> Value {
        self.world.tell("rds-state", &json!({})).await
    }

    /// The names of what there is: `databases`, `clusters` or `snapshots`.
    pub(crate) async fn names(&self, of: &str) -> Vec<String> {
        let state = self.state().await;
        state[of].as_object().unwrap().keys().cloned().collect()
    }

    /// The tag of a snapshot.
    pub(crate) async fn tag(&self, snapshot: &str, key: &str) -> Option<String> {
        self.state().await["snapshots"][snapshot]["tags"][key].as_str().map(str::to_owned)
    }

    pub(crate) fn instance(&self) -> RdsSnapshot {
        RdsSnapshot::new(&self.world.virtual_config(), "orders").unwrap().clock(Arc::new(self.clock))
    }

    pub(crate) fn cluster(&self) -> RdsClusterSnapshot {
        let backups = RdsClusterSnapshot::new(&self.world.virtual_config(), "shop").unwrap();
        backups.trial(Placement::new().class("db.t4g.medium")).clock(Arc::new(self.clock))
    }

    /// Of an effect of this name, that must be done in this time.
    pub(crate) fn effect(&self, name: &str, within: Duration) -> EffectContext {
        effect(self.clock, name, within)
    }

    /// That nothing is there but what was there at first, and these snapshots: a while later, when removals have ended.
    pub(crate) async fn has_only(&self, snapshots: &[&str]) {
        tokio::time::sleep(10 * MINUTE).await;
        let names = [self.names("databases").await, self.names("clusters").await, self.names("snapshots").await];
        let expected: Vec<String> = snapshots.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(names, [vec!["orders".to_owned(), "shop-1".to_owned()], vec!["shop".to_owned()], expected]);
    }
}

/// A check that counts how often it is asked, and says where.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    times: Arc<AtomicUsize>,
    fails: Arc<AtomicUsize>,
}

impl Asked {
    pub(crate) fn times(&self) -> usize {
        self.times.load(Ordering::SeqCst)
    }

    /// The next times it says that the data are wrong.
    pub(crate) fn fail(&self, times: usize) {
        self.fails.store(times, Ordering::SeqCst);
    }

    pub(crate) fn check(&self) -> impl deployment_aws::rds::DatabaseCheck + use<> {
        let asked = self.clone();
        check_fn("the orders can be counted", move |database: RestoredDatabase| {
            let asked = asked.clone();
            async move { asked.answer(&database) }
        })
    }

    fn answer(&self, database: &RestoredDatabase) -> Result<()> {
        self.times.fetch_add(1, Ordering::SeqCst);
        assert!(database.host.starts_with(&database.identifier) && database.host.ends_with("rds.amazonaws.com"), "{database:?}");
        assert!(database.port > 0 && !database.engine.is_empty(), "{database:?}");
        let fails = self.fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if fails.is_ok() { Err(Error::new(ErrorKind::Failed, "count orders", "the orders are gone")) } else { Ok(()) }
    }
}

/// Makes a backup and waits until it is complete.
pub(crate) async fn made(backups: &impl BackupProvider, context: &EffectContext, name: &str) {
    backups.create(context, name).await.unwrap();
    while backups.status(name).await.unwrap() != BackupState::Complete {
        tokio::time::sleep(MINUTE).await;
    }
}
