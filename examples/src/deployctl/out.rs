//! Saying it to a person or a program.

use std::fmt::Display;

use serde::Serialize;
use serde_json::json;

use crate::setup::Problem;

#[derive(Debug, Clone, Copy)]
pub(super) struct Out {
    pub(super) json: bool,
}

impl Out {
    /// Prints the text, or the value as one line of JSON.
    pub(super) fn say(self, text: impl Display, value: &impl Serialize) -> Result<(), Problem> {
        if self.json {
            println!("{}", serde_json::to_string(value)?);
        } else {
            println!("{text}");
        }
        Ok(())
    }

    pub(super) fn problem(self, problem: &Problem) {
        if self.json {
            println!("{}", json!({ "error": problem.to_string() }));
        } else {
            eprintln!("error: {problem}");
        }
    }
}
