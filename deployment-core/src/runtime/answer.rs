//! What answers become: records.

use super::{driver::Driver, work::Answer};
use crate::{
    engine::{Finding, Lookout, Record, Sample, Survey},
    error::{ErrorKind, Failure, Result, Status},
    gate::GateVerdict,
    id::{StepId, TargetName},
    judge::Verdict,
    target::TargetView,
};

/// What a task was for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Survey(TargetName),
    Gates(StepId),
    Prepare(StepId),
    Effect(StepId),
    Confirm(StepId),
    Tick(StepId, Lookout),
}

impl Key {
    /// The word for it, in spans.
    pub(super) fn work(&self) -> &'static str {
        match self {
            Self::Survey(_) => "survey",
            Self::Gates(_) => "gates",
            Self::Prepare(_) => "prepare",
            Self::Effect(_) => "call",
            Self::Confirm(_) => "confirm",
            Self::Tick(..) => "look",
        }
    }

    /// The step that it is about.
    pub(super) fn step(&self) -> Option<&StepId> {
        match self {
            Self::Survey(_) => None,
            Self::Gates(step) | Self::Prepare(step) | Self::Effect(step) | Self::Confirm(step) | Self::Tick(step, _) => Some(step),
        }
    }
}

impl Driver {
    /// Journals what an answer means, if it means anything new.
    pub(super) async fn answered(&mut self, key: Key, answer: Answer) -> Result<()> {
        let current = self.state.course().current().map(|(step, _)| step.id.clone());
        if key.step().is_some_and(|step| Some(step) != current.as_ref()) {
            // The deployment has moved on; what was read says nothing about where it is now.
            return Ok(());
        }
        match (key, answer) {
            (Key::Survey(target), Answer::View(view)) => self.surveyed(target, view).await,
            (Key::Gates(step), Answer::Gates(verdict)) => self.gated(step, verdict).await,
            (Key::Prepare(step), Answer::Prepared(before)) => match before {
                Ok(before) => self.intend(step, before).await,
                Err(error) if error.status() == Status::Permanent => self.found(step, Finding::Failed { reason: error.to_string() }).await,
                Err(error) => self.found(step, Finding::Unreadable { failure: Failure::from(&error) }).await,
            },
            (Key::Effect(step), Answer::Returned(result)) => match result {
                Err(error) if error.kind() == ErrorKind::Fenced => Err(error),
                result => {
                    let result = result.map_err(|error| Failure::from(&error));
                    self.append(Record::Returned { step, result }).await
                }
            },
            (Key::Effect(step), Answer::BackedUp(result)) => match result {
                Err(error) if error.kind() == ErrorKind::Fenced => Err(error),
                Err(error) => self.append(Record::Returned { step, result: Err(Failure::from(&error)) }).await,
                Ok(backup) => self.append(Record::BackedUp { step, backup }).await,
            },
            (Key::Confirm(step), Answer::View(view)) => {
                let finding = match view {
                    Ok(view) => self.state.assess(&view, self.now()),
                    Err(error) => Finding::Unreadable { failure: Failure::from(&error) },
                };
                self.found(step, finding).await
            }
            (Key::Confirm(step), Answer::Status(finding)) => self.found(step, finding).await,
            (Key::Tick(step, by), Answer::Looked(looked)) => self.looked(step, by, *looked).await,
            _ => Ok(()),
        }
    }

    async fn surveyed(&mut self, target: TargetName, view: Result<TargetView>) -> Result<()> {
        let survey = match &view {
            Ok(view) => self.state.survey(&target, view, self.now()),
            Err(error) => {
                tracing::warn!(deployment = %self.state.deployment(), %target, %error, "the target could not be observed");
                None
            }
        };
        match survey {
            Some(survey) => {
                if let Survey::Unclean { reason } | Survey::Drifted { reason } = &survey {
                    tracing::warn!(deployment = %self.state.deployment(), %target, reason, "the target is not as it should be");
                }
                self.append(Record::Surveyed { target, survey }).await
            }
            None => Ok(()),
        }
    }

    async fn gated(&mut self, step: StepId, verdict: GateVerdict) -> Result<()> {
        let before = self.state.find(&step).and_then(|(_, run)| run.gate.as_ref()).map(|(verdict, _)| verdict.clone());
        if verdict == GateVerdict::Pass || before.as_ref() != Some(&verdict) {
            return self.append(Record::Gated { step, verdict }).await;
        }
        Ok(())
    }

    /// Only what is new is journalled.
    async fn found(&mut self, step: StepId, finding: Finding) -> Result<()> {
        let before = self.state.find(&step).and_then(|(_, run)| run.finding.as_ref());
        let waits = matches!(finding, Finding::Pending { .. } | Finding::Unreadable { .. });
        if waits && before == Some(&finding) {
            return Ok(());
        }
        self.append(Record::Found { step, finding }).await
    }

    async fn looked(&mut self, step: StepId, by: Lookout, looked: super::look::Looked) -> Result<()> {
        let now = self.now();
        let targets = looked.views.iter().filter_map(|(name, view)| {
            let finding = match view {
                Ok(view) => self.state.unwell(name, view, now)?,
                Err(error) => Finding::Unreadable { failure: Failure::from(error) },
            };
            Some((name.clone(), finding))
        });
        let targets = targets.collect();
        let plugins = &self.shared.plugins;
        let observations = looked.observations.into_iter();
        let watches = observations.map(|look| self.judges.observe(plugins, &self.state, (&step, by), look)).collect();
        self.append(Record::Sampled { step, sample: Sample { window: looked.window, by, watches, targets } }).await
    }

    /// The last word of a bake's judges.
    pub(super) async fn judge(&mut self, step: StepId) -> Result<()> {
        let verdict: Verdict = self.judges.finish(&self.shared.plugins, &self.state, &step);
        self.append(Record::Judged { step, verdict }).await
    }
}
