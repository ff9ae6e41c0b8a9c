//! Names and ARNs of ECS.

use deployment_core::{Error, Result};

/// Checks the name or ARN of a cluster or service, as ECS takes both.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>: up to 255 letters, digits, hyphens and
/// underscores.
pub(crate) fn checked(field: &'static str, kind: &str, given: &str) -> Result<String> {
    let name = match given.strip_prefix("arn:") {
        None => given,
        Some(_) => of_arn(given, kind).ok_or_else(|| {
            Error::invalid(field, format!("{given:?} is not the ARN of a {kind}; give arn:aws:ecs:REGION:ACCOUNT:{kind}/NAME, or the name"))
        })?,
    };
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(good) {
        return Err(Error::invalid(field, format!("{given:?} is not a name; give 1 to 255 letters, digits, hyphens and underscores")));
    }
    Ok(given.to_owned())
}

/// The name at the end of an ARN of this kind.
fn of_arn<'a>(arn: &'a str, kind: &str) -> Option<&'a str> {
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let [_, _, service, _, account, resource] = parts.as_slice() else { return None };
    let path = resource.strip_prefix(kind)?.strip_prefix('/')?;
    let well_formed = *service == "ecs" && account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| short(path))
}

/// What stands behind the last slash: `family:revision` of a task definition's ARN, the name of a service's.
pub(crate) fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Family and number of a task definition, by ARN or as `family:revision`.
pub(super) fn family_and_number(definition: &str) -> Option<(&str, i32)> {
    let (family, number) = short(definition).rsplit_once(':')?;
    Some((family, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_taken_and_others_refused_with_the_fix() {
        for good in ["main", "arn:aws:ecs:eu-central-1:123456789012:cluster/main", "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/m_1"] {
            assert_eq!(checked("ecs.cluster", "cluster", good).unwrap(), good);
        }
        for bad in [
            "",
            "two words",
            "arn:aws:ecs:eu-central-1:123456789012:service/main/shop",
            "arn:aws:ecs:eu-central-1:12345:cluster/main",
            "arn:aws:eks:eu-central-1:123456789012:cluster/main",
            "arn:aws:ecs:cluster/main",
        ] {
            let said = checked("ecs.cluster", "cluster", bad).unwrap_err().to_string();
            assert!(said.contains("ecs.cluster") && said.contains("give"), "{said}");
        }
    }

    #[test]
    fn the_end_of_an_arn_names_family_and_number() {
        assert_eq!(family_and_number("arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:12"), Some(("shop", 12)));
        assert_eq!(family_and_number("shop:12"), Some(("shop", 12)));
        assert_eq!(family_and_number("shop"), None);
    }
}
