//! The two messages of `grpc.health.v1`, and how gRPC frames them.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

use crate::health::findings::{Look, Trouble};

#[derive(Clone, PartialEq, Eq, Message)]
struct HealthCheckRequest {
    #[prost(string, tag = "1")]
    service: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct HealthCheckResponse {
    #[prost(enumeration = "Said", tag = "1")]
    status: i32,
}

/// What a service says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
pub(super) enum Said {
    Unknown = 0,
    Serving = 1,
    NotServing = 2,
    ServiceUnknown = 3,
}

/// A prefix of five bytes (not compressed, the length) and the message.
pub(super) fn request(service: &str) -> Bytes {
    let message = HealthCheckRequest { service: service.to_owned() }.encode_to_vec();
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    framed.put_slice(&message);
    framed.freeze()
}

pub(super) fn response(framed: &[u8]) -> Look<Said> {
    let strange = || Trouble::down("its answer is none of gRPC's health protocol");
    let (prefix, message) = framed.split_first_chunk::<5>().ok_or_else(strange)?;
    let [0, length @ ..] = *prefix else { return Err(strange()) };
    if usize::try_from(u32::from_be_bytes(length)) != Ok(message.len()) {
        return Err(strange());
    }
    let response = HealthCheckResponse::decode(message).map_err(|_| strange())?;
    Said::try_from(response.status).map_err(|_| strange())
}
