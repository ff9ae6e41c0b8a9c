//! What is looked at before anything is touched, over the wire.
#![cfg(feature = "sdk")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::large_futures, clippy::panic, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod account;
#[cfg(feature = "capacity")]
mod capacity;
#[cfg(feature = "ecs")]
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../ecs/goods.rs"]
mod goods;
#[cfg(all(feature = "cloudwatch", feature = "dynamodb", feature = "ecs", feature = "rds"))]
mod parts;
#[cfg(all(feature = "cloudwatch", feature = "dynamodb", feature = "ecs", feature = "iam"))]
mod permissions;
#[cfg(feature = "cloudwatch")]
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../cloudwatch/put.rs"]
mod put;
#[cfg(feature = "ecs")]
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../ecs/scaled.rs"]
mod scaled;
#[cfg(feature = "ecs")]
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../blue_green/shop.rs"]
mod shop;
#[cfg(all(feature = "cloudwatch", feature = "dynamodb", feature = "ecs", feature = "rds"))]
mod whole;
