//! What a notifier would not take is kept, found and counted, and changes no decision.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deployment_core::{
    Actor, DeploymentId, EnvironmentName, Error, ErrorKind, Options, Orchestrator, Plan, Plugins, Status, Until,
    engine::Outcome,
    journal::{FileJournal, Journal, MemoryJournal},
    memory::MemoryTarget,
    notify::{self, Event, Notifier, Severity},
    plan::Capacity,
    runtime::Undelivered,
    strategy::BlueGreen,
    testkit::{
        TokioClock,
        fake::FakeNotifier,
        faults::{Call, Faults},
        sample,
    },
};

const ATTEMPTS: u32 = 2;

/// One deployment that tells a notifier what is of this severity and above, to its good end.
struct Scene {
    journal: Arc<dyn Journal>,
    plugins: Plugins,
    id: DeploymentId,
}

impl Scene {
    fn orchestrator(journal: &Arc<dyn Journal>, plugins: &Plugins) -> Orchestrator {
        let options = Options { notice_attempts: ATTEMPTS, notice_grace: Duration::from_secs(1), ..Options::default() };
        let clock = Arc::new(TokioClock::starting_at(sample::NOON));
        Orchestrator::builder(Arc::clone(journal), plugins.clone()).options(options).clock(clock).build()
    }

    async fn with(journal: Arc<dyn Journal>, notifier: impl Notifier, from: Severity) -> Self {
        let target = MemoryTarget::builder().serving(sample::release("1"), 2).build();
        let plugins = Plugins::new().target("backend", target).unwrap().notifier("chat", notifier).unwrap();
        let plan = Plan::builder(sample::release("2"), EnvironmentName::new("production").unwrap(), Actor::new("ada").unwrap());
        let plan = plan.deploy("backend", Capacity::of(2), BlueGreen::new().grace(Duration::ZERO)).notify("chat", from);
        let orchestrator = Self::orchestrator(&journal, &plugins);
        let id = orchestrator.start(&plan.build(&plugins).unwrap()).await.unwrap();
        let scene = Self { journal, plugins, id };
        scene.drive().await;
        scene
    }

    async fn new(notifier: impl Notifier, from: Severity) -> Self {
        Self::with(Arc::new(MemoryJournal::new()), notifier, from).await
    }

    /// Drives it, again where it has ended: nothing of a notifier's changes how.
    async fn drive(&self) {
        let ended = Self::orchestrator(&self.journal, &self.plugins).drive(&self.id, Until::End).await.unwrap();
        assert_eq!(ended.outcome(), Some(&Outcome::Succeeded));
    }

    /// What somebody sees who has the journal and no plugins.
    async fn undelivered(&self) -> Vec<Undelivered> {
        Self::orchestrator(&self.journal, &Plugins::new()).undelivered(&self.id).await.unwrap()
    }

    /// The numbers of the events that were given up, and of those that wait.
    async fn numbers(&self) -> (Vec<u64>, Vec<u64>) {
        match self.undelivered().await.as_slice() {
            [] => (Vec::new(), Vec::new()),
            [chat] => {
                assert_eq!(chat.notifier.as_str(), "chat");
                (chat.given_up.iter().map(number).collect(), chat.waiting.iter().map(number).collect())
            }
            more => panic!("{more:?}"),
        }
    }

    /// The numbers of all events of at least this severity.
    async fn all(&self, from: Severity) -> Vec<u64> {
        let entries = self.journal.read(&self.id, 0).await.unwrap();
        let events = entries.iter().map(|entry| Event::of(&self.id, entry));
        events.filter(|event| event.severity >= from).map(|event| number(&event)).collect()
    }
}

fn number(event: &Event) -> u64 {
    event.key.rsplit('/').next().unwrap().parse().unwrap()
}

fn refused() -> Error {
    Error::new(ErrorKind::Failed, "notify", "no")
}

