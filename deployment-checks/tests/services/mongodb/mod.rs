//! MongoDB. There is no real server here (see docs/testing.md): [`played`] speaks its protocol and gives answers as servers give them.

mod bad;
mod login;
mod outage;
mod played;
mod states;
