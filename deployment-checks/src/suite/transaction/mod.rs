//! Synthetic transactions: several HTTP calls that do what a user would, as one check.
//!
//! ```
//! use deployment_checks::{
//!     expect::{Expect, JsonRule},
//!     http::HttpClient,
//!     suite::{Suite, Test, transaction::{Call, Capture, Cookies, Transaction}},
//! };
//! use serde_json::json;
//!
//! let order = Transaction::builder("order a book", HttpClient::builder().build()?)
//!     .cookies(Cookies::Shared)
//!     .call(
//!         Call::post("/login")
//!             .json(json!({ "user": "probe", "key": "${env:PROBE_KEY}" }))
//!             .capture("token", Capture::json("/token")?),
//!     )
//!     .call(
//!         Call::post("/orders")
//!             .header("authorization", "Bearer ${token}")
//!             .json(json!({ "sku": "book-1", "reference": "${run}" }))
//!             .expect(Expect::new().status("201".parse()?))
//!             .capture("order", Capture::json("/id")?.shown()),
//!     )
//!     .call(
//!         Call::get("/orders/${order}")
//!             .header("authorization", "Bearer ${token}")
//!             .expect(Expect::new().json("/state", JsonRule::equals("accepted"))?)
//!             .same("/id", "order"),
//!     )
//!     .build()?;
//! let suite = Suite::integration().test(Test::new("order a book", order).critical());
//! # let _ = suite;
//! # Ok::<(), deployment_core::Error>(())
//! ```

mod base;
mod body;
mod call;
mod capture;
mod compiled;
mod definition;
mod jar;
mod run;
mod scope;
mod template;

pub use call::Call;
pub use capture::Capture;
pub use definition::{Cookies, Transaction, TransactionBuilder};
pub use template::Template;
