//! AWS's error codes, sorted. Services spell the same thing in several ways.

use deployment_core::{ErrorKind, Status};

/// Source: the codes that the AWS SDKs retry as throttling, and DynamoDB's reasons for a cancelled transaction.
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];

/// Who is asking is not known, or not any more.
const UNKNOWN_CALLER: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
];

/// Sooner or later than AWS's clock by more than it takes.
const CLOCK: &[&str] = &["RequestInTheFuture", "RequestTimeTooSkewed"];

/// Who is asking is known, and may not.
const DENIED: &[&str] =
    &["AccessDenied", "AccessDeniedException", "NotAuthorized", "OptInRequired", "UnauthorizedException", "UnauthorizedOperation"];

/// What an error code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Throttled,
    UnknownCaller,
    Clock,
    Denied,
    NotFound,
    Busy,
    Conflict,
    Wrong,
    ServerFailed,
    Other,
}

impl Meaning {
    /// By the code, and where it says nothing, by the HTTP status.
    pub(crate) fn of(code: &str, status: u16) -> Self {
        if throttles(code) || status == 429 {
            return Self::Throttled;
        }
        if CLOCK.contains(&code) {
            return Self::Clock;
        }
        if UNKNOWN_CALLER.contains(&code) {
            return Self::UnknownCaller;
        }
        if DENIED.contains(&code) {
            return Self::Denied;
        }
        if code == "TransactionConflict" || code == "TransactionConflictException" {
            return Self::Busy;
        }
        Self::by_ending(code, status)
    }

    fn by_ending(code: &str, status: u16) -> Self {
        // Newer services end each code with this.
        let code = code.strip_suffix("Exception").unwrap_or(code);
        let conflict = ["AlreadyExists", "AlreadyExistsFault", "InUse", "ConditionalCheckFailed", "Conflict"];
        // RDS: it is in a state in which this cannot be done, and may get out of it.
        let state = code.starts_with("InvalidDB") && ["State", "StateFault"].iter().any(|end| code.ends_with(end));
        if status >= 500 {
            Self::ServerFailed
        } else if state {
            Self::Busy
        } else if code.ends_with("NotFound") || code.ends_with("NotFoundFault") || status == 404 {
            Self::NotFound
        } else if conflict.iter().any(|end| code.ends_with(end)) || status == 409 || status == 412 {
            Self::Conflict
        } else if code.starts_with("Invalid") || code.starts_with("Validation") || code == "MissingParameter" {
            Self::Wrong
        } else {
            Self::Other
        }
    }

    pub(crate) fn kind(self) -> ErrorKind {
        match self {
            Self::Throttled => ErrorKind::RateLimited,
            Self::UnknownCaller | Self::Clock | Self::Denied => ErrorKind::Unauthorized,
            Self::NotFound => ErrorKind::NotFound,
            Self::Busy | Self::Conflict => ErrorKind::Conflict,
            Self::Wrong => ErrorKind::InvalidInput,
            Self::ServerFailed => ErrorKind::Unreachable,
            Self::Other => ErrorKind::Failed,
        }
    }

    /// The status, but for what a server error leaves in doubt.
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Throttled | Self::UnknownCaller | Self::Clock | Self::Busy | Self::ServerFailed => Status::Temporary,
            Self::Denied | Self::NotFound | Self::Conflict | Self::Wrong | Self::Other => Status::Permanent,
        }
    }

    /// What to do about it; empty where the service's own sentence says it.
    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::UnknownCaller => {
                "; give valid credentials, or refresh them, and resume; if they are valid, this machine's clock may be off"
            }
            Self::Clock => "; this machine's clock is off, set it right and resume",
            Self::Denied => "; allow this action to the role that runs this",
            _ => "",
        }
    }
}

/// Whether a code asks to be called less often.
pub(crate) fn throttles(code: &str) -> bool {
    THROTTLED.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_several_services_mean_what_they_say() {
        let cases = [
            ("ThrottlingException", 400, Meaning::Throttled),
            ("SomethingNew", 429, Meaning::Throttled),
            ("RequestLimitExceeded", 503, Meaning::Throttled),
            ("ExpiredTokenException", 400, Meaning::UnknownCaller),
            ("RequestTimeTooSkewed", 403, Meaning::Clock),
            ("AccessDeniedException", 400, Meaning::Denied),
            ("UnauthorizedOperation", 403, Meaning::Denied),
            ("ResourceNotFoundException", 400, Meaning::NotFound),
            ("DBSnapshotNotFoundFault", 404, Meaning::NotFound),
            ("LoadBalancerNotFound", 400, Meaning::NotFound),
            ("ResourceInUseException", 400, Meaning::Conflict),
            ("DBSnapshotAlreadyExists", 400, Meaning::Conflict),
            ("InvalidDBInstanceState", 400, Meaning::Busy),
            ("InvalidDBClusterSnapshotStateFault", 400, Meaning::Busy),
            ("ConditionalCheckFailedException", 400, Meaning::Conflict),
            ("TransactionConflictException", 400, Meaning::Busy),
            ("ValidationException", 400, Meaning::Wrong),
            ("InvalidParameterException", 400, Meaning::Wrong),
            ("InternalServerError", 500, Meaning::ServerFailed),
            ("", 503, Meaning::ServerFailed),
            ("ClusterContainsServicesException", 400, Meaning::Other),
        ];
        for (code, status, meaning) in cases {
            assert_eq!(Meaning::of(code, status), meaning, "{code} {status}");
        }
    }
}
