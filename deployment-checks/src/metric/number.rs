//! One number about a stretch of time.

use std::fmt;

use async_trait::async_trait;
use deployment_core::{Result, metric::MetricContext};
use serde::{Deserialize, Serialize};

/// A number, or the knowledge that there is none. *No data* is never zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Number {
    /// This is it; always finite.
    Known(f64),
    /// The source does not know.
    NoData {
        /// Why, in words.
        reason: String,
    },
}

impl Number {
    /// `value` if it is finite.
    #[must_use]
    pub fn finite(value: f64) -> Self {
        if value.is_finite() { Self::Known(value) } else { Self::NoData { reason: format!("the value is {value}") } }
    }
}

/// Tells one number about a stretch of time: a load in percent, a number of connections, a queue's depth.
///
/// # Contract
/// - **Who implements:** whoever keeps such a number. **Who calls:** a [comparison](crate::compare).
/// - Changes nothing. What the number says about the window (its mean, its highest) is the source's choice and in its description.
/// - If the source cannot tell about the whole window, it is [`Number::NoData`]. An `Err` means that it could not be asked.
///
/// ```
/// use async_trait::async_trait;
/// use deployment_checks::metric::{Number, NumberSource};
/// use deployment_core::{Result, metric::MetricContext};
///
/// #[derive(Debug)]
/// struct QueueDepth;
///
/// #[async_trait]
/// impl NumberSource for QueueDepth {
///     fn describe(&self) -> String {
///         "messages in the queue".into()
///     }
///     async fn number(&self, _context: &MetricContext) -> Result<Number> {
///         Ok(Number::finite(3.0))
///     }
/// }
/// assert!(matches!(Number::finite(f64::NAN), Number::NoData { .. }));
/// ```
#[async_trait]
pub trait NumberSource: fmt::Debug + Send + Sync + 'static {
    /// What it tells, without secrets.
    fn describe(&self) -> String;

    /// The number for `context.window`.
    ///
    /// # Errors
    /// If the source could not be asked.
    async fn number(&self, context: &MetricContext) -> Result<Number>;

    /// How long after a moment its data is complete.
    fn lag(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

/// A source of numbers from an async closure, for one-offs and tests. It has no lag.
///
/// ```
/// use deployment_checks::metric::{Number, NumberSource, number_fn};
///
/// let depth = number_fn("messages in the queue", |_context| async { Ok(Number::finite(3.0)) });
/// assert_eq!(depth.describe(), "messages in the queue");
/// ```
pub fn number_fn<F, R>(description: impl Into<String>, number: F) -> impl NumberSource
where
    F: Fn(MetricContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Number>> + Send + 'static,
{
    NumberFn { description: description.into(), number }
}

struct NumberFn<F> {
    description: String,
    number: F,
}

impl<F> fmt::Debug for NumberFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NumberFn").field(&self.description).finish()
    }
}

#[async_trait]
impl<F, R> NumberSource for NumberFn<F>
where
    F: Fn(MetricContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Number>> + Send + 'static,
{
    fn describe(&self) -> String {
        self.description.clone()
    }

    async fn number(&self, context: &MetricContext) -> Result<Number> {
        (self.number)(context.clone()).await
    }
}
