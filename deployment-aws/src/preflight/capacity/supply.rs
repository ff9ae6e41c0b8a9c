//! All of it as what needs are compared with.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use aws_config::SdkConfig;
use deployment_core::{
    Result,
    time::{Clock, SystemClock},
};

use super::{addresses, ec2::Ec2, fargate, instances};
use crate::{
    client::settled,
    cloudwatch::CloudWatch,
    preflight::{Findings, Needs, Place, Supply},
};

/// Whether the account has room for the tasks of all parts: free addresses, Fargate's quotas, what is left on instances.
///
/// What does not fit for one part alone is a problem. Parts may need their tasks at the same time or one after the other; that they do not
/// fit all together is a warning. So is what may not be read: it serves to look ahead only.
///
/// | part | needs beside what runs |
/// |---|---|
/// | `ecs::EcsRolling` | up to the service's maximum percent, or the surge declared, of the tasks that it is to run now |
/// | `ecs::EcsBlueGreen` | as many tasks in the free service as the other one is to run now |
/// | `ecs::migration::EcsTaskMigration` | one task |
///
/// All are as large as the task definition says that runs now, or is named. What a plan's capacity and a release's `cpu` and `memory`
/// change about that is not known to them: a plan for more needs more.
///
/// Not looked at are quotas of ECS itself (5000 tasks of a service), rates at which Fargate starts tasks, ports, GPUs, network interfaces
/// and placement constraints of instances, how far an Auto Scaling group may grow, tasks that are stopping, which hold what they have and
/// are not counted by ECS, and that others may take what is free now.
///
/// It takes `ec2:DescribeSubnets`; for Fargate `servicequotas:GetServiceQuota`, `servicequotas:GetAWSDefaultServiceQuota` and
/// `cloudwatch:GetMetricData`; for instances `ecs:ListContainerInstances`, `ecs:DescribeContainerInstances` and
/// `ecs:DescribeCapacityProviders`. Each is asked for only where a part needs what it tells.
///
/// ```no_run
/// use std::sync::Arc;
/// use deployment_aws::{ecs::EcsBlueGreen, preflight::{Capacity, Preflight}};
///
/// # async fn example(shop: Arc<EcsBlueGreen>) -> deployment_core::Result<()> {
/// let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
/// for warning in Preflight::new().of(shop).against(Capacity::new(&config)).check().await? {
///     eprintln!("{warning}");
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Capacity {
    ec2: Ec2,
    ecs: aws_sdk_ecs::Client,
    quotas: aws_sdk_servicequotas::Client,
    cloudwatch: CloudWatch,
    clock: Arc<dyn Clock>,
}

impl Capacity {
    /// That of the account and region of `config`. Nothing is called yet.
    pub fn new(config: &SdkConfig) -> Self {
        let settled = settled(config);
        Self {
            ec2: Ec2::new(config),
            ecs: aws_sdk_ecs::Client::new(&settled),
            quotas: aws_sdk_servicequotas::Client::new(&settled),
            cloudwatch: CloudWatch::new(config),
            clock: Arc::new(SystemClock),
        }
    }

    /// Another clock, for tests: usage is asked for of the last hour by it.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

impl fmt::Debug for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Capacity").field(&self.cloudwatch.region()).finish()
    }
}

#[async_trait]
impl Supply for Capacity {
    fn describe(&self) -> String {
        format!("what there is room for in {}", self.cloudwatch.region())
    }

    async fn compare(&self, needs: &Needs, findings: &mut Findings) -> Result<()> {
        // Each looks, whatever became of the others: all is told in one go.
        let addresses = addresses::compare(&self.ec2, &needs.tasks, findings).await;
        let usage = fargate::Usage { quotas: &self.quotas, cloudwatch: &self.cloudwatch, now: self.clock.now() };
        let fargate = fargate::compare(&usage, &needs.tasks, findings).await;
        let instances = instances::compare(&self.ecs, &needs.tasks, findings).await;
        addresses.and(fargate).and(instances)
    }

    fn takes(&self, needs: &Needs) -> Needs {
        let mut actions = Vec::new();
        for tasks in &needs.tasks {
            if !tasks.subnets.is_empty() {
                actions.push("ec2:DescribeSubnets");
            }
            match tasks.place {
                Place::Fargate | Place::FargateSpot => actions.extend(fargate::ACTIONS),
                Place::Instances | Place::Providers(_) => actions.extend(instances::ACTIONS),
                Place::External => {}
            }
        }
        let mut taken = Needs::new();
        actions.into_iter().for_each(|action| taken.allow(action, "*"));
        taken
    }
}
