//! A server that is well, and one that is full.

use std::time::Duration;

use deployment_checks::health::{Limits, Role};
use deployment_core::health::HealthStatus::{Degraded, Healthy};
use tokio::net::TcpStream;

use super::{check, guarded};
use crate::{
    help::{degraded, healthy, trusting, unhealthy, until},
    servers::{Authority, Redis, RedisOptions},
};

#[tokio::test]
async fn over_verified_tls_with_a_password_a_server_that_does_its_work_is_healthy() {
    let (_server, check) = guarded().await;
    let seen = healthy(&check.clone().role(Role::Primary).build().unwrap()).await;
    for words in ["PING took", "without a limit", "of 10000 connections are in use", "primary"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    let stranger = check.clone().access(trusting(&Authority::new().issue(&["127.0.0.1"]).authority)).build().unwrap();
    unhealthy(&stranger, "tls").await;
    unhealthy(&check.access(crate::help::plain()).build().unwrap(), "broke").await;
}

#[tokio::test]
async fn full_memory_is_unhealthy_where_nothing_is_evicted() {
    let server = Redis::start(RedisOptions::default()).await;
    let check = check(&server).build().unwrap();
    server.fill();
    unhealthy(&check, "nothing is evicted").await;
    let policy = |name: &str| server.command(&["CONFIG", "SET", "maxmemory-policy", name]).unwrap();
    policy("volatile-lru");
    degraded(&check, "only keys that expire are evicted").await;
    policy("allkeys-lru");
    let seen = healthy(&check).await;
    assert!(seen.contains("what is old is evicted"), "{seen}");
    policy("noeviction");
    server.empty();
    healthy(&check).await;
    crate::help::keeps_its_contract(&check).await;
}

#[tokio::test]
async fn a_slow_answer_is_degraded_then_unhealthy() {
    let server = Redis::start(RedisOptions::default()).await;
    let nanosecond = Duration::from_nanos(1);
    degraded(&check(&server).ping_time(Limits::degraded_from(nanosecond)).build().unwrap(), "PING took").await;
    unhealthy(&check(&server).ping_time(Limits::new(nanosecond, nanosecond)).build().unwrap(), "PING took").await;
}

#[tokio::test]
async fn connections_are_degraded_from_80_percent_and_those_that_were_refused_are_told() {
    let settings = vec![("maxclients", "10".to_owned())];
    let server = Redis::start(RedisOptions { settings, ..RedisOptions::default() }).await;
    let check = check(&server).build().unwrap();
    until(&check, Healthy).await;
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(TcpStream::connect((server.host(), server.port())).await.unwrap());
    }
    let seen = until(&check, Degraded).await;
    assert!(seen.starts_with("9 of 10 connections are in use"), "{seen}");
    for _ in 0..4 {
        held.push(TcpStream::connect((server.host(), server.port())).await.unwrap());
    }
    unhealthy(&check, "").await;
    drop(held);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    while server.command(&["PING"]).is_err() {
        assert!(tokio::time::Instant::now() < deadline);
    }
    let seen = until(&check, Degraded).await;
    assert!(seen.contains("connections were refused since the last look"), "{seen}");
    until(&check, Healthy).await;
}

#[tokio::test]
async fn a_replica_that_follows_is_well_on_both_ends_and_one_that_does_not_is_seen() {
    let (server, builder) = guarded().await;
    let replica = server.replica().await;
    let at = |port: u16| {
        let patient = Limits::new(Duration::from_secs(2_000), Duration::from_secs(3_000));
        let check = deployment_checks::health::RedisCheck::builder("127.0.0.1", port);
        check.password(deployment_checks::secret::Secret::new("s3cret-of-redis")).lag_time(patient)
    };
    let access = || builder_access(&server);
    let of_primary = at(server.port()).access(access()).role(Role::Primary).replicas(1).build().unwrap();
    let of_replica = at(replica.port()).access(access()).role(Role::Replica).build().unwrap();
    let seen = until(&of_primary, Healthy).await;
    assert!(seen.contains("1 replicas follow"), "{seen}");
    let seen = until(&of_replica, Healthy).await;
    assert!(seen.contains("its primary was heard"), "{seen}");
    degraded(&builder.clone().replicas(2).build().unwrap(), "1 replicas follow, it must be 2 or more").await;
    unhealthy(&at(replica.port()).access(access()).role(Role::Primary).build().unwrap(), "it is a replica, it must be a primary").await;
    server.stop();
    let seen = until(&of_replica, Degraded).await;
    assert!(seen.starts_with("the link to its primary is down"), "{seen}");
    let second = Limits::new(Duration::from_secs(1), Duration::from_secs(2));
    until(&at(replica.port()).access(access()).lag_time(second).build().unwrap(), deployment_core::health::HealthStatus::Unhealthy).await;
}

/// The replica has the certificate of its primary.
fn builder_access(server: &Redis) -> deployment_checks::health::Access {
    let authority = std::fs::read_to_string(server.process.folder().file("authority.pem")).unwrap();
    trusting(&authority)
}
