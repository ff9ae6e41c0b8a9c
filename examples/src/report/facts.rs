//! What a report tells, taken from a replay of the chain.

use std::time::Duration;

use deployment_core::{
    Percent, Result, Timestamp,
    engine::{Record, State},
    journal::Entry,
    notify::Event,
    plan::Role,
};

use super::{
    Input,
    checks::{self, Said},
    series::{Line, Measured},
    steps::Timeline,
};

/// Everything that a report tells.
#[derive(Debug)]
pub(super) struct Facts {
    /// At the chain's end.
    pub(super) state: State,
    pub(super) timeline: Timeline,
    pub(super) events: Vec<Event>,
    pub(super) measured: Measured,
    /// What checks said.
    pub(super) said: Vec<Said>,
    /// The candidate's confirmed share in percent, per target: corners of a line of steps.
    pub(super) split: Vec<Line>,
    /// When a candidate first had traffic.
    first_traffic: Option<Timestamp>,
    /// When the way back was decided.
    pub(super) verdict: Option<Timestamp>,
    /// When no candidate had traffic any more after that.
    restored: Option<Timestamp>,
}

impl Facts {
    pub(super) fn of(input: &Input) -> Result<Self> {
        let first = input.entries.get(..1).unwrap_or_default();
        let state = State::replay(input.deployment, first)?;
        let names = state.plan().targets.iter().map(|target| target.name.to_string());
        let split = names.map(|name| Line { name, role: Role::Candidate, pieces: vec![vec![(0.0, 0.0)]] }).collect();
        let mut facts = Self {
            state,
            timeline: Timeline::default(),
            events: input.entries.iter().map(|entry| Event::of(input.deployment, entry)).collect(),
            measured: Measured::default(),
            said: Vec::new(),
            split,
            first_traffic: None,
            verdict: None,
            restored: None,
        };
        for entry in input.entries.get(1..).unwrap_or_default() {
            facts.take(entry)?;
        }
        facts.end_split();
        Ok(facts)
    }

    fn take(&mut self, entry: &Entry) -> Result<()> {
        let before = self.state.clone();
        self.state.apply(entry)?;
        self.timeline.follow(&before, &entry.record, &self.state);
        self.timeline.reopen(&before, &self.state);
        if let Record::Sampled { step, sample } = &entry.record {
            self.measured.add(self.state.started(), sample);
            checks::follow(&mut self.said, step, sample);
        }
        self.follow_split();
        let now = self.state.last_record();
        let back = self.state.reversal().map(|reversal| reversal.at);
        if back != self.verdict {
            (self.verdict, self.restored) = (back, None);
        }
        let targets = &self.state.plan().targets;
        let asked = targets.iter().any(|target| self.state.candidate_share(&target.name) > Percent::ZERO);
        if asked && self.first_traffic.is_none() {
            self.first_traffic = Some(now);
        }
        if !asked && self.verdict.is_some() && self.restored.is_none() {
            self.restored = Some(now);
        }
        Ok(())
    }

    fn follow_split(&mut self) {
        let at = self.state.last_record().since(self.state.started()).as_secs_f64();
        for (target, line) in self.state.plan().targets.iter().zip(&mut self.split) {
            let Some(known) = self.state.target(&target.name) else { continue };
            let share = known.candidate.as_ref().map_or(Percent::ZERO, |candidate| known.routes.split.share(candidate));
            let percent = f64::from(share.basis_points()) / 100.0;
            let Some(piece) = line.pieces.last_mut() else { continue };
            let last = piece.last().map_or(0.0, |(_, last)| *last);
            if last != percent {
                piece.extend([(at, last), (at, percent)]);
            }
        }
    }

    fn end_split(&mut self) {
        let end = self.seconds();
        for piece in self.split.iter_mut().filter_map(|line| line.pieces.last_mut()) {
            let last = piece.last().map_or(0.0, |(_, last)| *last);
            piece.push((end, last));
        }
    }

    /// How long the deployment took, or has taken so far.
    pub(super) fn duration(&self) -> Duration {
        self.state.last_record().since(self.state.started())
    }

    /// The same in seconds, for an axis.
    pub(super) fn seconds(&self) -> f64 {
        self.duration().as_secs_f64()
    }

    /// From the candidate's first traffic to the decision to go back.
    pub(super) fn time_to_detect(&self) -> Option<Duration> {
        let verdict = self.verdict?;
        self.first_traffic.filter(|first| *first <= verdict).map(|first| verdict.since(first))
    }

    /// From that decision to the confirmation that no candidate has traffic any more.
    pub(super) fn time_to_roll_back(&self) -> Option<Duration> {
        self.time_to_detect()?;
        Some(self.restored?.since(self.verdict?))
    }
}
