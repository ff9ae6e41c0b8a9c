//! Sets of status codes.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use deployment_core::Error;

/// A set of HTTP status codes: `200`, `2xx`, `200-204, 404`.
///
/// ```
/// use deployment_checks::expect::Statuses;
///
/// let good: Statuses = "2xx, 304".parse()?;
/// assert!(good.contains(204) && good.contains(304) && !good.contains(500));
/// assert_eq!(good.to_string(), "200-299, 304");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Vec<RangeInclusive<u16>>);

impl Statuses {
    /// 200 to 299.
    #[must_use]
    pub fn success() -> Self {
        Self(vec![200..=299])
    }

    /// Whether it has this one.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl Default for Statuses {
    fn default() -> Self {
        Self::success()
    }
}

impl FromStr for Statuses {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let ranges = text.split(',').map(|part| range(part.trim()).ok_or_else(|| bad(text))).collect::<Result<Vec<_>, _>>()?;
        Ok(Self(ranges))
    }
}

/// `200`, `2xx` or `200-299`.
fn range(part: &str) -> Option<RangeInclusive<u16>> {
    let code = |text: &str| {
        let plain = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|code| plain && (100..=599).contains(code))
    };
    if let Some(class) = part.strip_suffix("xx") {
        let first = code(&format!("{class}00"))?;
        return Some(first..=first + 99);
    }
    let (from, to) = part.split_once('-').unwrap_or((part, part));
    let (from, to) = (code(from.trim())?, code(to.trim())?);
    (from <= to).then_some(from..=to)
}

fn bad(text: &str) -> Error {
    Error::invalid("status", format!("{text:?} is not a set of status codes; write for instance 200, or 2xx, or 200-204, 404"))
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, range) in self.0.iter().enumerate() {
            let (from, to) = (range.start(), range.end());
            let comma = if i == 0 { "" } else { ", " };
            if from == to { write!(f, "{comma}{from}")? } else { write!(f, "{comma}{from}-{to}")? }
        }
        Ok(())
    }
}
