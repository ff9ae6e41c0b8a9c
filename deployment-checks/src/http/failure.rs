//! What hyper says, in our words: never a URL, never a byte of the message.

use std::{
    error::Error as _,
    io::ErrorKind::{InvalidData, InvalidInput},
};

use deployment_core::{Error, ErrorKind};

use crate::secret::SafeUrl;

/// An error at `url`.
pub(super) fn at(url: &SafeUrl, kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, "http", message).with("url", url)
}

/// What `error` says about the exchange with `url`.
pub(super) fn exchange(url: &SafeUrl, error: &hyper::Error) -> Error {
    let io = || error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    if error.is_parse() || error.is_parse_status() {
        at(url, ErrorKind::Failed, "the answer is not HTTP/1.1, or has more than 100 headers or 32 KiB of them")
    } else if error.is_incomplete_message() {
        at(url, ErrorKind::Unreachable, "the peer closed the connection before its answer was complete")
    } else if io().is_some_and(|io| matches!(io.kind(), InvalidData | InvalidInput)) {
        at(url, ErrorKind::Failed, "the body is not framed as HTTP/1.1 demands, or its trailers are too large")
    } else if let Some(io) = io() {
        at(url, ErrorKind::Unreachable, format!("the connection broke: {}", io.kind()))
    } else {
        at(url, ErrorKind::Unreachable, "the connection broke")
    }
}
