//! A transaction: calls, variables, cookies.

use std::{collections::BTreeSet, fmt};

use async_trait::async_trait;
use deployment_core::{
    Error, Result,
    health::{HealthCheck, HealthContext, HealthReport},
};

use super::{Call, compiled::Compiled, run, template::is_name};
use crate::{
    http::HttpClient,
    secret::{SafeUrl, Secret},
};

/// The variables that every transaction has.
pub(super) const BUILT_IN: [&str; 5] = ["environment", "run", "service", "target", "version"];

/// What is done with the cookies that answers set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cookies {
    /// They are ignored.
    #[default]
    Ignored,
    /// They are sent back with the later calls of the same run, as a browser would. Nothing is kept from one run to the next.
    Shared,
}

/// Several HTTP calls, one after the other, as one check. See [the module](super).
///
/// The base address of its calls is [`base`](TransactionBuilder::base), or else the candidate's preview endpoint: header rules of it go with
/// every call to it, and a listener rule's port takes the place of its own.
///
/// Besides variables of its own it has `${service}`, `${version}`, `${environment}`, `${target}` and `${run}`, which is another one in
/// every run: put it where something new must have a name of its own.
///
/// # Contract
/// - Healthy if every call is as expected. Unhealthy at the first that is not, that gets no answer, or that cannot be made with what was
///   captured; the calls after it are not made.
/// - An error, *could not look*: there is no base address, a secret is missing, the address policy forbids it.
/// - What came from a secret, a capture or a cookie is in no message, also if the server sends it back.
/// - It may leave something behind: let a last call clean up, and give what you make a name from `${run}`.
#[derive(Clone)]
pub struct Transaction {
    pub(super) name: String,
    pub(super) client: HttpClient,
    pub(super) base: Option<SafeUrl>,
    pub(super) cookies: Cookies,
    pub(super) variables: Vec<(String, String)>,
    pub(super) secrets: Vec<(String, Secret)>,
    pub(super) calls: Vec<Compiled>,
}

/// Collects the calls of a [`Transaction`]; [`build`](TransactionBuilder::build) tells every fault at once.
#[derive(Debug)]
pub struct TransactionBuilder {
    name: String,
    client: HttpClient,
    base: Option<SafeUrl>,
    cookies: Cookies,
    variables: Vec<(String, String)>,
    secrets: Vec<(String, Secret)>,
    calls: Vec<Call>,
}

impl Transaction {
    /// Collects calls, which are made with this client.
    #[must_use]
    pub fn builder(name: impl Into<String>, client: HttpClient) -> TransactionBuilder {
        TransactionBuilder {
            name: name.into(),
            client,
            base: None,
            cookies: Cookies::Ignored,
            variables: Vec::new(),
            secrets: Vec::new(),
            calls: Vec::new(),
        }
    }
}

impl TransactionBuilder {
    /// The base address: the candidate's preview endpoint, unless told otherwise.
    #[must_use]
    pub fn base(mut self, base: SafeUrl) -> Self {
        self.base = Some(base);
        self
    }

    /// What is done with cookies: they are ignored, unless told otherwise.
    #[must_use]
    pub fn cookies(mut self, cookies: Cookies) -> Self {
        self.cookies = cookies;
        self
    }

    /// A variable that may be seen.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// A variable that is shown nowhere.
    #[must_use]
    pub fn secret(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.secrets.push((name.into(), value));
        self
    }

    /// One more call. They are made in this order.
    #[must_use]
    pub fn call(mut self, call: Call) -> Self {
        self.calls.push(call);
        self
    }

    /// Checks all of it.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) with every fault: no call, a bad template, an unknown variable.
    pub fn build(self) -> Result<Transaction> {
        let mut faults = Vec::new();
        if self.calls.is_empty() {
            faults.push("it has no call; add one, for instance Call::get(\"/health\")".to_owned());
        }
        let mut known: BTreeSet<String> = BUILT_IN.map(String::from).into();
        for name in self.variables.iter().map(|(name, _)| name).chain(self.secrets.iter().map(|(name, _)| name)) {
            if !is_name(name) {
                faults.push(format!("{name:?} cannot be a variable; use small letters, digits and _"));
            }
            known.insert(name.clone());
        }
        let mut calls = Vec::new();
        for (i, call) in self.calls.iter().enumerate() {
            match Compiled::new(call, &mut known) {
                Ok(call) => calls.push(call),
                Err(found) => faults.extend(found.into_iter().map(|fault| format!("call {} ({}): {fault}", i + 1, call.label()))),
            }
        }
        if !faults.is_empty() {
            return Err(Error::invalid("transaction", faults.join("; ")));
        }
        let Self { name, client, base, cookies, variables, secrets, .. } = self;
        Ok(Transaction { name, client, base, cookies, variables, secrets, calls })
    }
}

#[async_trait]
impl HealthCheck for Transaction {
    fn describe(&self) -> String {
        let calls: Vec<_> = self.calls.iter().map(|call| format!("{} → {}", call.label, call.expect)).collect();
        let base = self.base.as_ref().map(|base| format!(" at {base}")).unwrap_or_default();
        format!("{}{base}: {}", self.name, calls.join("; "))
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        run::run(self, context).await
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transaction").field(&self.describe()).finish()
    }
}
