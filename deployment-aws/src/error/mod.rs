//! What the SDK's errors mean, in the library's own terms: the one place that decides it, for every service.
//!
//! | what came back | kind | status |
//! |---|---|---|
//! | asked too often, in any of AWS's words | `RateLimited` | `Temporary` |
//! | no, invalid or expired credentials; a clock that is off | `Unauthorized` | `Temporary`: they may be refreshed |
//! | not allowed; the message names the action | `Unauthorized` | `Permanent` |
//! | the endpoint cannot be connected to | `Unreachable` | `Temporary` |
//! | no answer, half an answer, a server error | `Unreachable` | `Temporary` for a read, `InDoubt` for a change |
//! | it is not there | `NotFound` | `Permanent` |
//! | a condition does not hold, it exists, it is in use | `Conflict` | `Permanent` |
//! | another transaction was under way on the same item; the database is in a state that does not allow it | `Conflict` | `Temporary` |
//! | the request is wrong | `InvalidInput` | `Permanent` |
//! | anything else | `Failed` | `Permanent` |

mod call;
mod code;
mod sent;

pub(crate) use call::{Call, Effect};
#[cfg(feature = "dynamodb")]
pub(crate) use code::throttles;
