//! What is found before anything is done.

use deployment_core::{Result, Status};

/// What a [`Precondition`](super::Precondition) has found: sentences that name the thing and the fix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Findings {
    /// It would not work.
    pub problems: Vec<String>,
    /// It works, but not as one may think.
    pub warnings: Vec<String>,
}

impl Findings {
    /// It would not work.
    pub fn problem(&mut self, told: impl Into<String>) {
        self.problems.push(told.into());
    }

    /// It works, but not as one may think.
    pub fn warn(&mut self, told: impl Into<String>) {
        self.warnings.push(told.into());
    }

    /// What was asked for, if it is there. That it is not, or may not be read, is a problem.
    ///
    /// # Errors
    /// That it could not be asked for now.
    pub fn found<T>(&mut self, answer: Result<T>) -> Result<Option<T>> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.status() == Status::Permanent => {
                self.problem(error.to_string());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What was asked for, if it may be read. That it may not is a warning: what was asked for serves to look ahead only.
    ///
    /// # Errors
    /// That it could not be asked for now.
    pub fn if_allowed<T>(&mut self, answer: Result<T>) -> Result<Option<T>> {
        match answer {
            Err(error) if error.status() == Status::Permanent => {
                self.warn(error.to_string());
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }
}
