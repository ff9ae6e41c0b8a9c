//! Numbers of tasks, as ECS counts.

use deployment_core::{Error, Result};

/// As ECS tells it.
pub(super) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

pub(super) fn countable(field: &'static str, count: u32) -> Result<i32> {
    i32::try_from(count).map_err(|_| Error::invalid(field, format!("{count} is more than ECS can count; give fewer")))
}

/// A number of tasks that somebody asks for in an emergency, within a limit.
pub(super) fn within(to: u32, at_most: u32) -> Result<i32> {
    if to > at_most {
        let message = format!("is {to}, more than the {at_most} that are allowed; raise the limit, or ask for less");
        return Err(Error::invalid("to", message));
    }
    countable("to", to)
}
