//! Validations from YAML files: [`Loader`].
//!
//! The fields and their defaults are those of the builders; `docs/checks/suites.md` lists them.
//!
//! ```
//! use deployment_checks::{http::HttpClient, suite::yaml::Loader};
//!
//! let loader = Loader::new(HttpClient::builder().build()?);
//! let validation = loader.parse("shop.yaml", "
//! validation: shop
//! suites:
//!   - kind: smoke
//!     tests:
//!       - name: it is up
//!         critical: true
//!         http:
//!           get: /health
//!           expect: { json: { /status: healthy }, latency: 2s }
//! ")?;
//! assert_eq!(validation.budget().as_secs(), 54); // four tries of 10 s, with waits of 2, 4 and 8 s
//!
//! let error = loader.parse("shop.yaml", "validation: shop\nsuites:\n  - kind: smok\n").unwrap_err().to_string();
//! assert!(error.contains("line 3, column 11: suites[0].kind: write smoke, api, integration or performance"), "{error}");
//! # Ok::<(), deployment_core::Error>(())
//! ```

mod calls;
mod fault;
mod fields;
mod loader;
mod node;
mod rules;
mod suites;
mod tree;

pub use fault::{YamlFault, YamlFaults};
pub use loader::Loader;
