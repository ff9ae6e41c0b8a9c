//! How the service is to be rolled out, as far as that is declared.

use std::fmt;

use aws_sdk_ecs::types::{DeploymentAlarms, DeploymentCircuitBreaker, DeploymentConfiguration};
use deployment_core::{Error, Percent, Result};

/// What ECS does by itself when tasks of a rollout do not start or do not get healthy.
///
/// ECS counts failures up to half of the desired count, at least 3 and at most 200. It does not count tasks that were healthy and crash
/// later: watch those by a bake.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Breaker {
    /// It goes back to what completed last.
    #[default]
    GoesBack,
    /// It stops, and leaves things as they are.
    Stops,
    /// It tries for ever.
    Off,
    /// What the service is set up for.
    AsItIs,
}

/// What a rolling deployment declares; the rest of the service's configuration stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Settings {
    pub(super) minimum_healthy: Option<Percent>,
    pub(super) surge: Option<Percent>,
    pub(super) breaker: Breaker,
    pub(super) alarms: Vec<String>,
}

impl Settings {
    pub(super) fn check(&self) -> Result<()> {
        for (field, percent) in [("ecs.minimum_healthy", self.minimum_healthy), ("ecs.surge", self.surge)] {
            if let Some(percent) = percent.filter(|percent| percent.basis_points() % 100 != 0) {
                return Err(Error::invalid(field, format!("is {percent}; ECS takes whole percent")));
            }
        }
        if self.surge == Some(Percent::ZERO) && self.minimum_healthy == Some(Percent::ALL) {
            let message = "is 0 % and minimum_healthy 100 %, so that no task could be replaced; raise the surge or lower the minimum";
            return Err(Error::invalid("ecs.surge", message));
        }
        if self.alarms.iter().any(|name| name.is_empty()) {
            return Err(Error::invalid("ecs.alarms", "an alarm's name is empty; give the name that CloudWatch has"));
        }
        Ok(())
    }

    /// The configuration to set, whole; `None` if it is so already.
    pub(super) fn wanted(&self, now: Option<&DeploymentConfiguration>) -> Option<DeploymentConfiguration> {
        let now = now.cloned().unwrap_or_else(|| DeploymentConfiguration::builder().build());
        let mut wanted = now.clone();
        wanted.minimum_healthy_percent = self.minimum_healthy.map(whole).or(wanted.minimum_healthy_percent);
        wanted.maximum_percent = self.surge.map(|surge| 100 + whole(surge)).or(wanted.maximum_percent);
        if let Some((enable, rollback)) = self.breaker.switches() {
            // What is set up about its threshold stays.
            let breaker = wanted.deployment_circuit_breaker.get_or_insert_with(|| DeploymentCircuitBreaker::builder().build());
            (breaker.enable, breaker.rollback) = (enable, rollback);
        }
        if !self.alarms.is_empty() {
            let alarms = DeploymentAlarms::builder().set_alarm_names(Some(self.alarms.clone())).enable(true);
            wanted.alarms = alarms.rollback(self.breaker != Breaker::Stops).build().ok();
        }
        (wanted != now).then_some(wanted)
    }
}

impl Breaker {
    fn switches(self) -> Option<(bool, bool)> {
        match self {
            Self::GoesBack => Some((true, true)),
            Self::Stops => Some((true, false)),
            Self::Off => Some((false, false)),
            Self::AsItIs => None,
        }
    }
}

fn whole(percent: Percent) -> i32 {
    i32::from(percent.basis_points() / 100)
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(minimum) = self.minimum_healthy {
            write!(f, ", at least {minimum} healthy")?;
        }
        if let Some(surge) = self.surge {
            write!(f, ", surge {surge}")?;
        }
        f.write_str(match self.breaker {
            Breaker::GoesBack => ", circuit breaker that goes back",
            Breaker::Stops => ", circuit breaker that stops",
            Breaker::Off => ", no circuit breaker",
            Breaker::AsItIs => "",
        })?;
        if self.alarms.is_empty() { Ok(()) } else { write!(f, ", alarms {}", self.alarms.join(" ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_stays_and_what_is_so_already_is_not_sent() {
        let breaker = DeploymentCircuitBreaker::builder().enable(false).rollback(false).reset_on_healthy_task(false).build();
        let now =
            DeploymentConfiguration::builder().maximum_percent(150).bake_time_in_minutes(3).deployment_circuit_breaker(breaker).build();
        let settings = Settings { minimum_healthy: Some(Percent::ALL), ..Settings::default() };
        let wanted = settings.wanted(Some(&now)).unwrap();
        assert_eq!((wanted.minimum_healthy_percent, wanted.maximum_percent, wanted.bake_time_in_minutes), (Some(100), Some(150), Some(3)));
        let breaker = wanted.deployment_circuit_breaker.clone().unwrap();
        assert_eq!((breaker.enable, breaker.rollback, breaker.reset_on_healthy_task), (true, true, Some(false)));
        assert_eq!(settings.wanted(Some(&wanted)), None);
        assert_eq!(Settings { breaker: Breaker::AsItIs, ..Settings::default() }.wanted(Some(&now)), None);
    }
}
