//! What a subscriber of `tracing` gets: a span for every piece of work, with the deployment and the step.
//!
//! In a process of its own: where a span is first met while another test's thread changes subscribers, it may be lost for good.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "behaviour/scene.rs"]
#[allow(dead_code, reason = "the behaviour tests use the rest")]
mod scene;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use deployment_core::{engine::Outcome, plan::Capacity};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

use scene::{Desk, builder, canary, drive, serving, with};

/// A span's name, its fields, and the names of those around it.
#[derive(Debug, Clone, Default)]
struct Span {
    name: &'static str,
    fields: BTreeMap<&'static str, String>,
    around: Vec<&'static str>,
}

impl tracing::field::Visit for Span {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }
}

/// Keeps every span.
#[derive(Debug, Clone, Default)]
struct Spans(Arc<Mutex<Vec<Span>>>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &tracing::span::Attributes<'_>, id: &tracing::span::Id, context: Context<'_, S>) {
        let around = context.span_scope(id).unwrap().skip(1).map(|span| span.name()).collect();
        let mut span = Span { name: attributes.metadata().name(), around, ..Span::default() };
        attributes.record(&mut span);
        self.0.lock().unwrap().push(span);
    }
}

#[tokio::test(start_paused = true)]
async fn every_step_has_spans_with_the_deployment_below_the_deployments_own() {
    let spans = Spans::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(spans.clone()));
    let (desk, target) = (Desk::new(), serving());
    let plugins = with(&target);
    let plan = builder().deploy("backend", Capacity::of(4), canary()).build(&plugins).unwrap();
    let process = desk.process(&plugins);
    let id = process.start(&plan).await.unwrap();
    assert_eq!(drive(&process, &id).await, Outcome::Succeeded);
    let spans = spans.0.lock().unwrap().clone();
    let steps: Vec<_> = spans.iter().filter(|span| span.name == "step").collect();
    for span in &steps {
        assert_eq!(span.fields["deployment"], id.as_str(), "{span:?}");
        assert_eq!(span.fields["epoch"], "1", "{span:?}");
        assert_eq!(span.around, ["deployment"], "{span:?}");
    }
    for step in &plan.steps {
        let works: Vec<_> = steps.iter().filter(|span| span.fields.get("step").is_some_and(|of| *of == step.id.as_str())).collect();
        assert!(!works.is_empty(), "{} has no span: {steps:#?}", step.id);
        if step.work.has_effect() {
            assert!(works.iter().any(|span| span.fields["work"].contains("call")), "{}: {works:#?}", step.id);
        }
    }
}
