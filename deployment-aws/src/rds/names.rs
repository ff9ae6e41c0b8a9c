//! Identifiers as RDS takes them.
//!
//! Source: Amazon RDS API Reference, `CreateDBSnapshot`, `CreateDBClusterSnapshot` and `CreateDBInstance`: letters, digits and hyphens, a letter
//! first, no hyphen last, no two in a row. RDS keeps them in small letters.

use deployment_core::{Error, Result};

/// The longest identifier of a database or a cluster.
pub(super) const LONGEST_DATABASE: usize = 63;
/// The longest name that a backup may have: it is kept in a tag beside the identifier, and is that of a snapshot of an instance.
const LONGEST_NAME: usize = 255;

/// A database's identifier, checked.
pub(super) fn database(field: &'static str, name: &str) -> Result<String> {
    checked(field, name, LONGEST_DATABASE)
}

/// The identifier of a snapshot: the backup's name, or where that is too long a shorter one that stands for it.
pub(super) fn snapshot(name: &str, longest: usize) -> Result<String> {
    Ok(shortened(&checked("backup name", name, LONGEST_NAME)?, longest))
}

/// The identifier of a database that is made from a backup: the same at every try.
pub(super) fn derived(what: &str, name: &str) -> String {
    // Room for the number of an instance of a cluster.
    let exact = format!("{what}-{}-{:08x}", name.to_ascii_lowercase(), crc32c::crc32c(name.as_bytes()));
    shortened(&exact, LONGEST_DATABASE - 2)
}

fn checked(field: &'static str, name: &str, longest: usize) -> Result<String> {
    let wrong = |why: String| Err(Error::invalid(field, format!("{name:?} {why}")));
    if name.is_empty() || name.len() > longest {
        return wrong(format!("has {} characters; AWS takes 1 to {longest}", name.len()));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return wrong("does not start with a letter".to_owned());
    }
    if let Some(bad) = name.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        return wrong(format!("has {bad:?}; use letters, digits and hyphens"));
    }
    if name.ends_with('-') || name.contains("--") {
        return wrong("ends with a hyphen or has two in a row".to_owned());
    }
    Ok(name.to_ascii_lowercase())
}

/// The text, or its beginning with a checksum of the whole.
fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let checksum = format!("{:08x}", crc32c::crc32c(text.as_bytes()));
    let head: String = text.chars().take(longest - checksum.len() - 1).collect();
    format!("{}-{checksum}", head.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rds_does_not_take_is_refused_with_the_reason() {
        for (name, why) in [("", "0 characters"), ("1st", "letter"), ("a_b", "'_'"), ("a--b", "two in a row"), ("a-", "hyphen")] {
            assert!(database("database", name).unwrap_err().to_string().contains(why), "{name}");
        }
        assert!(database("database", &"a".repeat(64)).unwrap_err().to_string().contains("64 characters; AWS takes 1 to 63"));
        assert_eq!(database("database", "Orders-1").unwrap(), "orders-1");
        assert!(snapshot(&"a".repeat(256), 255).is_err());
    }

    #[test]
    fn a_long_name_becomes_a_short_one_that_is_valid_and_its_own() {
        let long = format!("deployment-{}backup-db", "0123456789-".repeat(6));
        let short = snapshot(&long, 63).unwrap();
        assert!(short.len() <= 63 && database("database", &short).is_ok(), "{short}");
        assert_ne!(short, snapshot(&long.replace("backup-db", "backup-other"), 63).unwrap());
        assert_eq!(snapshot(&long, 255).unwrap(), long);
        for name in [long.as_str(), "a"] {
            assert!(format!("{}-1", derived("verify", name)).len() <= 63);
            assert!(database("database", &derived("verify", name)).is_ok());
        }
    }
}
