//! Which target group behind which load balancer.

use deployment_core::{Error, Result};

/// A target group behind an application load balancer, as CloudWatch's dimensions name them.
///
/// ```
/// use deployment_aws::cloudwatch::TargetGroup;
///
/// let by_dimension = TargetGroup::new("app/web/50dc6c495c0c9188", "targetgroup/blue/73e2d6bc24d8a067")?;
/// let by_arn = TargetGroup::new(
///     "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
///     "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/blue/73e2d6bc24d8a067",
/// )?;
/// assert_eq!(by_dimension, by_arn);
/// assert!(TargetGroup::new("web", "blue").is_err());
/// # Ok::<(), deployment_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetGroup {
    load_balancer: String,
    target_group: String,
}

impl TargetGroup {
    /// By ARN, or by the last part of it: `app/NAME/ID` and `targetgroup/NAME/ID`.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) naming the one that is neither.
    pub fn new(load_balancer: &str, target_group: &str) -> Result<Self> {
        let balancer = tail(load_balancer, "loadbalancer/");
        let group = target_group.rsplit(':').next().unwrap_or(target_group);
        if !is_path(balancer, "app") {
            return Err(Error::invalid(
                "load_balancer",
                format!("{load_balancer:?} is no application load balancer; give its ARN, or app/NAME/ID"),
            ));
        }
        if !is_path(group, "targetgroup") {
            return Err(Error::invalid(
                "target_group",
                format!("{target_group:?} is no target group; give its ARN, or targetgroup/NAME/ID"),
            ));
        }
        Ok(Self { load_balancer: balancer.to_owned(), target_group: group.to_owned() })
    }

    /// `app/NAME/ID`.
    #[must_use]
    pub fn load_balancer(&self) -> &str {
        &self.load_balancer
    }

    /// `targetgroup/NAME/ID`.
    #[must_use]
    pub fn target_group(&self) -> &str {
        &self.target_group
    }
}

fn tail<'a>(name: &'a str, before: &str) -> &'a str {
    name.split_once(before).map_or(name, |(_, tail)| tail)
}

fn is_path(name: &str, first: &str) -> bool {
    let parts: Vec<_> = name.split('/').collect();
    parts.len() == 3 && parts.first() == Some(&first) && parts.iter().all(|part| !part.is_empty())
}
