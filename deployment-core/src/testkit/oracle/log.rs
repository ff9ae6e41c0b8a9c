//! What one deployment's chain says, and when it said so.

use super::tape::Taped;
use crate::{
    engine::{Call, Record},
    gate::GateVerdict,
    id::{StepId, Token},
    journal::Durability,
    judge::Verdict,
    signal::Signal,
};

#[derive(Debug, Clone, Copy)]
pub(super) struct Log<'a> {
    entries: &'a [Taped],
}

/// An effect as it was announced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Intent<'a> {
    pub(super) taped: &'a Taped,
    pub(super) step: &'a StepId,
    pub(super) call: &'a Call,
}

impl<'a> Log<'a> {
    pub(super) fn of(entries: &'a [Taped]) -> Self {
        Self { entries }
    }

    /// Whether there is one to go by.
    pub(super) fn is_there(self) -> bool {
        !self.entries.is_empty()
    }

    pub(super) fn entries(self) -> &'a [Taped] {
        self.entries
    }

    fn before(self, order: u64) -> impl DoubleEndedIterator<Item = &'a Taped> {
        self.entries.iter().filter(move |taped| taped.order < order)
    }

    fn first(self, wanted: impl Fn(&Record) -> bool) -> Option<u64> {
        self.entries.iter().find(|taped| wanted(&taped.entry.record)).map(|taped| taped.order)
    }

    pub(super) fn started(self) -> Option<u64> {
        self.first(|record| matches!(record, Record::Started { .. }))
    }

    /// When the way back was planned.
    pub(super) fn reversal(self) -> Option<u64> {
        self.first(|record| matches!(record, Record::ReversalPlanned { .. }))
    }

    /// Whether a bake or check was passed, or was not needed, by then. A bake without an answer is passed by a person's promotion.
    pub(super) fn passed(self, step: &StepId, order: u64) -> bool {
        let mut passed = false;
        let mut asks = false;
        for taped in self.before(order) {
            match &taped.entry.record {
                Record::Judged { step: of, verdict } if of == step => {
                    passed = *verdict == Verdict::Continue;
                    asks = matches!(verdict, Verdict::Inconclusive { .. });
                }
                Record::Skipped { step: of, .. } if of == step => passed = true,
                Record::Signalled { signal, refused: None } if asks && signal.signal == Signal::Promote => passed = true,
                _ => {}
            }
        }
        passed
    }

    /// Whether a step was done, or was not needed, by then.
    pub(super) fn done(self, step: &StepId, order: u64) -> bool {
        self.before(order).any(|taped| match &taped.entry.record {
            Record::StepDone { step: of } | Record::Skipped { step: of, .. } => of == step,
            _ => false,
        })
    }

    /// Whether a person had promoted what was held at a step by then, or it was not needed.
    pub(super) fn promoted(self, step: &StepId, order: u64) -> bool {
        let mut held = false;
        self.before(order).any(|taped| match &taped.entry.record {
            Record::Skipped { step: of, .. } => of == step,
            Record::StepStarted { step: of } => {
                held = of == step;
                false
            }
            Record::Signalled { signal, refused: None } => held && signal.signal == Signal::Promote,
            _ => false,
        })
    }

    /// The last word of a step's gates by then.
    pub(super) fn gated(self, step: &StepId, order: u64) -> Option<(&'a Taped, &'a GateVerdict)> {
        self.before(order).rev().find_map(|taped| match &taped.entry.record {
            Record::Gated { step: of, verdict } if of == step => Some((taped, verdict)),
            _ => None,
        })
    }

    /// The first announcement of an effect with this token that was safe by then.
    pub(super) fn intent(self, token: &Token, order: u64) -> Option<Intent<'a>> {
        let safe = self.before(order).rev().find(|taped| taped.durability == Durability::Synced)?.order;
        self.before(safe + 1).find_map(|taped| match &taped.entry.record {
            Record::Intent { step, token: of, call, .. } if of == token => Some(Intent { taped, step, call }),
            _ => None,
        })
    }

    /// Whether a person's word was taken between these moments.
    pub(super) fn word_between(self, after: u64, before: u64) -> bool {
        self.before(before)
            .filter(|taped| taped.order > after)
            .any(|taped| matches!(taped.entry.record, Record::Signalled { refused: None, .. }))
    }

    /// When it came to rest, if it rests at that moment: ended, or halted with no word from a person since.
    pub(super) fn at_rest(self, order: u64) -> Option<u64> {
        let last = self.before(order).rev().find_map(|taped| match &taped.entry.record {
            Record::Finished { .. } | Record::Halted { .. } => Some(Some(taped.order)),
            Record::Signalled { refused: None, .. } => Some(None),
            _ => None,
        });
        last.flatten()
    }
}
