//! What a server may say of itself, and what that means.

use std::{sync::Arc, time::Duration};

use deployment_checks::health::{Limits, Role};
use deployment_core::ErrorKind;
use mongodb::bson::{Document, doc};

use super::played::{Answers, answers, check, hello, member, playing, well};
use crate::help::{blind, degraded, healthy, unhealthy};

fn set(states: [&'static str; 2], written: [i64; 2]) -> Vec<Document> {
    vec![member("a:27017", states[0], written[0]), member("b:27017", states[1], written[1])]
}

#[tokio::test]
async fn a_primary_that_does_its_work_is_healthy() {
    let peer = playing(well()).await;
    let seen = healthy(&check(&peer).role(Role::Primary).replicas(1).build().unwrap()).await;
    for words in ["the ping took", "primary", "3 of 100 connections are in use", "1 secondaries are well", "a secondary is 0 s behind"] {
        assert!(seen.contains(words), "{words}: {seen}");
    }
    unhealthy(&check(&peer).role(Role::Replica).build().unwrap(), "it is a primary, it must be a replica").await;
    degraded(&check(&peer).replicas(2).build().unwrap(), "1 secondaries are well, it must be 2 or more").await;
    let nanosecond = Duration::from_nanos(1);
    degraded(&check(&peer).ping_time(Limits::degraded_from(nanosecond)).build().unwrap(), "the ping took").await;
    unhealthy(&check(&peer).ping_time(Limits::new(nanosecond, nanosecond)).build().unwrap(), "the ping took").await;
}

#[tokio::test]
async fn connections_are_degraded_from_80_percent_and_unhealthy_from_95() {
    for used in [79, 80, 94, 95] {
        let peer = playing(answers("PRIMARY", used, set(["PRIMARY", "SECONDARY"], [9, 9]))).await;
        let check = check(&peer).build().unwrap();
        match used {
            79 => drop(healthy(&check).await),
            80 | 94 => degraded(&check, "of 100 connections are in use").await,
            _ => unhealthy(&check, "95 of 100 connections are in use").await,
        }
    }
}

#[tokio::test]
async fn members_that_are_away_or_behind_are_seen_from_both_ends() {
    let primary = |states, written| answers("PRIMARY", 3, set(states, written));
    let secondary = |states, written| answers("SECONDARY", 3, set(states, written));
    let ask = async |answers: Answers, why: &str| {
        let peer = playing(answers).await;
        degraded(&check(&peer).build().unwrap(), why).await;
    };
    ask(primary(["PRIMARY", "SECONDARY"], [1_010, 1_000]), "a secondary is 10 s behind").await;
    ask(secondary(["SECONDARY", "PRIMARY"], [1_000, 1_010]), "it is 10 s behind").await;
    ask(primary(["PRIMARY", "RECOVERING"], [1_000, 1_000]), "member \"b:27017\" is \"RECOVERING\"").await;
    ask(primary(["PRIMARY", "(not reachable/healthy)"], [1_000, 0]), "not reachable").await;
    let peer = playing(secondary(["SECONDARY", "PRIMARY"], [1_000, 1_060])).await;
    unhealthy(&check(&peer).build().unwrap(), "it is 60 s behind").await;
    let peer = playing(secondary(["SECONDARY", "SECONDARY"], [1_000, 1_000])).await;
    unhealthy(&check(&peer).build().unwrap(), "the replica set has no primary").await;
    let peer = playing(answers("RECOVERING", 3, set(["RECOVERING", "PRIMARY"], [1_000, 1_000]))).await;
    unhealthy(&check(&peer).build().unwrap(), "neither primary nor secondary").await;
}

#[tokio::test]
async fn routers_and_single_servers_have_no_set_to_look_at() {
    for router in [true, false] {
        let peer = playing(Arc::new(move |command, asked| {
            let mut answer = well()(command, asked);
            if command == "replSetGetStatus" {
                return doc! { "ok": 0.0, "errmsg": "not running with --replSet", "code": 76, "codeName": "NoReplicationEnabled" };
            }
            for field in ["setName", "hosts", "me"] {
                answer.remove(field);
            }
            if router && command != "ping" {
                answer.insert("msg", "isdbgrid");
            }
            answer
        }))
        .await;
        let seen = healthy(&check(&peer).build().unwrap()).await;
        assert_eq!(seen.contains("router"), router, "{seen}");
    }
}

#[tokio::test]
async fn who_may_not_see_the_status_is_told_and_can_look_at_the_rest() {
    let peer = playing(Arc::new(|command, _| match command {
        "serverStatus" => doc! { "ok": 0.0, "errmsg": "not authorized on admin", "code": 13, "codeName": "Unauthorized" },
        "ping" => doc! { "ok": 1.0 },
        _ => hello("PRIMARY"),
    }))
    .await;
    blind(&check(&peer).build().unwrap(), ErrorKind::Unauthorized, "clusterMonitor").await;
    healthy(&check(&peer).without_status().build().unwrap()).await;
}

#[tokio::test]
async fn an_answer_that_is_none_of_mongodb_is_unhealthy() {
    for (which, answer) in [
        ("serverStatus", doc! { "ok": 1.0 }),
        ("serverStatus", doc! { "ok": 1.0, "connections": { "current": "many", "available": f64::NAN } }),
        ("replSetGetStatus", doc! { "ok": 1.0, "members": [] }),
        ("replSetGetStatus", doc! { "ok": 1.0, "members": [1, 2] }),
        ("ping", doc! { "ok": 0.0, "errmsg": "interrupted at shutdown", "code": 11600 }),
    ] {
        let peer = playing(Arc::new(move |command, asked| if command == which { answer.clone() } else { well()(command, asked) })).await;
        unhealthy(&check(&peer).build().unwrap(), if which == "ping" { "code 11600" } else { which }).await;
    }
}
