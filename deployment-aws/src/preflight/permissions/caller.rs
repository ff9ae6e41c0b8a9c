//! Whose credentials these are, as the simulator takes it.

use deployment_core::Result;

use super::Permissions;
use crate::{
    error::{Call, Effect},
    preflight::Findings,
};

const WHO: Call = Call { operation: "look at permissions", action: "sts:GetCallerIdentity", effect: Effect::Reads };
const ROLE: Call = Call { operation: "look at permissions", action: "iam:GetRole", effect: Effect::Reads };

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// A user or a role, by the ARN that IAM has of it.
    Simulated(String),
    /// The account's root user.
    MayDoAll,
    /// Somebody whom the simulator does not take; that is told.
    Unknown,
}

/// What the caller's ARN says.
#[derive(Debug, PartialEq, Eq)]
enum Told<'a> {
    Itself,
    /// A role's session: the role's name, without its path.
    RoleNamed(&'a str),
    Root,
    Other,
}

/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
fn told(arn: &str) -> Told<'_> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    match resource.split_once('/') {
        Some(("user" | "role", _)) => Told::Itself,
        Some(("assumed-role", session)) => Told::RoleNamed(session.split('/').next().unwrap_or_default()),
        None if resource == "root" => Told::Root,
        _ => Told::Other,
    }
}

impl Permissions {
    pub(super) async fn caller(&self, findings: &mut Findings) -> Result<Caller> {
        let caller = self.sts.get_caller_identity().send().await.map_err(|error| WHO.failed(error))?;
        let arn = caller.arn().unwrap_or_default();
        match told(arn) {
            Told::Itself => Ok(Caller::Simulated(arn.to_owned())),
            Told::Root => Ok(Caller::MayDoAll),
            Told::RoleNamed(name) => {
                // The ARN of a session does not have the path of its role.
                let role = self.iam.get_role().role_name(name).send().await.map_err(|error| ROLE.failed(error).with("role", name));
                let arn = findings.if_allowed(role)?.and_then(|answer| answer.role).map(|role| role.arn);
                Ok(arn.map_or(Caller::Unknown, Caller::Simulated))
            }
            Told::Other => {
                findings.warn(format!("What {arn} may do cannot be looked at: it is neither a user nor a role."));
                Ok(Caller::Unknown)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_those_of_their_role() {
        assert_eq!(told("arn:aws:sts::123456789012:assumed-role/deployer/session-1"), Told::RoleNamed("deployer"));
        assert_eq!(told("arn:aws:iam::123456789012:user/team/ada"), Told::Itself);
        assert_eq!(told("arn:aws:iam::123456789012:role/team/deployer"), Told::Itself);
        assert_eq!(told("arn:aws:iam::123456789012:root"), Told::Root);
        for other in ["arn:aws:sts::123456789012:federated-user/ada", "", "somebody"] {
            assert_eq!(told(other), Told::Other, "{other}");
        }
    }
}
