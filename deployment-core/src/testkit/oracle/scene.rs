//! What happened on one target during one deployment.

use std::time::Duration;

use super::log::Log;
use crate::{
    context::EffectContext,
    id::{DeploymentId, RevisionId, TargetName},
    memory::{Cause, Effect, HistoryEvent, RevisionSnapshot, Snapshot},
    plan::{Plan, Role, TargetPlan, Work},
    share::{Percent, Split},
};

/// How a target is driven: which form the semantics have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Two revisions, and a split between them.
    SideBySide,
    /// The old one shrinks as the new one grows.
    Rolling,
    /// The platform's own schedule.
    PlatformRun,
}

/// What the target was when the deployment began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing served.
    Empty,
    /// One known revision served alone.
    Clean(RevisionId),
    /// Anything else.
    Unclean(String),
}

#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) plan: &'a Plan,
    pub(super) target: &'a TargetPlan,
    pub(super) style: Style,
    pub(super) log: Log<'a>,
    pub(super) events: &'a [HistoryEvent],
    /// The place of its beginning among all events.
    pub(super) began: u64,
    /// How things stood then.
    pub(super) begin: &'a Snapshot,
    pub(super) start: Start,
    pub(super) moments: Vec<Moment<'a>>,
}

/// One accepted call of the deployment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) index: usize,
    pub(super) event: &'a HistoryEvent,
    pub(super) effect: &'a Effect,
    pub(super) context: &'a EffectContext,
    /// How things stood right before.
    pub(super) before: &'a Snapshot,
    /// Whether the same effect was asked for before.
    pub(super) again: bool,
}

impl<'a> Scene<'a> {
    /// `None` if the plan does not drive the target, or it kept no history.
    pub(super) fn of(
        plan: &'a Plan,
        name: &TargetName,
        events: &'a [HistoryEvent],
        deployment: &DeploymentId,
        log: Log<'a>,
    ) -> Option<Self> {
        let target = plan.target(name)?;
        let moments = moments(events, deployment);
        let began = log.started().or_else(|| moments.first().map(|first| first.event.order)).unwrap_or(u64::MAX);
        let begin = &events.iter().rev().find(|event| event.order < began).or(events.first())?.after;
        Some(Self { plan, target, style: style(plan, name), log, events, began, begin, start: start(begin), moments })
    }

    /// Whether a moment belongs to the way forward.
    pub(super) fn is_forward(&self, moment: &Moment<'_>) -> bool {
        self.plan.step(moment.context.step.as_str()).is_some() && self.log.reversal().is_none_or(|back| moment.event.order < back)
    }

    pub(super) fn stable(&self) -> Option<&RevisionId> {
        match &self.start {
            Start::Clean(stable) => Some(stable),
            _ => None,
        }
    }

    /// The revision that the way forward has launched, the last one if there are several.
    pub(super) fn candidate(&self) -> Option<&'a RevisionId> {
        self.moments.iter().filter(|moment| self.is_forward(moment)).filter_map(|moment| launched(moment.effect)).next_back()
    }

    /// What the last look before an event showed.
    pub(super) fn shown_before(&self, index: usize) -> Option<&'a Snapshot> {
        let past = self.events.get(..index)?;
        let (looked, shown) = past.iter().enumerate().rev().find_map(|(i, event)| match event.cause {
            Cause::Observed { shown } => Some((i, shown)),
            _ => None,
        })?;
        self.at(looked, shown)
    }

    /// Whether a look between two events has shown this split.
    pub(super) fn split_shown_between(&self, after: usize, before: usize, split: &Split) -> bool {
        let shows = |index: usize| match self.events.get(index).map(|event| &event.cause) {
            Some(Cause::Observed { shown }) => self.at(index, *shown).is_some_and(|snapshot| snapshot.routes.split == *split),
            _ => false,
        };
        (after + 1..before).any(shows)
    }

    /// How things stood at a moment before an event.
    fn at(&self, index: usize, moment: Duration) -> Option<&'a Snapshot> {
        let past = self.events.get(..index)?;
        past.iter().rev().find(|event| event.at <= moment).or(past.first()).map(|event| &event.after)
    }

    /// Healthy instances that a call could count on: those that there were, or those that the last look showed, if some have died since.
    pub(super) fn known_healthy(&self, moment: &Moment<'_>, revision: &RevisionId) -> u32 {
        let healthy = |snapshot: &Snapshot| snapshot.revision(revision).map_or(0, |revision| revision.healthy);
        healthy(moment.before).max(self.shown_before(moment.index).map_or(0, healthy))
    }

    /// Whether a look has shown, after one event and before another, how things stood after the first.
    pub(super) fn looked_between(&self, after: usize, before: usize) -> bool {
        let Some(happened) = self.events.get(after).map(|event| event.at) else { return false };
        let between = self.events.get(after + 1..before).unwrap_or_default();
        between.iter().any(|event| matches!(event.cause, Cause::Observed { shown } if shown >= happened))
    }

    pub(super) fn end(&self) -> Option<&'a Snapshot> {
        self.events.last().map(|event| &event.after)
    }
}

fn moments<'a>(events: &'a [HistoryEvent], deployment: &DeploymentId) -> Vec<Moment<'a>> {
    let mut moments: Vec<Moment<'a>> = Vec::new();
    for (index, pair) in events.windows(2).enumerate() {
        let [before, event] = pair else { continue };
        let Cause::Called { effect, context } = &event.cause else { continue };
        if context.deployment == *deployment {
            let again = moments.iter().any(|earlier| earlier.context.token == context.token);
            moments.push(Moment { index: index + 1, event, effect, context, before: &before.after, again });
        }
    }
    moments
}

impl<'a> Moment<'a> {
    /// The split after it, as far as it is its doing: the one that it asked for, though that may apply later.
    pub(super) fn split(&self) -> &'a Split {
        match self.effect {
            Effect::Route { routes } => &routes.split,
            _ => &self.event.after.routes.split,
        }
    }
}

/// The revision that an effect has made, if it makes one.
pub(super) fn launched(effect: &Effect) -> Option<&RevisionId> {
    match effect {
        Effect::Launch { revision, .. } | Effect::Replace { revision, .. } => Some(revision),
        _ => None,
    }
}

pub(super) fn share(snapshot: &Snapshot, revision: Option<&RevisionId>) -> Percent {
    revision.map_or(Percent::ZERO, |revision| snapshot.routes.split.share(revision))
}

/// The revisions with traffic.
pub(super) fn serving(snapshot: &Snapshot) -> impl Iterator<Item = &RevisionSnapshot> {
    snapshot.routes.split.iter().filter_map(|(id, _)| snapshot.revision(id))
}

fn style(plan: &Plan, target: &TargetName) -> Style {
    let works = plan.steps.iter().filter(|step| step.target.as_ref() == Some(target)).map(|step| &step.work);
    let mut style = Style::SideBySide;
    for work in works {
        match work {
            Work::Replace { .. } => return Style::PlatformRun,
            Work::Scale { role: Role::Stable, .. } => style = Style::Rolling,
            _ => {}
        }
    }
    style
}

fn start(begin: &Snapshot) -> Start {
    let split = &begin.routes.split;
    if split.is_empty() {
        return Start::Empty;
    }
    match split.sole().and_then(|id| begin.revision(id)) {
        Some(stable) if stable.release.is_some() => Start::Clean(stable.id.clone()),
        Some(stable) => Start::Unclean(format!("nobody knows what {} runs", stable.id)),
        None => Start::Unclean(format!("the split is {split}")),
    }
}