#[tokio::test(start_paused = true)]
async fn who_was_told_everything_is_owed_nothing() {
    let scene = Scene::new(FakeNotifier::new(), Severity::Detail).await;
    assert!(scene.undelivered().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_given_up_is_a_dead_letter_and_the_next_one_follows() {
    let notifier = FakeNotifier::new();
    notifier.fail_next(3 * ATTEMPTS as usize);
    let scene = Scene::new(notifier.clone(), Severity::Detail).await;
    let all = scene.all(Severity::Detail).await;
    assert_eq!(scene.numbers().await, (all[..3].to_vec(), vec![]));
    assert_eq!(notifier.events().iter().map(number).collect::<Vec<_>>(), all[3..], "the others were told");
    let chat = scene.undelivered().await.remove(0);
    assert!(chat.given_up[0].text.contains("started"), "{:?}", chat.given_up[0]);
    // They are not tried again.
    let tries = notifier.tries();
    scene.drive().await;
    assert_eq!(notifier.tries(), tries);
    assert_eq!(scene.numbers().await, (all[..3].to_vec(), vec![]));
}

#[tokio::test(start_paused = true)]
async fn dead_letters_lie_anywhere_and_only_among_what_the_notifier_is_to_be_told() {
    for from in [Severity::Detail, Severity::Info] {
        let odd =
            notify::from_fn(
                "even numbers only",
                |event| async move { if number(&event).is_multiple_of(2) { Ok(()) } else { Err(refused()) } },
            );
        let scene = Scene::new(odd, from).await;
        // The grace at the end is short: the next drivers go on where it was over.
        while !scene.numbers().await.1.is_empty() {
            scene.drive().await;
        }
        let odd: Vec<_> = scene.all(from).await.into_iter().filter(|number| !number.is_multiple_of(2)).collect();
        assert!(odd.len() > 3, "{odd:?}");
        assert_eq!(scene.numbers().await.0, odd, "{from}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_told_by_the_next_driver_and_what_was_given_up_outlives_the_process() {
    let root = tempfile::tempdir().unwrap();
    let broken = Arc::new(AtomicBool::new(true));
    let told = FakeNotifier::new();
    let chat = {
        let (broken, told) = (Arc::clone(&broken), told.clone());
        notify::from_fn("a channel that is down", move |event| {
            let (broken, told) = (broken.load(Ordering::SeqCst), told.clone());
            async move { if broken { Err(refused()) } else { told.notify(&event).await } }
        })
    };
    let mut scene = Scene::with(Arc::new(FileJournal::open(root.path()).unwrap()), chat, Severity::Info).await;
    let (dead, waiting) = scene.numbers().await;
    assert!(!dead.is_empty() && !waiting.is_empty(), "{dead:?} {waiting:?}");
    assert_eq!([dead.clone(), waiting.clone()].concat(), scene.all(Severity::Info).await);

    // Another process, once the channel is up again.
    scene.journal = Arc::new(FileJournal::open(root.path()).unwrap());
    broken.store(false, Ordering::SeqCst);
    scene.drive().await;
    assert_eq!(scene.numbers().await, (dead, vec![]));
    assert_eq!(told.events().iter().map(number).collect::<Vec<_>>(), waiting);
    // It belongs to the deployment, and goes with it.
    scene.journal.remove(&scene.id).await.unwrap();
    let gone = Scene::orchestrator(&scene.journal, &scene.plugins).undelivered(&scene.id).await;
    assert_eq!(gone.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn whichever_write_fails_no_dead_letter_is_lost_or_kept_twice() {
    for nth in 1..=8 {
        let (notifier, faults) = (FakeNotifier::new(), Faults::new());
        notifier.fail_next(100);
        faults.fail(Call::named("journal.set_cursor").nth(nth), ErrorKind::Storage, Status::Temporary);
        let scene = Scene::with(faults.journal(Arc::new(MemoryJournal::new())), notifier.clone(), Severity::Info).await;
        notifier.fail_next(0);
        scene.drive().await;
        let (dead, waiting) = scene.numbers().await;
        let told: Vec<_> = notifier.events().iter().map(number).collect();
        assert!(!dead.is_empty() && waiting.is_empty(), "write {nth}: {dead:?} {waiting:?}");
        assert_eq!([dead, told].concat(), scene.all(Severity::Info).await, "write {nth}");
    }
}
