//! Checks whose findings are kept whole.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use deployment_checks::{score::HealthScore, suite::Validation};
use deployment_core::{
    Result,
    health::{HealthCheck, HealthContext, HealthReport},
};

use super::{Evidence, EvidenceStore, Found};

/// A validation or a score, the same in everything to the deployment that asks; what it finds is kept as well.
#[derive(Debug)]
pub struct Kept {
    what: What,
    store: EvidenceStore,
}

#[derive(Debug)]
enum What {
    Validation(Validation),
    Score(HealthScore),
}

/// What a listener has heard in one look.
type Heard = Arc<Mutex<Option<Found>>>;

impl Kept {
    /// Keeps the results of this validation.
    #[must_use]
    pub fn validation(validation: Validation, store: EvidenceStore) -> Self {
        Self { what: What::Validation(validation), store }
    }

    /// Keeps the scores.
    #[must_use]
    pub fn score(score: HealthScore, store: EvidenceStore) -> Self {
        Self { what: What::Score(score), store }
    }

    async fn look(&self, context: &HealthContext, heard: &Heard) -> Result<HealthReport> {
        let heard = Arc::clone(heard);
        match &self.what {
            What::Validation(validation) => {
                let validation = validation.clone().on_result(move |result| hear(&heard, Found::Validation(result.clone())));
                validation.check(context).await
            }
            What::Score(score) => score.clone().on_score(move |score| hear(&heard, Found::Score(score.clone()))).check(context).await,
        }
    }
}

fn hear(heard: &Heard, found: Found) {
    *heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
}

#[async_trait]
impl HealthCheck for Kept {
    fn describe(&self) -> String {
        match &self.what {
            What::Validation(validation) => validation.describe(),
            What::Score(score) => score.describe(),
        }
    }

    async fn check(&self, context: &HealthContext) -> Result<HealthReport> {
        let heard = Heard::default();
        let said = self.look(context, &heard).await;
        let found = heard.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(found) = found {
            let (deployment, at) = (context.deployment.deployment.clone(), context.deployment.now);
            let (step, target) = (context.deployment.step.clone(), context.subject.target.clone());
            let evidence = Evidence { deployment, step, target, at, found };
            // A report that lacks something is no reason to decide otherwise.
            if let Err(error) = self.store.add(&evidence) {
                eprintln!("what was found could not be kept: {error}");
            }
        }
        said
    }
}
