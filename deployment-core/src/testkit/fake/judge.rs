//! A judge with a script.

use crate::judge::{Judge, JudgeRun, Observation, Verdict};

/// A judge that says what it is told to say, after so many observations with data. What it says of missing data is its script's business: only
/// [`cannot_tell`](FakeJudge::cannot_tell) keeps that part of the trait's contract.
///
/// ```
/// use deployment_core::{judge::{Judge, Verdict}, testkit::fake::FakeJudge};
///
/// assert_eq!(FakeJudge::passes().begin().finish(), Verdict::Continue);
/// assert!(matches!(FakeJudge::fails_after(3).begin().finish(), Verdict::Continue), "it has not seen three yet");
/// ```
#[derive(Debug, Clone)]
pub struct FakeJudge {
    after: u64,
    then: Verdict,
    end: Verdict,
}

impl FakeJudge {
    /// Has nothing against anything.
    #[must_use]
    pub fn passes() -> Self {
        Self { after: u64::MAX, then: Verdict::Continue, end: Verdict::Continue }
    }

    /// Fails at the `observations`th observation with data, counted from 1.
    #[must_use]
    pub fn fails_after(observations: u64) -> Self {
        let then = Verdict::Fail { reason: format!("the fake judge has seen {observations} observations") };
        Self { after: observations, then, end: Verdict::Continue }
    }

    /// Cannot tell at the end.
    #[must_use]
    pub fn cannot_tell() -> Self {
        Self { after: u64::MAX, then: Verdict::Continue, end: Verdict::Inconclusive { reason: "the fake judge cannot tell".into() } }
    }
}

impl Judge for FakeJudge {
    fn describe(&self) -> String {
        format!("fake judge: {:?} from observation {} on, {:?} at the end", self.then, self.after, self.end)
    }

    fn begin(&self) -> Box<dyn JudgeRun> {
        Box::new(Run { judge: self.clone(), seen: 0 })
    }
}

#[derive(Debug)]
struct Run {
    judge: FakeJudge,
    seen: u64,
}

impl JudgeRun for Run {
    fn observe(&mut self, observation: &Observation) -> Verdict {
        self.seen += u64::from(observation.has_data());
        if self.seen >= self.judge.after { self.judge.then.clone() } else { Verdict::Continue }
    }

    fn finish(&mut self) -> Verdict {
        if self.seen >= self.judge.after { self.judge.then.clone() } else { self.judge.end.clone() }
    }
}
