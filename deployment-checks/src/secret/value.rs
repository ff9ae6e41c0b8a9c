//! A value that is never shown.

use std::{env, fmt, fs::File, io::Read, path::Path};

use deployment_core::{Error, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};

/// What stands in the place of a secret wherever it would be shown.
pub(crate) const HIDDEN: &str = "[secret]";

/// The largest file that is taken for a secret, in bytes: keys and certificates fit many times over.
const LARGEST_FILE: u64 = 64 * 1024;

/// A password, token, key or connection string.
///
/// `Debug` and `Display` show `[secret]`, there is no `Serialize` and no `PartialEq`, and the memory is wiped when it is dropped.
///
/// ```
/// use deployment_checks::secret::Secret;
///
/// let password = Secret::new("hunter2");
/// assert_eq!(password.to_string(), "[secret]");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// A secret that the program has at hand.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The secret in the environment variable `name`, read now.
    ///
    /// # Errors
    /// If the variable is not set, is empty or is not UTF-8. The message names the variable, never its value.
    pub fn from_env(name: &str) -> Result<Self> {
        let fault = match env::var(name) {
            Ok(value) if !value.is_empty() => return Ok(Self::new(value)),
            Ok(_) => "is empty: give it a value",
            Err(env::VarError::NotPresent) => "is not set: set it",
            Err(env::VarError::NotUnicode(_)) => "is not UTF-8: give it a text",
        };
        Err(Error::invalid("secret", format!("environment variable {name} {fault}")))
    }

    /// The secret in the file at `path`, read now; one line break at its end is not part of it. At most 64 KiB.
    ///
    /// # Errors
    /// If the file cannot be read, is empty, too large or not UTF-8. The message names the file, never what is in it.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let invalid = |fault: &str| Error::invalid("secret", format!("file {} {fault}", path.display()));
        let mut text = String::new();
        File::open(path).and_then(|file| file.take(LARGEST_FILE + 1).read_to_string(&mut text)).map_err(|error| {
            let fault = format!("cannot be read as a text: {}", error.kind());
            let kind = if error.kind() == std::io::ErrorKind::NotFound { ErrorKind::NotFound } else { ErrorKind::InvalidInput };
            Error::new(kind, "validate", format!("secret: file {} {fault}", path.display()))
        })?;
        if text.len() as u64 > LARGEST_FILE {
            return Err(invalid("is larger than 64 KiB: name the file that holds the secret alone"));
        }
        let length = text.strip_suffix('\n').map_or(text.len(), |line| line.strip_suffix('\r').unwrap_or(line).len());
        text.truncate(length);
        if text.is_empty() { Err(invalid("is empty: put the secret into it")) } else { Ok(Self::new(text)) }
    }

    /// The value itself: for the bytes of a request and nothing else. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}
