//! Service discovery, over the wire and in virtual time.
#![cfg(feature = "discovery")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::large_futures, reason = "tests")]

#[path = "../cloud/mod.rs"]
mod cloud;

mod deployments;
mod errors;
mod found;
#[path = "../ecs/goods.rs"]
mod goods;
mod kept;
mod many;
mod pair;
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../blue_green/shop.rs"]
mod pair_shop;
mod preflight;
mod registry;
#[allow(dead_code, reason = "others use the rest of it")]
#[path = "../ecs/shop.rs"]
mod shop;
mod the_cloud;
