//! Replication, seen from both ends.

use std::time::Duration;

use deployment_checks::health::{Limits, Role};
use deployment_core::health::HealthStatus::{Degraded, Healthy};

use super::{check, small};
use crate::help::{degraded, unhealthy, until};

#[tokio::test]
async fn a_replica_that_follows_is_well_on_both_ends_and_one_that_does_not_is_seen() {
    let primary = small(20).await;
    primary.sql("CREATE TABLE copied (n int)").unwrap();
    let replica = primary.replica().await;
    let both = Limits::new(Duration::from_secs(2_000), Duration::from_secs(3_000));
    let of_primary = check(&primary).role(Role::Primary).replicas(1).lag_time(both).build().unwrap();
    let of_replica = check(&replica).role(Role::Replica).lag_time(both).build().unwrap();
    let seen = until(&of_primary, Healthy).await;
    assert!(seen.contains("1 replicas follow"), "{seen}");
    let seen = until(&of_replica, Healthy).await;
    assert!(seen.contains("0 bytes are not applied") && seen.contains("it lags 0 s behind"), "{seen}");
    unhealthy(&check(&replica).role(Role::Primary).build().unwrap(), "it is a replica, it must be a primary").await;
    degraded(&check(&primary).replicas(2).build().unwrap(), "1 replicas follow, it must be 2 or more").await;

    // Its lag in time is known once it has applied a transaction.
    primary.sql("INSERT INTO copied VALUES (0)").unwrap();
    while replica.sql("SELECT count(*) FROM copied").unwrap() != "1" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    replica.pause_replay();
    primary.sql("INSERT INTO copied SELECT generate_series(1, 20000)").unwrap();
    let bytes = Limits::degraded_from(1_000_000);
    let seen = until(&check(&replica).lag_time(both).lag_bytes(bytes).build().unwrap(), Degraded).await;
    assert!(seen.contains("bytes are not applied"), "{seen}");
    let seen = until(&check(&primary).lag_time(both).lag_bytes(bytes).build().unwrap(), Degraded).await;
    assert!(seen.starts_with("a replica is "), "{seen}");
    let time = Limits::degraded_from(Duration::from_millis(1));
    let seen = until(&check(&replica).lag_time(time).build().unwrap(), Degraded).await;
    assert!(seen.contains("it lags"), "{seen}");
    replica.resume_replay();
    until(&of_replica, Healthy).await;

    primary.stop();
    let seen = until(&of_replica, Degraded).await;
    assert!(seen.starts_with("it receives nothing from its primary"), "{seen}");
}
