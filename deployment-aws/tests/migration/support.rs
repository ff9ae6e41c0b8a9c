//! What the tests work with: an account with a cluster, a task definition and a database to be migrated.

use std::{sync::Arc, time::Duration};

use deployment_aws::ecs::migration::{EcsTaskMigration, EcsTaskMigrationBuilder};
use deployment_core::{EffectContext, migration::Phase, testkit::TokioClock};
use serde_json::{Value, json};

use crate::cloud::{World, effect};

#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) world: Arc<World>,
    pub(crate) clock: TokioClock,
}

impl Account {
    /// Two migrations can be made: `add` by `up add`, `drop` by `up drop`.
    pub(crate) async fn new() -> Self {
        let world = Arc::new(World::new().await);
        let account = Self { clock: world.dates(), world };
        account.tell("task-make", json!({ "environment": { "DATABASE_URL": "postgres://app:hunter22@db/orders?sslmode=require" } })).await;
        for name in ["add", "drop"] {
            account.play(json!({ "command": format!("up {name}"), "adds": name })).await;
            account.play(json!({ "command": format!("down {name}"), "removes": name })).await;
            account.play(json!({ "command": format!("status {name}"), "asks": name, "takes": 5 })).await;
        }
        account
    }

    pub(crate) async fn tell(&self, word: &str, body: Value) -> Value {
        self.world.tell(word, &body).await
    }

    pub(crate) async fn play(&self, how: Value) {
        self.tell("task-play", how).await;
    }

    /// Which migrations are applied, and how often the database was changed.
    pub(crate) async fn database(&self) -> (Vec<String>, u64) {
        let state = self.tell("task-state", json!({})).await;
        let applied = state["applied"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        (applied.collect(), state["changes"].as_u64().unwrap())
    }

    /// The tasks whose command has this in it, oldest first.
    pub(crate) async fn tasks(&self, command: &str) -> Vec<Value> {
        let state = self.tell("task-state", json!({})).await;
        let tasks = state["tasks"].as_array().unwrap().iter();
        tasks.filter(|task| task["command"].as_str().unwrap().contains(command)).cloned().collect()
    }

    /// Everything but the command that takes it back.
    pub(crate) fn migration(&self, name: &str, phase: Phase) -> EcsTaskMigrationBuilder {
        EcsTaskMigration::builder(&self.world.virtual_config(), phase)
            .task("prod", "migrate:1", "app")
            .network(["subnet-1", "subnet-2"], ["sg-1"])
            .apply(["migrate", "up", name])
            .status(["migrate", "status", name])
            .clock(Arc::new(self.clock))
    }

    /// One that can be taken back.
    pub(crate) fn reversible(&self, name: &str) -> EcsTaskMigration {
        self.migration(name, Phase::Expand).revert(["migrate", "down", name]).build().unwrap()
    }

    pub(crate) fn effect(&self, token: &str, within: Duration) -> EffectContext {
        effect(self.clock, token, within)
    }
}
