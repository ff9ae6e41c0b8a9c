//! Shares of traffic: [`Percent`], [`Split`] and [`Routes`].

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    id::RevisionId,
};

/// A share in basis points: 0 to 10 000, shown as a percentage.
///
/// ```
/// use deployment_core::Percent;
///
/// assert_eq!(Percent::new(12.5)?.basis_points(), 1_250);
/// assert!(Percent::new(101.0).is_err());
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Percent(u16);

impl Percent {
    /// No traffic.
    pub const ZERO: Self = Self(0);
    /// All traffic.
    pub const ALL: Self = Self(10_000);

    /// A percentage from 0 to 100, in steps of one hundredth.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if it is below 0, over 100 or not a number.
    pub fn new(percent: f64) -> Result<Self> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(Error::invalid("percent", format!("{percent} is not from 0 to 100")));
        }
        Ok(Self((percent * 100.0).round() as u16))
    }

    /// Percentages that rise from above 0 to 100, as a strategy moves traffic; `field` is what errors name.
    ///
    /// ```
    /// use deployment_core::Percent;
    ///
    /// assert_eq!(Percent::rising("mine.steps", [5.0, 100.0])?, [Percent::new(5.0)?, Percent::ALL]);
    /// assert!(Percent::rising("mine.steps", [50.0]).unwrap_err().to_string().contains("mine.steps"));
    /// # Ok::<(), deployment_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if there is none, one is zero, over 100 or not a number, they do not rise, or
    /// the last is not 100.
    pub fn rising(field: &'static str, percentages: impl IntoIterator<Item = f64>) -> Result<Vec<Self>> {
        let shares = percentages.into_iter().map(Self::new).collect::<Result<Vec<_>>>()?;
        let before = std::iter::once(&Self::ZERO).chain(&shares);
        if let Some((before, share)) = before.zip(&shares).find(|(before, share)| share <= before) {
            return Err(Error::invalid(field, format!("{share} follows {before}; the percentages must rise from above 0")));
        }
        match shares.last() {
            Some(&Self::ALL) => Ok(shares),
            Some(last) => Err(Error::invalid(field, format!("the last is {last}; it must be 100"))),
            None => Err(Error::invalid(field, "there is none; give rising percentages that end with 100")),
        }
    }

    /// `part` of `whole`, rounded down; all if `whole` is zero.
    #[must_use]
    pub fn of(part: u32, whole: u32) -> Self {
        let share = (u64::from(part) * 10_000).checked_div(u64::from(whole)).unwrap_or(10_000);
        Self(u16::try_from(share).unwrap_or(10_000).min(10_000))
    }

    /// The share in basis points, 0 to 10 000.
    #[must_use]
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// What is left to 100 %.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self(10_000 - self.0)
    }

    /// How many of `count` instances this share needs, rounded up.
    #[must_use]
    pub fn of_instances(self, count: u32) -> u32 {
        u32::try_from((u64::from(count) * u64::from(self.0)).div_ceil(10_000)).unwrap_or(u32::MAX)
    }
}

impl TryFrom<u16> for Percent {
    type Error = Error;

    fn try_from(basis_points: u16) -> Result<Self> {
        if basis_points > 10_000 {
            return Err(Error::invalid("basis points", format!("{basis_points} is over 10000")));
        }
        Ok(Self(basis_points))
    }
}

impl From<Percent> for u16 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", f64::from(self.0) / 100.0)
    }
}

impl fmt::Debug for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The share of production traffic of each revision. Empty (nothing serves yet), or summing to 100 %.
///
/// ```
/// use deployment_core::{Percent, RevisionId, Split};
///
/// let (old, new) = (RevisionId::new("v1")?, RevisionId::new("v2")?);
/// let split = Split::between(Some(&old), &new, Percent::new(10.0)?);
/// assert_eq!(split.share(&old).basis_points(), 9_000);
/// assert_eq!(Split::all(&new).to_string(), "v2 100 %");
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<RevisionId, Percent>")]
pub struct Split(BTreeMap<RevisionId, Percent>);

impl Split {
    /// A split from its shares; revisions without traffic are left out.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if the shares do not sum to 100 %.
    pub fn new(shares: impl IntoIterator<Item = (RevisionId, Percent)>) -> Result<Self> {
        let shares: BTreeMap<_, _> = shares.into_iter().filter(|(_, share)| *share > Percent::ZERO).collect();
        let sum: u32 = shares.values().map(|share| u32::from(share.0)).sum();
        if !shares.is_empty() && sum != 10_000 {
            return Err(Error::invalid("split", format!("the shares sum to {sum} basis points; they must sum to 10000")));
        }
        Ok(Self(shares))
    }

    /// Nothing serves.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// All traffic to one revision.
    #[must_use]
    pub fn all(revision: &RevisionId) -> Self {
        Self(BTreeMap::from([(revision.clone(), Percent::ALL)]))
    }

    /// `share` to the candidate, the rest to the stable revision; all to the candidate if there is no stable one.
    #[must_use]
    pub fn between(stable: Option<&RevisionId>, candidate: &RevisionId, share: Percent) -> Self {
        match stable {
            None => Self::all(candidate),
            Some(stable) => {
                let shares = [(stable.clone(), share.rest()), (candidate.clone(), share)];
                Self(shares.into_iter().filter(|(_, share)| *share > Percent::ZERO).collect())
            }
        }
    }

    /// The share of one revision.
    #[must_use]
    pub fn share(&self, revision: &RevisionId) -> Percent {
        self.0.get(revision).copied().unwrap_or(Percent::ZERO)
    }

    /// The revisions with traffic, and how much each has.
    pub fn iter(&self) -> impl Iterator<Item = (&RevisionId, Percent)> {
        self.0.iter().map(|(revision, share)| (revision, *share))
    }

    /// Whether nothing serves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The revision that has all traffic, if one has.
    #[must_use]
    pub fn sole(&self) -> Option<&RevisionId> {
        self.0.iter().find(|(_, share)| **share == Percent::ALL).map(|(revision, _)| revision)
    }
}

impl TryFrom<BTreeMap<RevisionId, Percent>> for Split {
    type Error = Error;

    fn try_from(shares: BTreeMap<RevisionId, Percent>) -> Result<Self> {
        Self::new(shares)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing serves");
        }
        for (i, (revision, share)) in self.0.iter().enumerate() {
            write!(f, "{}{revision} {share}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// How a test request reaches a revision that has no production traffic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestRule {
    /// Requests with this header and value.
    Header {
        /// The header's name.
        name: String,
        /// The value that selects.
        value: String,
    },
    /// A listener of its own.
    Listener {
        /// Its port.
        port: u16,
    },
}

/// What a target is told to route: the split, and the test rules with the revision each one selects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Routes {
    /// The production split.
    pub split: Split,
    /// Test rules, in addition to the split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<(TestRule, RevisionId)>,
}
