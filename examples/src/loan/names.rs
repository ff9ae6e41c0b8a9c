//! What an account's things are called.

use deployment_aws::{alb, cloudwatch};
use deployment_core::{EnvironmentName, Error, ErrorKind, Result, ServiceName};
use serde_json::Value;

use super::names_reader::Reader;

const ARN: &str = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:";

/// The names of an account: all that the pipeline has to be told to run there. No secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Twelve digits. Credentials of another account are rejected.
    pub account: String,
    /// The region of everything.
    pub region: String,
    /// What the deployments' environment is called.
    pub environment: EnvironmentName,
    /// What the deployments' service is called.
    pub service: ServiceName,
    /// ECS's cluster.
    pub cluster: String,
    /// The two services of ECS: one serves, the other gets the next release.
    pub services: [String; 2],
    /// How many tasks serve.
    pub tasks: u32,
    /// The ARN of the load balancer.
    pub load_balancer: String,
    /// The ARN of the rule that forwards to both target groups.
    pub rule: String,
    /// The ARNs of the target groups, in the order of the services.
    pub target_groups: [String; 2],
    /// The instance of RDS.
    pub database: String,
    /// A program that asks a restored copy of the database, by `DATABASE_HOST` and `DATABASE_PORT`; with its arguments.
    pub backup_check: Vec<String>,
    /// What the migrations run in.
    pub migration: MigrationNames,
    /// The alarms of CloudWatch that are triggers.
    pub alarms: AlarmNames,
    /// The table of DynamoDB that is the journal.
    pub journal: String,
}

/// What the one-off tasks of the migrations run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationNames {
    /// `family` or `family:revision`.
    pub task_definition: String,
    /// The container that gets the commands.
    pub container: String,
    /// Where it runs.
    pub subnets: Vec<String>,
    /// What it may reach.
    pub security_groups: Vec<String>,
}

/// The alarms that are triggers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmNames {
    /// Each fires when a critical path is broken: login, application, signing.
    pub critical_path: Vec<String>,
    /// Each fires when a security issue was found.
    pub security: Vec<String>,
}

impl Names {
    /// Reads them from JSON.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with everything that is wrong, a line each.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, "read the names", format!("this is no JSON: {error}")))?;
        let mut faults = Vec::new();
        let mut file = Reader::of(value, &mut faults);
        let names = Self::read(&mut file);
        file.end();
        match names {
            Some(names) if faults.is_empty() => Ok(names),
            _ => Err(Error::new(ErrorKind::InvalidInput, "read the names", format!("{} faults:\n  {}", faults.len(), faults.join("\n  ")))),
        }
    }

    /// `None` if there is a fault.
    fn read(file: &mut Reader<'_>) -> Option<Self> {
        let account = file.text("account", "123456789012");
        let region = file.text("region", "eu-central-1");
        check_account(file, &account);
        let place = format!(":{region}:{account}:");
        let service = name(file, "service", "loans", ServiceName::new);
        let environment = name(file, "environment", "production", EnvironmentName::new);
        Some(Self {
            cluster: file.text("cluster", "loans"),
            services: file.pair("services", ["loans-blue", "loans-green"]),
            tasks: file.count("tasks"),
            load_balancer: arn(file, "load_balancer", "loadbalancer/app/", &place),
            rule: arn(file, "rule", "listener-rule/app/", &place),
            target_groups: target_groups(file, &place),
            database: file.text("database", "loans"),
            backup_check: file.texts("backup_check", "./count-loans"),
            migration: file.inner("migration", MigrationNames::read),
            alarms: file.inner("alarms", AlarmNames::read),
            journal: file.text("journal", "deployments"),
            account,
            region,
            environment: environment?,
            service: service?,
        })
    }

    /// The load balancer's target groups.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if one is not the ARN of a target group.
    pub fn groups(&self) -> Result<[alb::TargetGroup; 2]> {
        let [blue, green] = &self.target_groups;
        Ok([alb::TargetGroup::new(blue)?, alb::TargetGroup::new(green)?])
    }

    /// The same by the name of the service that is behind each, as CloudWatch's dimensions name them.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if one is not the ARN of a target group, or the load balancer's is none.
    pub fn dimensions(&self) -> Result<Vec<(String, cloudwatch::TargetGroup)>> {
        let pairs = self.services.iter().zip(&self.target_groups);
        pairs.map(|(service, group)| Ok((service.clone(), cloudwatch::TargetGroup::new(&self.load_balancer, group)?))).collect()
    }
}

impl MigrationNames {
    fn read(file: &mut Reader<'_>) -> Self {
        Self {
            task_definition: file.text("task_definition", "loans-migrate"),
            container: file.text("container", "app"),
            subnets: file.texts("subnets", "subnet-0123456789abcdef0"),
            security_groups: file.texts("security_groups", "sg-0123456789abcdef0"),
        }
    }
}

impl AlarmNames {
    fn read(file: &mut Reader<'_>) -> Self {
        Self {
            critical_path: file.texts("critical_path", "loans-login-broken"),
            security: file.texts("security", "loans-security-finding"),
        }
    }
}

/// A name of the library's. That it is missing is told once.
fn name<T>(file: &mut Reader<'_>, field: &str, example: &str, make: impl Fn(String) -> Result<T>) -> Option<T> {
    let text = file.text(field, example);
    if text.is_empty() {
        return None;
    }
    make(text).map_err(|error| file.fault::<()>(field, error.to_string())).ok()
}

fn check_account(file: &mut Reader<'_>, account: &str) {
    if !account.is_empty() && (account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit())) {
        file.fault::<()>("account", format!("{account:?} must have twelve digits, with leading zeros"));
    }
}

/// An ARN of a load balancer's thing, in the account and region that the file names.
fn arn(file: &mut Reader<'_>, field: &str, kind: &str, place: &str) -> String {
    let text = file.text(field, &format!("{ARN}{kind}loans/50dc6c495c0c9188"));
    if let Some(fault) = fault_of(&text, kind, place) {
        file.fault::<()>(field, fault);
    }
    text
}

fn target_groups(file: &mut Reader<'_>, place: &str) -> [String; 2] {
    let example = ["blue", "green"].map(|name| format!("{ARN}targetgroup/loans-{name}/50dc6c495c0c9188"));
    let groups = file.pair("target_groups", [&example[0], &example[1]]);
    for fault in groups.iter().filter_map(|group| fault_of(group, "targetgroup/", place)) {
        file.fault::<()>("target_groups", fault);
    }
    groups
}

/// What is wrong with an ARN. That it is missing was told before.
fn fault_of(arn: &str, kind: &str, place: &str) -> Option<String> {
    if arn.is_empty() {
        return None;
    }
    if !arn.starts_with("arn:") || !arn.contains(&format!(":{kind}")) {
        return Some(format!("{arn} is not the ARN of what it should be; it has :{kind} in it"));
    }
    (!arn.contains(place)).then(|| format!("{arn} is of another region or account than {}; correct one of them", place.trim_matches(':')))
}
