//! Redis.

mod bad;
mod load;
mod outage;
mod recorded;

use deployment_checks::{
    health::{RedisCheck, RedisCheckBuilder},
    secret::Secret,
};

use crate::{
    help::{plain, trusting},
    servers::{Authority, Redis, RedisOptions},
};

/// A check of this server.
fn check(server: &Redis) -> RedisCheckBuilder {
    let check = RedisCheck::builder(server.host(), server.port()).access(plain());
    server.password().map_or(check.clone(), |password| check.password(Secret::new(password)))
}

/// A server with TLS and a password, and a check that trusts it.
async fn guarded() -> (Redis, RedisCheckBuilder) {
    let certificate = Authority::new().issue(&["127.0.0.1"]);
    let authority = certificate.authority.clone();
    let server =
        Redis::start(RedisOptions { password: Some("s3cret-of-redis"), certificate: Some(certificate), settings: Vec::new() }).await;
    let check = check(&server).access(trusting(&authority));
    (server, check)
}
