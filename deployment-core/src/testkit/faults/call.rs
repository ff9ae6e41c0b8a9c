//! Which calls a fault is for.

/// Which calls a fault is for: by name, by number, or both.
///
/// A call's name is `SUBJECT.METHOD`: `backend.launch`, `journal.append`. The method alone matches every subject.
///
/// ```
/// use deployment_core::testkit::faults::Call;
///
/// let second_launch_on_backend = Call::named("backend.launch").nth(2);
/// let first_two_appends = Call::named("append").first(2);
/// let every_observation = Call::named("observe");
/// let tenth_call_of_any_kind = Call::any().nth(10);
/// # let _ = (second_launch_on_backend, first_two_appends, every_observation, tenth_call_of_any_kind);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    name: Option<String>,
    /// Those from this one, counted from 1,
    from: u64,
    /// to this one.
    to: u64,
}

impl Call {
    /// Every call with this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), from: 1, to: u64::MAX }
    }

    /// Every call.
    #[must_use]
    pub fn any() -> Self {
        Self { name: None, from: 1, to: u64::MAX }
    }

    /// Only the `number`th of them, counted from 1, from the moment at which the fault is set.
    #[must_use]
    pub fn nth(self, number: u64) -> Self {
        Self { from: number, to: number, ..self }
    }

    /// Only the first `count` of them, from the moment at which the fault is set.
    #[must_use]
    pub fn first(self, count: u64) -> Self {
        Self { from: 1, to: count, ..self }
    }

    pub(super) fn is_named(&self, subject: &str, method: &str) -> bool {
        let Some(name) = &self.name else { return true };
        match name.rsplit_once('.') {
            Some((subjects, methods)) => subjects == subject && methods == method,
            None => name == method,
        }
    }

    pub(super) fn covers(&self, number: u64) -> bool {
        (self.from..=self.to).contains(&number)
    }
}

impl From<&str> for Call {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}
