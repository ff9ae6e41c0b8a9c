//! What the driver says, in our words.

use std::error::Error as _;

use deployment_core::{Error, ErrorKind};
use tokio_postgres::error::{DbError, SqlState};

use super::dsn::Dsn;
use crate::{expect::quote, health::findings::Trouble};

/// What an error means for the server's health.
pub(super) fn explain(error: &tokio_postgres::Error, stage: &'static str, dsn: &Dsn) -> Trouble {
    if let Some(answer) = error.as_db_error() {
        return refused(answer, stage, dsn);
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(reason) = cause.downcast_ref::<rustls::Error>() {
            return Trouble::down(format!("{stage}: TLS: {}", quote(&reason.to_string())));
        }
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            // An i/o error that carries one of TLS has it inside, not as its source.
            let inner = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            let words = inner.map_or_else(|| io.kind().to_string(), |reason| format!("TLS: {}", quote(&reason.to_string())));
            return Trouble::down(format!("{stage}: {words}"));
        }
        source = cause.source();
    }
    // Some of the driver's own: "server does not support TLS", "password missing", "connection closed".
    let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    if words == "password missing" {
        return Trouble::Blind(Error::new(ErrorKind::Unauthorized, "connect", "the server asks for a password; put one into the dsn"));
    }
    Trouble::down(format!("{stage}: {} (broken off, or more than 1 MiB, or not PostgreSQL)", quote(&dsn.hide(&words))))
}

/// What the server itself says.
fn refused(answer: &DbError, stage: &'static str, dsn: &Dsn) -> Trouble {
    let code = answer.code();
    let said = format!("{stage} the server says {} (SQLSTATE {})", quote(&dsn.hide(answer.message())), quote(&dsn.hide(code.code())));
    let blind = |kind, fix: &str| Trouble::Blind(Error::new(kind, "look", format!("{said}; {fix}")));
    if code.code().starts_with("28") {
        return blind(ErrorKind::Unauthorized, "check user and password in the dsn, and the server's pg_hba.conf");
    }
    match *code {
        SqlState::TOO_MANY_CONNECTIONS => Trouble::down(format!("no connection is free: {said}")),
        SqlState::QUERY_CANCELED => Trouble::down(format!("it took too long: {said}")),
        SqlState::INSUFFICIENT_PRIVILEGE => blind(ErrorKind::Unauthorized, "grant the right to the check's user"),
        SqlState::READ_ONLY_SQL_TRANSACTION | SqlState::SYNTAX_ERROR => blind(ErrorKind::InvalidInput, "the query must be one SELECT"),
        SqlState::FEATURE_NOT_SUPPORTED => blind(ErrorKind::Unsupported, "PostgreSQL 14 or later is needed"),
        _ => Trouble::Down(said),
    }
}
