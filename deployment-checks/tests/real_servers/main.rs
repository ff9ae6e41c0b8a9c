//! The servers that the other tests use are real, do what they are told, and leave nothing behind.

#![expect(clippy::unwrap_used, reason = "a test's helper that cannot go on fails the test")]

#[path = "../servers/mod.rs"]
mod servers;

mod leftovers;
mod missing;
mod postgres;
mod prometheus;
mod redis;
mod smtp;

/// Waits until something holds. What is waited for is certain to come; how long it takes is not.
async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while !holds() {
        assert!(tokio::time::Instant::now() < deadline, "still not: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
