//! The pipeline in an account of AWS, by the wall clock, with the credentials of the environment.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use deployment_aws::rds::{DatabaseCheck, RestoredDatabase, check_fn};
use deployment_core::{
    Actor, DeploymentId, Ended, Error, ErrorKind, Orchestrator, Release, Result, Timestamp, Until,
    engine::Outcome,
    journal::Journal as _,
    notify::Event,
    program::{Program, ProgramEnd},
    time::{Clock as _, SystemClock},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{Names, Pipeline, line};
use crate::setup::{Problem, attend};

/// How long the program may take that asks the restored copy.
const CHECK: Duration = Duration::from_secs(300);

/// What a run in an account is told.
#[derive(Debug, Clone, clap::Args)]
pub struct AccountOptions {
    /// Run in the account that this file names, with the credentials of the environment, instead of against the test cloud.
    #[arg(long, value_name = "FILE", conflicts_with = "story")]
    pub names: Option<PathBuf>,
    /// The image to deploy: REPOSITORY@sha256:…
    #[arg(long, requires = "names")]
    pub image: Option<String>,
    /// What people call the release; the beginning of the image's digest, unless told otherwise.
    #[arg(long, requires = "names", value_name = "VERSION")]
    pub release: Option<String>,
    /// Who deploys.
    #[arg(long, requires = "names", default_value = "loan_management")]
    pub author: String,
    /// Only look: the plan, what it changes, and the preflight.
    #[arg(long, requires = "names")]
    pub dry_run: bool,
    /// Only print the policy for the role that is to run it. Ask with credentials that may look at everything.
    #[arg(long, requires = "names", conflicts_with_all = ["image", "release", "dry_run", "resume"])]
    pub policy: bool,
    /// Go on with the deployment of this id, which another process has left, as it was planned.
    #[arg(long, requires = "names", conflicts_with_all = ["image", "release", "dry_run"], value_name = "ID")]
    pub resume: Option<DeploymentId>,
}

/// Deploys, or shows what would be done. Success only if the release serves in the end.
///
/// # Errors
/// With everything that is wrong with the names; what the preflight has found; what does not fit in the plan; the journal's own.
pub async fn deploy(options: &AccountOptions) -> std::result::Result<ExitCode, Problem> {
    let file = options.names.as_deref().ok_or("--names is missing")?;
    let text = std::fs::read_to_string(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let names = Names::from_json(&text)?;
    let config = config(&names).await;
    deploy_in(options, names, config).await
}

/// The same with names and credentials that the caller has.
///
/// # Errors
/// As [`deploy`].
pub async fn deploy_in(options: &AccountOptions, names: Names, config: SdkConfig) -> std::result::Result<ExitCode, Problem> {
    let pipeline = Pipeline::new(names.clone(), config);
    let plugins = pipeline.plugins(asked_by(&names.backup_check))?;
    let orchestrator = Orchestrator::builder(pipeline.journal(), plugins.clone()).build();
    if let Some(id) = &options.resume {
        // The services are on their way: only the account is looked at.
        pipeline.account()?.check().await?;
        return drive(&pipeline, orchestrator, id).await;
    }
    if options.policy {
        println!("{}", pipeline.preflight(asked_by(&names.backup_check))?.needs().await?.policy());
        return Ok(ExitCode::SUCCESS);
    }
    let image = options.image.as_deref().ok_or("--image is missing; give REPOSITORY@sha256:…")?;
    let plan = pipeline.plan(release(&names, image, options.release.as_deref()), Actor::new(&options.author)?, &plugins)?;
    println!("{plan}\n");
    let warnings = pipeline.preflight(asked_by(&names.backup_check))?.check().await?;
    warnings.iter().for_each(|warning| println!("Warning: {warning}"));
    println!("Preflight: account {} in {} has all that this needs, as it must be.", names.account, names.region);
    println!("{}", orchestrator.dry_run(&plan).await?);
    if options.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    pipeline.journal().create_table().await?;
    let id = orchestrator.start(&plan).await?;
    println!("Deployment {id}; if this process ends before it does, go on with --resume {id}.");
    drive(&pipeline, orchestrator, &id).await
}

async fn config(names: &Names) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).region(Region::new(names.region.clone())).load().await
}

