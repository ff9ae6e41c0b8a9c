//! Where something is, by the ARN of it or of its neighbour.

/// Partition, region and account: what ARNs of one place begin with. Source:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
}

impl<'a> Home<'a> {
    /// That of a resource with this ARN; `None` if it is none.
    pub(crate) fn of(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (begin, partition, _, region, account) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_whole = begin == "arn" && parts.next().is_some_and(|resource| !resource.is_empty());
        is_whole.then_some(Self { partition, region, account })
    }

    pub(crate) fn account(self) -> &'a str {
        self.account
    }

    #[cfg(feature = "ecs")]
    pub(crate) fn region(self) -> &'a str {
        self.region
    }

    /// The same in another region or account.
    pub(crate) fn at(self, region: &'a str, account: &'a str) -> Self {
        Self { region, account, ..self }
    }

    /// The ARN of a resource here.
    pub(crate) fn arn(self, service: &str, resource: &str) -> String {
        let Self { partition, region, account } = self;
        format!("arn:{partition}:{service}:{region}:{account}:{resource}")
    }

    /// The ARN of a role, given by its ARN already or by its name. IAM is in no region.
    #[cfg(feature = "ecs")]
    pub(crate) fn role(self, role: &str) -> String {
        if role.starts_with("arn:") { role.to_owned() } else { Self { region: "", ..self }.arn("iam", &format!("role/{role}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_has_the_same_beginning() {
        let home = Home::of("arn:aws-cn:ecs:cn-north-1:123456789012:service/main/shop").unwrap();
        assert_eq!(home.account(), "123456789012");
        assert_eq!(home.arn("ecs", "cluster/main"), "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/main");
        for no in ["", "shop", "arn:aws:ecs:eu-central-1:1", "arn:aws:ecs:eu-central-1:1:", "urn:aws:ecs:eu-central-1:1:x"] {
            assert_eq!(Home::of(no), None, "{no}");
        }
    }

    #[cfg(feature = "ecs")]
    #[test]
    fn a_role_is_in_no_region() {
        let home = Home::of("arn:aws-cn:ecs:cn-north-1:123456789012:service/main/shop").unwrap();
        assert_eq!(home.role("tasks"), "arn:aws-cn:iam::123456789012:role/tasks");
        assert_eq!(home.role("arn:aws-cn:iam::1:role/other"), "arn:aws-cn:iam::1:role/other");
    }
}
