//! What must be true before anything is touched: [`Account`].
//!
//! Tested over the wire against an emulator; never yet run against AWS.

mod account;

pub use account::Account;
