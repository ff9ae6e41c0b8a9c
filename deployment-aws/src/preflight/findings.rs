//! What is found before anything is done.

use deployment_core::{Error, ErrorKind, Result, Status, gate::GateVerdict};

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

    /// The warnings, if nothing is wrong and everything was looked at; what was not is named. What is wrong is told also then.
    pub(super) fn verdict(mut self, sentence: &str, unseen: Vec<(String, Error)>) -> Result<Vec<String>> {
        if self.problems.is_empty() {
            let names = unseen.iter().map(|(part, _)| part.as_str()).collect::<Vec<_>>().join(", ");
            return match unseen.into_iter().next() {
                Some((_, error)) => Err(error.with("could not be looked at", names)),
                None => Ok(self.warnings),
            };
        }
        self.problems.extend(unseen.into_iter().map(|(part, error)| format!("{part}: could not be looked at: {error}.")));
        let list: Vec<_> = self.problems.iter().enumerate().map(|(at, told)| format!("{}. {told}", at + 1)).collect();
        Err(Error::new(ErrorKind::InvalidInput, OPERATION, format!("{sentence}: {}", list.join(" "))))
    }
}

const OPERATION: &str = "preflight";

/// What a gate makes of a verdict: what is wrong rejects, what could not be looked at is asked for again.
pub(super) fn gate(verdict: Result<Vec<String>>) -> Result<GateVerdict> {
    match verdict {
        Ok(_) => Ok(GateVerdict::Pass),
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(GateVerdict::reject(error.to_string())),
        Err(error) => Err(error),
    }
}
