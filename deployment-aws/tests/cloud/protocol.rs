//! What a call of AWS looks like on the wire, as far as the proxy must know: its name, and a refusal of it.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Response, http::request::Parts};

/// How a service is spoken to. Source: the protocols of Smithy, "AWS JSON 1.0/1.1", "AWS query" and "RPC v2 CBOR".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// The call's name is in a header, the body is JSON.
    Json,
    /// The call's name is in the form that is the body, the answer is XML.
    Query,
    /// The call's name is in the path, the body is CBOR.
    Cbor,
}

impl Protocol {
    pub(crate) fn of(head: &Parts) -> Self {
        if head.headers.contains_key("smithy-protocol") {
            Self::Cbor
        } else if head.headers.contains_key("x-amz-target") {
            Self::Json
        } else {
            Self::Query
        }
    }

    /// The call's name: `UpdateService`.
    pub(crate) fn call(self, head: &Parts, body: &str) -> String {
        let last = |text: &str, by: char| text.rsplit(by).next().unwrap_or_default().to_owned();
        match self {
            Self::Json => last(head.headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default(), '.'),
            Self::Query => body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned(),
            Self::Cbor => last(head.uri.path(), '/'),
        }
    }

    pub(crate) fn refusal(self, status: u16, code: &str, sentence: &str) -> Response<Full<Bytes>> {
        match self {
            Self::Json => json(status, code, sentence, ""),
            Self::Query => {
                let kind = if status < 500 { "Sender" } else { "Receiver" };
                let error = format!("<Error><Type>{kind}</Type><Code>{code}</Code><Message>{sentence}</Message></Error>");
                answer(status, "text/xml", format!("<ErrorResponse>{error}<RequestId>none</RequestId></ErrorResponse>").into())
            }
            Self::Cbor => {
                let mut body = vec![0xa2];
                for text in ["__type", code, "message", sentence] {
                    cbor_text(&mut body, text);
                }
                let mut refusal = answer(status, "application/cbor", body.into());
                refusal.headers_mut().insert("smithy-protocol", "rpc-v2-cbor".parse().unwrap());
                refusal
            }
        }
    }
}

/// A refusal in JSON, with more fields after its sentence: `,"name":value`.
pub(crate) fn json(status: u16, code: &str, sentence: &str, more: &str) -> Response<Full<Bytes>> {
    let body = format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{sentence}"{more}}}"#);
    answer(status, "application/x-amz-json-1.0", body.into())
}

fn answer(status: u16, content: &str, body: Bytes) -> Response<Full<Bytes>> {
    Response::builder().status(status).header("content-type", content).body(Full::new(body)).unwrap()
}

/// A text as RFC 8949 writes it, 3.1 and 3.3: major type 3 with a length of two bytes.
fn cbor_text(into: &mut Vec<u8>, text: &str) {
    into.push(0x79);
    into.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    into.extend(text.as_bytes());
}
