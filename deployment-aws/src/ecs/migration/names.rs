//! By what a task is found again.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

use sha2::{Digest as _, Sha256};

/// Source: Amazon ECS API Reference, `RunTask`: `startedBy` has up to 128 letters, digits, hyphens, slashes and underscores (36 in older
/// versions), `clientToken` up to 64 printable characters.
const DIGITS: usize = 32;

/// The name of something that follows from all of these, and from nothing else.
pub(super) fn name_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("dm-{}", digits.get(..DIGITS).unwrap_or(&digits))
}

/// A name that no other object has, in this process or another.
pub(super) fn unique() -> String {
    format!("{:016x}{:016x}", RandomState::new().build_hasher().finish(), RandomState::new().build_hasher().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_follows_from_its_parts_and_is_short_enough() {
        assert_eq!(name_of(&["apply", "d-1"]), name_of(&["apply", "d-1"]));
        assert_ne!(name_of(&["apply", "d-1"]), name_of(&["applyd", "-1"]));
        assert!(name_of(&["x"]).len() <= 36);
        assert_ne!(unique(), unique());
    }
}
