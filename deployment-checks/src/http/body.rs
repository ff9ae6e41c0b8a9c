//! The body, within its limit.

use std::io::Read;

use bytes::{Bytes, BytesMut};
use deployment_core::{ErrorKind, Result};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http_body_util::BodyExt;
use hyper::{
    HeaderMap,
    body::{Body, Incoming},
    header::CONTENT_ENCODING,
};

use super::failure;
use crate::secret::SafeUrl;

/// Reads `body` and decompresses it; neither form may have more than `limit` bytes.
pub(super) async fn read(url: &SafeUrl, headers: &HeaderMap, mut body: Incoming, limit: usize) -> Result<Bytes> {
    let too_large = || failure::at(url, ErrorKind::Failed, format!("the body has more than {limit} bytes"));
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut wire = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure::exchange(url, &error))?;
        if let Some(data) = frame.data_ref() {
            if wire.len() + data.len() > limit {
                return Err(too_large());
            }
            wire.extend_from_slice(data);
        }
    }
    decompress(url, headers, wire.freeze(), limit)
}

/// One encoding is undone, gzip or deflate, which are what was offered. More than one around each other serve no honest purpose.
fn decompress(url: &SafeUrl, headers: &HeaderMap, wire: Bytes, limit: usize) -> Result<Bytes> {
    let fault = |message: String| failure::at(url, ErrorKind::Failed, message);
    let named = headers.get_all(CONTENT_ENCODING).iter().map(|value| value.to_str().unwrap_or("?")).collect::<Vec<_>>().join(",");
    let encodings: Vec<_> = named.split(',').map(str::trim).filter(|e| !e.is_empty() && !e.eq_ignore_ascii_case("identity")).collect();
    if encodings.is_empty() || wire.is_empty() {
        return Ok(wire);
    }
    let [encoding] = encodings[..] else { return Err(fault("the body is compressed more than once".into())) };
    let source: &[u8] = &wire;
    let reader: Box<dyn Read + '_> = match encoding.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" => Box::new(MultiGzDecoder::new(source)),
        "deflate" if is_zlib(source) => Box::new(ZlibDecoder::new(source)),
        "deflate" => Box::new(DeflateDecoder::new(source)),
        _ => return Err(fault("the body is compressed in a way that was not offered (gzip, deflate)".into())),
    };
    let mut plain = Vec::new();
    let read = reader.take(limit as u64 + 1).read_to_end(&mut plain);
    read.map_err(|_| fault("the body is not compressed as it says".into()))?;
    if plain.len() > limit { Err(fault(format!("the body has more than {limit} bytes when decompressed"))) } else { Ok(plain.into()) }
}

/// RFC 9110 means zlib by `deflate`; some servers send the bare stream.
fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [a, b, ..] if a & 0x0f == 8 && (u16::from(*a) << 8 | u16::from(*b)) % 31 == 0)
}
