//! One call of the SDK, and what its failure means.

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use deployment_core::{Error, ErrorKind};

use super::{
    code::Meaning,
    sent::{self, Reached},
};

/// Whether a call changes something: then a lost answer leaves the change in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Reads,
    Changes,
}

/// A call of the SDK.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// What the caller is doing, for the error: `append`.
    pub(crate) operation: &'static str,
    /// The action as policies name it: `dynamodb:GetItem`.
    pub(crate) action: &'static str,
    pub(crate) effect: Effect,
}

impl Call {
    /// The library's error for the SDK's.
    pub(crate) fn failed<E>(self, error: SdkError<E, HttpResponse>) -> Error
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        match &error {
            SdkError::ServiceError(refused) => self.refused(refused.err().meta(), refused.raw().status().as_u16()),
            SdkError::ConstructionFailure(_) => match sent::reached(&error) {
                Reached::NoCredentials => self.without_credentials(),
                _ => self.error(ErrorKind::InvalidInput, "the request could not be made; mend what was given".to_owned()),
            }
            .because(sent::told(&error)),
            SdkError::DispatchFailure(_) => match sent::reached(&error) {
                Reached::NoCredentials => self.without_credentials(),
                Reached::NoConnection => self.error(ErrorKind::Unreachable, "the endpoint cannot be connected to".to_owned()),
                Reached::Unknown => self.unanswered("the connection failed before the answer was there"),
            }
            .because(sent::told(&error)),
            SdkError::TimeoutError(_) => self.unanswered("no answer in time").because(sent::told(&error)),
            _ => self.unanswered("the answer could not be read").because(sent::told(&error)),
        }
    }

    /// A code with a sentence, in an answer that came.
    pub(crate) fn refused(self, told: &ErrorMetadata, status: u16) -> Error {
        let code = told.code().unwrap_or("no code");
        let meaning = Meaning::of(code, status);
        let sentence = told.message().unwrap_or("no reason was given");
        let error = self.error(meaning.kind(), format!("AWS refuses: {code}: {sentence}{}", meaning.advice()));
        if meaning == Meaning::ServerFailed && self.effect == Effect::Changes {
            return error.in_doubt();
        }
        error.with_status(meaning.status())
    }

    fn unanswered(self, what: &str) -> Error {
        let error = self.error(ErrorKind::Unreachable, what.to_owned());
        if self.effect == Effect::Changes { error.in_doubt() } else { error }
    }

    fn without_credentials(self) -> Error {
        self.error(ErrorKind::Unauthorized, "there are no credentials; configure them for this process and resume".to_owned())
    }

    fn error(self, kind: ErrorKind, message: String) -> Error {
        Error::new(kind, self.operation, message).with("action", self.action)
    }
}

#[cfg(test)]
mod tests {
    use deployment_core::Status;

    use super::*;

    fn refused(effect: Effect, code: &str, status: u16) -> Error {
        let told = ErrorMetadata::builder().code(code).message("so it is").build();
        Call { operation: "append", action: "dynamodb:PutItem", effect }.refused(&told, status)
    }

    #[test]
    fn a_server_error_leaves_a_change_in_doubt_and_a_read_not() {
        assert_eq!(refused(Effect::Changes, "InternalServerError", 500).status(), Status::InDoubt);
        assert_eq!(refused(Effect::Reads, "InternalServerError", 500).status(), Status::Temporary);
    }

    #[test]
    fn a_throttled_change_did_not_happen() {
        let error = refused(Effect::Changes, "ThrottlingException", 400);
        assert_eq!((error.kind(), error.status()), (ErrorKind::RateLimited, Status::Temporary));
    }

    #[test]
    fn a_denial_names_the_action() {
        let error = refused(Effect::Changes, "AccessDeniedException", 400);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Unauthorized, Status::Permanent));
        assert!(error.to_string().contains("action: dynamodb:PutItem"), "{error}");
    }
}
