//! One run of a transaction.

use std::sync::atomic::{AtomicU64, Ordering};

use deployment_core::{
    Error, ErrorKind, Result,
    health::{HealthContext, HealthReport},
};
use tokio::time::Instant;
use url::Url;

use super::{
    Transaction,
    base::Base,
    compiled::{Compiled, Target},
    jar::Jar,
    scope::{Encode, Scope, Shown, text},
};
use crate::{
    expect::{Answer, quote},
    http::{
        HttpRequest,
        header::{CONTENT_TYPE, COOKIE},
    },
    secret::SafeUrl,
};

/// How many runs this process has begun.
static RUNS: AtomicU64 = AtomicU64::new(0);

/// Why a run ends early.
enum Stop {
    /// The service is not as it should be.
    Bad(String),
    /// Nobody could look.
    Blind(Error),
}

/// `Failed` is what a value from the service leads to; everything else is ours.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::Failed { Self::Bad(error.to_string()) } else { Self::Blind(error) }
    }
}

pub(super) async fn run(transaction: &Transaction, context: &HealthContext) -> Result<HealthReport> {
    let began = Instant::now();
    let mut run = Run::begin(transaction, context);
    let count = transaction.calls.len();
    for (i, call) in transaction.calls.iter().enumerate() {
        let place = format!("call {} of {count}, {}", i + 1, call.label);
        match run.call(call).await {
            Ok(()) => {}
            Err(Stop::Bad(why)) => {
                let mut report = HealthReport::unhealthy(run.scope.hide(&format!("{place}: {why}")));
                report.latency = began.elapsed();
                return Ok(report);
            }
            Err(Stop::Blind(error)) => {
                let message = run.scope.hide(&format!("{place}: {error}"));
                return Err(Error::new(error.kind(), "transaction", message).with_status(error.status()));
            }
        }
    }
    let took = began.elapsed();
    let mut report = HealthReport::healthy(format!("{count} calls in {} ms", took.as_millis()));
    report.latency = took;
    Ok(report)
}

struct Run<'a> {
    transaction: &'a Transaction,
    context: &'a HealthContext,
    scope: Scope,
    jar: Jar,
}

impl<'a> Run<'a> {
    fn begin(transaction: &'a Transaction, context: &'a HealthContext) -> Self {
        let mut scope = Scope::default();
        let deployment = &context.deployment;
        // Another one in every run, also if several are under way at once.
        let number = RUNS.fetch_add(1, Ordering::Relaxed);
        let run = format!("{}-{}-{number}", deployment.deployment, deployment.now.as_millis());
        let built_in = [
            ("environment", deployment.environment.as_str()),
            ("run", run.as_str()),
            ("service", deployment.service.as_str()),
            ("target", context.subject.target.as_str()),
            ("version", deployment.release.version.as_str()),
        ];
        for (name, value) in built_in {
            scope.set(name, value.into(), Shown::Yes);
        }
        for (name, value) in &transaction.variables {
            scope.set(name, value.as_str().into(), Shown::Yes);
        }
        for (name, value) in &transaction.secrets {
            scope.set(name, value.expose().into(), Shown::No);
        }
        // A server may send back what its address was.
        if let Some(base) = transaction.base.as_ref().filter(|base| base.is_secret()) {
            scope.conceal_path(base.whole().path());
        }
        Self { transaction, context, scope, jar: Jar::new(transaction.cookies) }
    }

    async fn call(&mut self, call: &Compiled) -> Result<(), Stop> {
        self.scope.read(call.files()).await?;
        let url = self.url(&call.url)?;
        let request = self.request(call, &url)?;
        let response = match self.transaction.client.send(&request).await {
            Ok(response) => response,
            // The address policy, a request that cannot be sent, a limit of this machine: the service was never asked.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::RateLimited) => return Err(Stop::Blind(error)),
            Err(error) => return Err(Stop::Bad(error.to_string())),
        };
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers(),
            body: response.body(),
            latency: response.timing().total,
        };
        // Who answered: a redirect may have led elsewhere.
        self.jar.keep(&answer, response.url().whole(), &mut self.scope);
        self.keep_captures(call, &answer)?;
        self.compare(call, &answer)
    }

    fn base(&self) -> Result<Base> {
        Base::of(self.transaction.base.as_ref(), self.context)
    }

    fn url(&mut self, target: &Target) -> Result<Url> {
        match target {
            Target::Path(template) => {
                let path = self.scope.fill(template, Encode::Url)?;
                self.base()?.path(&path)
            }
            Target::Absolute(template) => {
                let url = self.scope.fill(template, Encode::Url)?;
                Url::parse(&url).map_err(|error| Error::invalid("url", error))
            }
            Target::Variable(name) => {
                let captured = text(self.scope.get(name)?);
                let url = self.base()?.follow(&captured)?;
                if url.path().len() > 1 {
                    self.scope.conceal(url.path());
                }
                Ok(url)
            }
        }
    }

    fn request(&mut self, call: &Compiled, url: &Url) -> Result<HttpRequest> {
        let mut request = HttpRequest::new(call.method.clone(), SafeUrl::parse(url.as_str())?);
        // A call to another address needs none.
        let base = self.base().ok().filter(|base| base.is_at(url));
        if let Some((name, value)) = base.and_then(|base| base.header) {
            request = request.header(&name, &value)?;
        }
        if let Some(cookies) = self.jar.header(url) {
            request = request.header(COOKIE.as_str(), &cookies)?;
        }
        if let Some((content_type, body)) = call.body.fill(&mut self.scope)? {
            request = request.header(CONTENT_TYPE.as_str(), &content_type)?.body(body);
        }
        for (name, value) in &call.headers {
            request = request.header(name, &self.scope.fill(value, Encode::Header)?)?;
        }
        Ok(match call.timeout {
            Some(timeout) => request.deadline(timeout),
            None => request,
        })
    }

    /// Captures first: what is then told about the answer must not show them. A missing one is told after what was expected.
    fn keep_captures(&mut self, call: &Compiled, answer: &Answer<'_>) -> Result<(), Stop> {
        let mut missing = Vec::new();
        for (name, capture) in &call.captures {
            match capture.take(answer) {
                Some(value) => self.scope.set(name, value, if capture.shown { Shown::Yes } else { Shown::No }),
                None => missing.push(format!("there is no {capture} for {name}")),
            }
        }
        let mut unmet = self.unmet(call, answer);
        unmet.extend(missing);
        if unmet.is_empty() { Ok(()) } else { Err(Stop::Bad(unmet.join("; "))) }
    }

    fn unmet(&self, call: &Compiled, answer: &Answer<'_>) -> Vec<String> {
        let hide = |text: &str| self.scope.hide(text);
        call.expect.unmet_hiding(answer, &hide).iter().map(ToString::to_string).collect()
    }

    fn compare(&self, call: &Compiled, answer: &Answer<'_>) -> Result<(), Stop> {
        if call.same.is_empty() {
            return Ok(());
        }
        let document = answer.json().map_err(Stop::Bad)?;
        for (pointer, name) in &call.same {
            let (wanted, seen) = (text(self.scope.get(name)?), document.pointer(pointer).map(text));
            if seen.as_ref() != Some(&wanted) {
                let seen = seen.map_or_else(|| "missing".into(), |seen| quote(&self.scope.hide(&seen)));
                return Err(Stop::Bad(format!("{pointer} is {seen}, it must be ${{{name}}}, {}", quote(&self.scope.hide(&wanted)))));
            }
        }
        Ok(())
    }
}
