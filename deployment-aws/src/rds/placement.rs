//! Where and how a database is made from a backup.

/// The class and the network of a database that is made from a backup. What is not said is as the source has it; where there is no source any
/// more, as AWS has it by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    pub(super) class: Option<String>,
    pub(super) subnet_group: Option<String>,
    pub(super) security_groups: Vec<String>,
    pub(super) parameter_group: Option<String>,
}

impl Placement {
    /// As the source is.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The class of the instance, `db.t4g.medium`. A cluster's trial at the level `Queried` needs one, since it gets an instance of its own.
    #[must_use]
    pub fn class(mut self, class: impl Into<String>) -> Self {
        self.class = Some(class.into());
        self
    }

    /// The subnet group, which decides on the VPC.
    #[must_use]
    pub fn subnet_group(mut self, name: impl Into<String>) -> Self {
        self.subnet_group = Some(name.into());
        self
    }

    /// The security groups of the VPC.
    #[must_use]
    pub fn security_groups<G: Into<String>>(mut self, ids: impl IntoIterator<Item = G>) -> Self {
        self.security_groups = ids.into_iter().map(Into::into).collect();
        self
    }

    /// The parameter group, of the instance or of the cluster.
    #[must_use]
    pub fn parameter_group(mut self, name: impl Into<String>) -> Self {
        self.parameter_group = Some(name.into());
        self
    }

    /// This, and what it does not say as `other` says.
    pub(super) fn or(&self, other: &Self) -> Self {
        let groups = if self.security_groups.is_empty() { &other.security_groups } else { &self.security_groups };
        Self {
            class: self.class.clone().or_else(|| other.class.clone()),
            subnet_group: self.subnet_group.clone().or_else(|| other.subnet_group.clone()),
            security_groups: groups.clone(),
            parameter_group: self.parameter_group.clone().or_else(|| other.parameter_group.clone()),
        }
    }

    pub(super) fn groups(&self) -> Option<Vec<String>> {
        Some(self.security_groups.clone()).filter(|groups| !groups.is_empty())
    }
}
