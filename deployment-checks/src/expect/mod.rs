//! What an HTTP answer must be like: [`Expect`], the assertions that every check over HTTP shares.
//!
//! ```
//! use std::time::Duration;
//! use deployment_checks::expect::{Answer, Expect, JsonRule, TextRule};
//! use http::HeaderMap;
//!
//! let expect = Expect::new()
//!     .status("200, 204".parse()?)
//!     .header("content-type", TextRule::contains("json"))?
//!     .json("/status", JsonRule::equals("healthy"))?
//!     .within(Duration::from_secs(2));
//!
//! let mut headers = HeaderMap::new();
//! headers.insert("content-type", "application/json".parse()?);
//! let answer = Answer { status: 200, headers: &headers, body: br#"{"status":"degraded"}"#, latency: Duration::from_millis(40) };
//! let unmet = expect.unmet(&answer);
//! assert_eq!(unmet[0].to_string(), "/status is \"degraded\", it must be \"healthy\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod json;
mod quote;
mod rules;
mod status;
mod text;

pub use answer::Answer;
pub use json::{JsonRule, check_pointer};
pub use quote::quote;
pub use rules::{Aspect, Expect, Unmet};
pub use status::Statuses;
pub use text::TextRule;
#[cfg(feature = "http")]
pub(crate) use text::regex;