fn release(names: &Names, image: &str, version: Option<&str>) -> Release {
    let digest = image.rsplit_once(':').map_or(image, |(_, digest)| digest);
    let version = version.unwrap_or_else(|| digest.get(..12).unwrap_or(digest));
    Release::new(names.service.clone(), version).artifact(image)
}

/// Drives a deployment to its end, and says what happens.
async fn drive(pipeline: &Pipeline, orchestrator: Orchestrator, id: &DeploymentId) -> std::result::Result<ExitCode, Problem> {
    let began = pipeline.journal().read(id, 0).await?.first().map_or_else(|| SystemClock.now(), |entry| entry.at);
    let telling = tokio::spawn(tell(orchestrator.events(), began));
    let ended = attend(orchestrator.spawn(id, Until::End), || println!("Stopping at a safe point.")).await?;
    // Nobody says anything any more, unless it was left as it is.
    drop(orchestrator);
    if ended.is_some() {
        telling.await?;
    }
    Ok(match ended {
        Some(Ended::Outcome(outcome)) => {
            println!("Outcome: {outcome}");
            if matches!(outcome, Outcome::Succeeded | Outcome::Unchanged) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        _ => {
            println!("It is not at its end: go on with --resume {id}.");
            ExitCode::FAILURE
        }
    })
}

async fn tell(mut events: Receiver<Arc<Event>>, began: Timestamp) {
    loop {
        match events.recv().await {
            Ok(event) => line(&event, began).iter().for_each(|line| println!("{line}")),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// A program of the team's, which is told where the restored copy is and ends with 0 if it holds what it should.
fn asked_by(command: &[String]) -> impl DatabaseCheck + use<> {
    let (path, arguments) = (command.first().cloned().unwrap_or_default(), command.get(1..).unwrap_or_default().to_vec());
    check_fn(format!("the program {path}"), move |database: RestoredDatabase| {
        let program = Program::new(&path, arguments.clone())
            .timeout(CHECK)
            .variable("DATABASE_HOST", &database.host)
            .variable("DATABASE_PORT", database.port.to_string());
        async move { answer(program.run().await?) }
    })
}

fn answer(end: ProgramEnd) -> Result<()> {
    let failed = |message: String| Err(Error::new(ErrorKind::Failed, "ask the restored database", message));
    match end {
        ProgramEnd::Exited { status, .. } if status.success() => Ok(()),
        ProgramEnd::Exited { status, stderr, .. } => failed(format!("the check ended with {status}: {}", stderr.trim_end())),
        ProgramEnd::Overdue => failed(format!("the check took more than {} s", CHECK.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    async fn asked(command: &[&str]) -> Result<()> {
        let command: Vec<_> = command.iter().map(ToString::to_string).collect();
        let copy = RestoredDatabase { identifier: "verify-1".into(), engine: "postgres".into(), host: "copy.test".into(), port: 5432 };
        asked_by(&command).check(&copy).await
    }

    #[tokio::test]
    async fn the_program_is_told_where_the_copy_is_and_its_end_is_the_answer() {
        let knows = r#"test "$DATABASE_HOST:$DATABASE_PORT" = copy.test:5432"#;
        asked(&["/bin/sh", "-c", knows]).await.unwrap();
        let told = asked(&["/bin/sh", "-c", "echo the loans are gone >&2; exit 3"]).await.unwrap_err().to_string();
        assert!(told.contains("exit status: 3") && told.contains("the loans are gone"), "{told}");
        asked(&["/nowhere/count-loans"]).await.unwrap_err();
    }
}
