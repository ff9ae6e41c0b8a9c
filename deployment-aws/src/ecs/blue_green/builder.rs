//! How the target is put together.

use std::{sync::Mutex, time::Duration};

use aws_config::SdkConfig;
use aws_sdk_ecs::Client;
use deployment_core::{Endpoint, Error, Result, TestRule};

use super::EcsBlueGreen;
use crate::{
    alb::AlbRouter,
    client::settled,
    ecs::{
        api::Api,
        names::{checked, short},
    },
};

/// How old a reading of ECS or of the load balancer may be. Neither promises a number; both are eventually consistent:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api-eventual-consistency.html>
const READ_LAG: Duration = Duration::from_secs(15);

impl EcsBlueGreen {
    /// A target of two services of a cluster, each behind the target group of the same place in the router's.
    ///
    /// # Errors
    /// [`InvalidInput`](deployment_core::ErrorKind::InvalidInput) if a name is none, both services are the same, or the router has another
    /// number of target groups than two.
    pub fn new(config: &SdkConfig, cluster: &str, services: [&str; 2], router: AlbRouter) -> Result<Self> {
        let cluster = checked("ecs.cluster", "cluster", cluster)?;
        let [blue, green] = services;
        let (blue, green) = (checked("ecs.service", "service", blue)?, checked("ecs.service", "service", green)?);
        if short(&blue) == short(&green) {
            return Err(Error::invalid("ecs.service", format!("{blue} is there twice; one service serves, another gets the next release")));
        }
        let Ok([first, second]) = <[_; 2]>::try_from(router.groups().to_vec()) else {
            let count = router.groups().len();
            return Err(Error::invalid("router", format!("it has {count} target groups; give it two, in the order of the services")));
        };
        let client = Client::new(&settled(config));
        let api = |service| Api { client: client.clone(), cluster: cluster.clone(), service };
        Ok(Self {
            apis: [(api(blue), first), (api(green), second)],
            router,
            read_lag: READ_LAG,
            previews: Vec::new(),
            definitions: Mutex::default(),
            launched: Mutex::default(),
            registered: Mutex::default(),
        })
    }

    /// For how long a reading may show what was before a change: the target's `read_lag`. 15 s, unless told otherwise; AWS promises no number.
    #[must_use]
    pub fn consistent_after(mut self, read_lag: Duration) -> Self {
        self.read_lag = read_lag;
        self
    }

    /// Where checks reach the revision that a test rule of the router selects: the base address of the load balancer, with the port of the
    /// listener for tests.
    #[must_use]
    pub fn preview(mut self, url: &str, rule: TestRule) -> Self {
        let needed = matches!(rule, TestRule::Header { .. }).then(|| rule.clone());
        self.previews.push((rule, Endpoint { url: url.to_owned(), rule: needed }));
        self
    }
}
