//! A journal that several machines share: [`DynamoJournal`], in one DynamoDB table.
//!
//! # Layout
//! Two string keys, `pk` and `sk`; one table serves any number of services and environments.
//!
//! | `pk` | `sk` | what |
//! |---|---|---|
//! | `d#ID` | `head` | where the chain ends (`next`, `last`), and the lease (`epoch`, `holder`, `renewals`, `ttl`, `released`) |
//! | `d#ID` | `e#NUMBER#PART` | an entry: `line`, cut into parts where it is longer than an item may be |
//! | `d#ID` | `s#SIGNAL` | a signal that is not in the chain yet |
//! | `d#ID` | `c#READER` | how far a notifier has come |
//! | `deployments` | `ID` | the list |
//! | `claims` | `SERVICE@ENVIRONMENT` | the one active deployment there; `@` and `%` of a service's name are written as `%40` and `%25` |
//! | `removing` | `ID` | deployments whose removal has begun |
//!
//! A line is that of the [file journal](deployment_core::journal::file), byte for byte: the lines of a deployment, each with a newline, are its
//! `journal.jsonl`.
//!
//! # How it keeps the contract
//! - **One transaction per change.** An append writes the entry and moves the head, if the head still has the lease's epoch, the number and the
//!   hash of the line before. So does everything else that depends on something: no change is ever half there.
//! - **Every read is consistent.** The head is read first, and the chain up to where it said: a reader sees the chain as it was at one moment.
//! - **A lost answer is looked up.** The journal repeats a call that failed on the way, with pauses, for as long as its patience lasts. Every
//!   change that must happen once has a mark of its own, by which a repetition whose condition is broken can tell that it was itself that broke
//!   it. DynamoDB's request tokens are not used: they are remembered for ten minutes only.
//! - **No clock is read.** A lease has no time in it; whoever takes it over has watched it stand still by its own clock. Two machines whose
//!   clocks differ do not notice here. (AWS refuses requests that are signed with a clock that is minutes off; the error says so.)
//! - **Stale requests do no harm.** One that arrives late finds another epoch, number or hash.
//!
//! # Limits
//! - An entry has at most [`LONGEST_LINE`] bytes: a transaction may have 4 MB.
//! - Global tables do not fence across regions: they merge by the last writer. Use a table in one region for every orchestrator of a service.
//! - A table that was restored from a backup has old epochs: end what its deployments left under way by hand before anybody drives them.
//!
//! It was tested against an emulator only, see the repository's `docs/aws.md`.

mod append;
mod beside;
mod chain;
mod change;
mod claim;
mod head;
mod journal;
mod keys;
mod lease;
mod line;
mod patience;
mod read;
mod refusal;
mod remove;
mod store;
mod table;
mod tails;

pub use append::LONGEST_LINE;
pub use journal::{DynamoJournal, TableToCreate};
