//! Answers that come in pages.

use deployment_core::{Error, ErrorKind, Result};

use crate::error::Call;

/// Where the next page begins, if there is one. The same place twice would never end.
pub(super) fn next(call: Call, before: Option<&String>, told: Option<String>) -> Result<Option<String>> {
    let told = told.filter(|token| !token.is_empty());
    if told.is_some() && told.as_ref() == before {
        let error = Error::new(ErrorKind::Unreachable, call.operation, "the answer's pages do not end");
        return Err(error.with("action", call.action));
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Effect;

    #[test]
    fn pages_end_where_nothing_follows_and_are_given_up_where_they_begin_again() {
        let call = Call { operation: "look", action: "ecs:ListTasks", effect: Effect::Reads };
        let (first, second) = ("1".to_owned(), "2".to_owned());
        assert_eq!(next(call, None, Some(first.clone())).unwrap(), Some(first.clone()));
        assert_eq!(next(call, Some(&first), Some(second.clone())).unwrap(), Some(second));
        assert_eq!(next(call, Some(&first), Some(String::new())).unwrap(), None);
        let told = next(call, Some(&first), Some(first.clone())).unwrap_err().to_string();
        assert!(told.contains("do not end") && told.contains("ecs:ListTasks"), "{told}");
    }
}
