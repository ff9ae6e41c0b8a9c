//! Secrets that are recognised in every form.

use std::fmt::Write as _;

/// What every secret has in it: characters that a URL does not encode.
const STEM: &str = "s3cr3t7Kq9";

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The secret of one place, with characters that are encoded where it is put.
pub(crate) fn secret(place: &str) -> String {
    format!("{STEM}-{place}/+")
}

/// What texts are searched for.
#[derive(Debug)]
pub(crate) struct Search {
    /// Lower case, each: no other text is likely to have one of these in it.
    insensitive: Vec<String>,
    exact: Vec<String>,
    bytes: usize,
    found: Vec<String>,
}

impl Default for Search {
    fn default() -> Self {
        let each = |format: fn(u8) -> String| STEM.bytes().map(format).collect::<String>();
        let insensitive = vec![STEM.to_lowercase(), each(|byte| format!("{byte:02x}")), each(|byte| format!("%{byte:02x}"))];
        let exact = (0..3).map(inner_base64).chain([format!("{:?}", STEM.as_bytes()).trim_matches(['[', ']']).to_owned()]).collect();
        Self { insensitive, exact, bytes: 0, found: Vec::new() }
    }
}

impl Search {
    /// Searches one text.
    pub(crate) fn look(&mut self, what: &str, text: &str) {
        self.bytes += text.len();
        let lower = text.to_ascii_lowercase();
        let hits = |text: &str, forms: &[String]| forms.iter().filter_map(|form| text.find(form)).collect::<Vec<_>>();
        let at = [hits(&lower, &self.insensitive), hits(text, &self.exact)].concat();
        self.found.extend(at.first().map(|at| format!("{what}: …{}…", around(text, *at))));
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn found(&self) -> usize {
        self.found.len()
    }

    /// Fails if anything was found.
    pub(crate) fn end(self) {
        assert!(self.found.is_empty(), "secrets were found:\n{}", self.found.join("\n"));
    }
}

/// The text near a byte.
fn around(text: &str, at: usize) -> String {
    let bytes = text.as_bytes().get(at.saturating_sub(80)..(at + 60).min(text.len())).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

/// A secret in the forms in which it could be shown.
pub(crate) fn forms(place: &str) -> Vec<String> {
    let secret = secret(place);
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02X}").unwrap();
        hex
    });
    let percent = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let base64 = ["", "u:", "user:", "ada:"].map(|before| base64(format!("{before}{secret}").as_bytes()));
    let lists = [format!("{:?}", secret.as_bytes()), secret.to_uppercase(), url_encoded(&secret)];
    [secret, hex, percent].into_iter().chain(base64).chain(lists).collect()
}

/// Whether a server has got the secret of this place.
pub(crate) fn was_sent(place: &str, requests: &[String]) -> bool {
    let written = |before: &str| base64(format!("{before}{}", secret(place)).as_bytes());
    let sent = [written("ada:"), written("\0ada\0"), written(""), secret(place)];
    requests.iter().map(|request| url_decoded(request)).any(|request| sent.iter().any(|form| request.contains(form)))
}

fn url_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => decoded.extend([char::from(byte).to_string().as_str(), &part[2..]]),
            None => decoded.extend(["%", part]),
        }
    }
    decoded
}

pub(crate) fn url_encoded(secret: &str) -> String {
    secret.replace('/', "%2F").replace('+', "%2B")
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * i) & 63) as usize]));
        }
    }
    text
}

/// The part of the stem's base64 that does not depend on what is around it, if so many bytes of the last three come before.
fn inner_base64(before: usize) -> String {
    let bytes = [vec![b'x'; before], STEM.as_bytes().to_vec()].concat();
    let (from, to) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    base64(&bytes)[from..to].to_owned()
}
