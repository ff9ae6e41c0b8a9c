//! A stage that stays up, and the journal beside it.

use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    time::Duration,
};

use deployment_core::{DeploymentId, Ended, Orchestrator, Until, engine::Outcome, plan::Attendance};
use serde::{Deserialize, Serialize};

use super::{args::UpArgs, out::Out};
use crate::{
    demo::Behaviour,
    load::LoadOptions,
    roles::{spawn_load, spawn_stage},
    setup::{BACKEND, FRONTEND, Hook, How, Order, Problem, Setup, StrategyKind, release},
    stage::StageOptions,
};

/// From how few requests nothing is concluded.
const MIN_SAMPLES: u64 = 5;
const FILE: &str = "stage.json";

/// Where everything is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Site {
    pub(super) setup: Setup,
    fronts: BTreeMap<String, SocketAddr>,
    /// The load generators' processes.
    load: Vec<u32>,
    #[serde(skip)]
    file: PathBuf,
}

impl Site {
    pub(super) fn open(data: &Path) -> Result<Self, Problem> {
        let file = data.join(FILE);
        let text = fs::read(&file).map_err(|error| format!("no stage in {}: {error}; start one with `stage up`", data.display()))?;
        Ok(Self { file, ..serde_json::from_slice(&text)? })
    }

    pub(super) async fn up(data: &Path, args: &UpArgs, out: Out) -> Result<ExitCode, Problem> {
        if let Ok(site) = Self::open(data)
            && site.setup.client().observe().await.is_ok()
        {
            return Err(format!("a stage is up at {}; end it with `stage down`", site.setup.control).into());
        }
        fs::create_dir_all(data)?;
        let data = data.canonicalize()?;
        let stage = spawn_stage(&StageOptions::new([BACKEND, FRONTEND]), Some(&data.join("stage.log"))).await?;
        let targets = vec![BACKEND.to_owned(), FRONTEND.to_owned()];
        // A stage starts empty, and so does its journal.
        let journal = data.join(format!("journal-{}", crate::clock::unix_millis()));
        let mut setup = Setup::new(stage.addresses().control, journal, targets, MIN_SAMPLES);
        setup.hook = args.hook.clone().map(|program| Hook { program, seconds: args.hook_seconds });
        (setup.rollback_gates, setup.notify) = (args.rollback_gate.clone(), args.notify.clone());
        let mut site = Self { setup, fronts: stage.addresses().fronts.clone(), load: Vec::new(), file: data.join(FILE) };
        site.save()?;
        site.first().await?;
        if args.load > 0.0 {
            for (name, front) in &site.fronts {
                let options = LoadOptions { duration_ms: args.load_seconds * 1_000, ..LoadOptions::new(*front, args.load) };
                site.load.extend(spawn_load(&options, &data.join(format!("load-{name}.json"))).await?.id());
            }
            site.save()?;
        }
        let fronts: Vec<_> = site.fronts.iter().map(|(name, front)| format!("{name} at http://{front}")).collect();
        out.say(format!("the stage is up with version 1: {}", fronts.join(", ")), &site)?;
        Ok(ExitCode::SUCCESS)
    }

    pub(super) async fn down(self, out: Out) -> Result<ExitCode, Problem> {
        for load in &self.load {
            // The generator may have ended by itself.
            process::Command::new("kill").arg(load.to_string()).stderr(process::Stdio::null()).status()?;
        }
        self.setup.client().shutdown().await?;
        fs::remove_file(&self.file)?;
        out.say("the stage is down", &self)?;
        Ok(ExitCode::SUCCESS)
    }

    pub(super) fn orchestrator(&self) -> Result<Orchestrator, Problem> {
        Ok(self.setup.orchestrator()?)
    }

    /// The deployment that is meant: this one, or the latest.
    pub(super) async fn meant(&self, id: Option<DeploymentId>) -> Result<DeploymentId, Problem> {
        if let Some(id) = id {
            return Ok(id);
        }
        let latest = self.orchestrator()?.list().await?.pop();
        Ok(latest.map(|latest| latest.deployment).ok_or("there is no deployment yet")?)
    }

    fn save(&self) -> Result<(), Problem> {
        Ok(fs::write(&self.file, serde_json::to_vec_pretty(self)?)?)
    }

    /// Version 1 of both parts.
    async fn first(&self) -> Result<(), Problem> {
        let order = Order {
            environment: "production".to_owned(),
            author: "deployctl".to_owned(),
            targets: self.setup.targets.clone(),
            how: How::new(StrategyKind::BlueGreen, Duration::ZERO),
            approval: false,
            attendance: Attendance::Attended,
        };
        let plan = self.setup.plan(release("1", Behaviour::Good)?, &order)?;
        let orchestrator = self.orchestrator()?;
        let id = orchestrator.start(&plan).await?;
        match orchestrator.drive(&id, Until::End).await? {
            Ended::Outcome(Outcome::Succeeded) => Ok(()),
            other => Err(format!("version 1 could not be deployed: {other:?}").into()),
        }
    }
}
