//! What is named, by its ARN.

use std::{fmt, sync::Arc};

use deployment_core::{Error, Result};

/// A target group, by its ARN. Shown by its name.
///
/// ```
/// # #[cfg(feature = "ecs")] fn main() -> deployment_core::Result<()> {
/// use deployment_aws::alb::TargetGroup;
///
/// let blue = TargetGroup::new("arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/0123456789abcdef")?;
/// assert_eq!(blue.to_string(), "blue");
/// # Ok(()) }
/// # #[cfg(not(feature = "ecs"))] fn main() {}
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetGroup(Arc<str>);

impl TargetGroup {
    /// The target group with this ARN.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if it is not the ARN of a target group.
    pub fn new(arn: impl AsRef<str>) -> Result<Self> {
        let arn = arn.as_ref();
        let parts = Parts::of("target group", arn)?;
        if !parts.resource.starts_with("targetgroup/") {
            return Err(Error::invalid("target group", format!("{arn} is not the ARN of a target group; it has :targetgroup/ in it")));
        }
        Ok(Self(arn.into()))
    }

    /// What AWS names, whatever it looks like.
    pub(crate) fn told(arn: &str) -> Self {
        Self(arn.into())
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &str {
        &self.0
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rsplit('/').nth(1).unwrap_or(&self.0)
    }
}

impl fmt::Display for TargetGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for TargetGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rule of an application load balancer's listener: one of its rules, or what it does where none applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleName {
    pub(crate) listener: String,
    /// `None` is the default action.
    pub(crate) rule: Option<String>,
}

impl RuleName {
    /// By the ARN of a rule, or of a listener for its default action.
    pub(crate) fn new(field: &'static str, arn: &str, region: &str) -> Result<Self> {
        let parts = Parts::of(field, arn)?;
        parts.must_be_in(field, region)?;
        let words: Vec<_> = parts.resource.split('/').collect();
        match words.as_slice() {
            ["listener" | "listener-rule", "net" | "gwy", ..] => {
                Err(Error::invalid(field, format!("{arn} is not of an application load balancer; no other has weighted rules here")))
            }
            ["listener", "app", _, _, _] => Ok(Self { listener: arn.to_owned(), rule: None }),
            ["listener-rule", "app", _, _, _, rule] => {
                let listener = arn.replacen(":listener-rule/", ":listener/", 1);
                let listener = listener.strip_suffix(&format!("/{rule}")).unwrap_or(&listener).to_owned();
                Ok(Self { listener, rule: Some(arn.to_owned()) })
            }
            _ => Err(Error::invalid(field, format!("{arn} is neither the ARN of a rule nor of a listener; give one of them"))),
        }
    }

    /// The load balancer's part that every ARN of its listeners and rules has in common: `app/name/id`.
    pub(crate) fn balancer(&self) -> String {
        let words: Vec<_> = self.listener.rsplit(':').next().unwrap_or_default().split('/').collect();
        words.get(1..4).unwrap_or_default().join("/")
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = |arn: &str| arn.rsplit(':').next().unwrap_or_default().to_owned();
        match &self.rule {
            Some(rule) => f.write_str(&last(rule)),
            None => write!(f, "the default action of {}", last(&self.listener)),
        }
    }
}

/// An ARN's parts: `arn:partition:elasticloadbalancing:region:account:resource`.
struct Parts<'a> {
    arn: &'a str,
    region: &'a str,
    resource: &'a str,
}

impl<'a> Parts<'a> {
    fn of(field: &'static str, arn: &'a str) -> Result<Self> {
        let parts: Vec<_> = arn.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", _, "elasticloadbalancing", region, _, resource] => Ok(Self { arn, region, resource }),
            _ => Err(Error::invalid(field, format!("{arn:?} is not an ARN of elasticloadbalancing"))),
        }
    }

    fn must_be_in(&self, field: &'static str, region: &str) -> Result<()> {
        if self.region == region {
            return Ok(());
        }
        let (arn, of) = (self.arn, self.region);
        Err(Error::invalid(field, format!("{arn} is in {of}, the configuration is for {region}; give both for the same region")))
    }
}

/// Whether a target group is in this region.
pub(crate) fn must_be_in(group: &TargetGroup, region: &str) -> Result<()> {
    Parts::of("target group", group.arn())?.must_be_in("target group", region)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:";

    fn name(resource: &str) -> Result<RuleName> {
        RuleName::new("rule", &format!("{HERE}{resource}"), "eu-central-1")
    }

    #[test]
    fn a_rule_names_its_listener() {
        let rule = name("listener-rule/app/web/50dc/f2f7/9683").unwrap();
        assert_eq!(rule.listener, format!("{HERE}listener/app/web/50dc/f2f7"));
        assert_eq!(rule.to_string(), "listener-rule/app/web/50dc/f2f7/9683");
        assert_eq!(rule.balancer(), "app/web/50dc");
        assert_eq!(name("listener/app/web/50dc/f2f7").unwrap().rule, None);
    }

    #[test]
    fn what_cannot_have_weights_is_refused_with_the_reason() {
        let cases = [
            ("listener/net/web/50dc/f2f7", "not of an application load balancer"),
            ("listener-rule/net/web/50dc/f2f7/9683", "not of an application load balancer"),
            ("loadbalancer/app/web/50dc", "neither the ARN of a rule nor of a listener"),
        ];
        for (resource, reason) in cases {
            let told = name(resource).unwrap_err().to_string();
            assert!(told.contains(reason), "{told}");
        }
        let told = RuleName::new("rule", &format!("{HERE}listener/app/web/1/2"), "us-east-1").unwrap_err().to_string();
        assert!(told.contains("is in eu-central-1, the configuration is for us-east-1"), "{told}");
        let told = TargetGroup::new("blue").unwrap_err().to_string();
        assert!(told.contains("is not an ARN"), "{told}");
        assert!(TargetGroup::new(format!("{HERE}listener/app/web/1/2")).is_err());
    }
}
