//! What must not be seen: [`Secret`], and [`SafeUrl`], a URL that does not show its query.
//!
//! A credential enters the crate as a [`Secret`] and leaves it in one place: the bytes of a request. Nothing here implements `Serialize`,
//! and `Debug` and `Display` show `[secret]`.
//!
//! ```
//! use deployment_checks::secret::{SafeUrl, Secret};
//!
//! let token = Secret::new("s3cr3t");
//! assert_eq!(format!("{token} {token:?}"), "[secret] [secret]");
//!
//! let url = SafeUrl::parse("https://api.example.com/health?key=s3cr3t")?;
//! assert_eq!(url.to_string(), "https://api.example.com/health?key=[secret]");
//! # Ok::<(), deployment_core::Error>(())
//! ```

mod hidden;
mod url;
mod value;

pub(crate) use hidden::Hidden;
pub use url::SafeUrl;
pub use value::Secret;
