//! HTTP under one policy: [`HttpClient`].
//!
//! | what | holds |
//! |---|---|
//! | redirects | not followed; opt in to a limited number, for `GET` and `HEAD`, each hop checked, no header of yours goes to another origin |
//! | body | at most 64 KiB, on the wire and decompressed; more is an error |
//! | headers | at most 100, 32 KiB in all |
//! | time | one deadline over everything: name, connection, TLS, headers, body, redirects; 10 s |
//! | address | resolved once per connection, every answer checked, pinned ([`Network`](crate::net::Network)) |
//! | proxy | none; the environment is not read |
//! | TLS | verified, always ([`Tls`](crate::net::Tls)) |
//! | connections | kept for reuse: at most 8 idle per origin, 256 in all, for 60 s, and none is used for longer than 300 s |
//! | protocol | HTTP/1.1 |
//!
//! ```no_run
//! use deployment_checks::{http::{HttpClient, HttpRequest}, secret::{SafeUrl, Secret}};
//!
//! # async fn f() -> deployment_core::Result<()> {
//! let client = HttpClient::builder().build()?;
//! let request = HttpRequest::get(SafeUrl::parse("https://backend.internal/health")?).bearer(&Secret::from_env("HEALTH_TOKEN")?)?;
//! let response = client.send(&request).await?;
//! println!("{} after {:?}: {}", response.status(), response.timing().total, response.text()?);
//! # Ok(()) }
//! ```

mod body;
mod builder;
mod client;
mod connection;
mod failure;
mod pool;
mod redirect;
mod request;
mod response;

pub use builder::HttpClientBuilder;
pub use client::HttpClient;
pub use hyper::{HeaderMap, Method, StatusCode, header};
pub use request::HttpRequest;
pub use response::{HttpResponse, Timing};
