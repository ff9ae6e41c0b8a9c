//! A JSON document over HTTP as a source: [`JsonSource`] for counts per revision, [`JsonNumber`] for a number.
//!
//! ```
//! use deployment_checks::metric::{Unit, json::{Buckets, Fields, JsonEndpoint}};
//!
//! let endpoint = JsonEndpoint::builder("https://metrics.internal/v1/$service?revision=$revision&from=$from_ms&to=$to_ms")?.build()?;
//! let fields = Fields::new(["/requests"], ["/errors/4xx", "/errors/5xx"])?
//!     .latency_buckets("/latency", Unit::Milliseconds, Buckets::Separate)?
//!     .covered_until("/measured_until")?;
//! let source = endpoint.source(fields);
//!
//! let error = JsonEndpoint::builder("https://metrics.internal/v1?revision=$revision")?.build().unwrap_err();
//! assert!(error.to_string().contains("$from"), "a document that is not about the window measures nothing");
//! # let _ = source;
//! # Ok::<(), deployment_core::Error>(())
//! ```
//!
//! Each field is named by a JSON pointer (RFC 6901). *No data*, never zero: a status that says so (404), a document that is `null`, a
//! field that is missing or `null`, a time range that is not the window, a document that is not measured up to the window's end.

mod builder;
mod endpoint;
mod fields;
mod number;
mod read;
mod source;
mod url;
mod value;

pub use builder::JsonBuilder;
pub use endpoint::JsonEndpoint;
pub use fields::{Buckets, Fields};
pub use number::JsonNumber;
pub use source::JsonSource;
