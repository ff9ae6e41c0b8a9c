//! The stories that the example tells.

use deployment_core::{Percent, engine::Outcome};

use crate::{
    cloud::virtually,
    stories::{Ending, Played, Story},
};

async fn play(story: Story) -> (Played, Ending) {
    let played = story.play().await.unwrap();
    let ending = played.account.ending().await.unwrap();
    assert_eq!(story.faults(&played.outcome, &ending), Vec::<String>::new(), "{}", played.told());
    (played, ending)
}

fn service(name: &str, share: Percent, definition: &str, running: i32) -> (String, Percent, String, i32) {
    (name.to_owned(), share, definition.to_owned(), running)
}

/// Blue serves version 1 as before, green runs nothing.
fn assert_blue_serves(ending: &Ending, idle: &str) {
    let expected = [service("loans-blue", Percent::ALL, "loans:1", 4), service("loans-green", Percent::ZERO, idle, 0)];
    assert_eq!(ending.services, expected);
}

/// One snapshot, which was restored and queried; what it was restored into is gone; both services are scaled as before.
fn assert_tidy(ending: &Ending) {
    assert_eq!(ending.snapshots, [Some("queried".to_owned())]);
    assert_eq!(ending.databases, ["loans"]);
    assert_eq!(ending.suspended, 0);
}

fn calls(played: &Played, name: &str) -> usize {
    played.account.world.proxy().count(name)
}

/// How often automatic scaling was suspended.
fn pauses(played: &Played) -> usize {
    let calls = played.account.world.proxy().calls();
    let suspends =
        |(name, body): &&(String, String)| name == "RegisterScalableTarget" && body.contains(r#""DynamicScalingInSuspended":true"#);
    calls.iter().filter(suspends).count()
}

#[test]
fn a_good_release_is_backed_up_expanded_deployed_and_contracted() {
    virtually(async {
        let (played, ending) = play(Story::Good).await;
        assert_eq!(played.outcome, Outcome::Succeeded);
        let expected = [service("loans-blue", Percent::ZERO, "loans:1", 0), service("loans-green", Percent::ALL, "loans:2", 4)];
        assert_eq!(ending.services, expected);
        assert_eq!(ending.migrations, (vec!["expand".to_owned(), "contract".to_owned()], 2));
        assert_eq!(ending.tasks, ["migrate apply expand", "migrate apply contract"], "each once");
        assert_tidy(&ending);
        let counts = ["RunTask", "GetMetricData", "DescribeAlarms", "TransactWriteItems", "UpdateItem", "GetItem", "Query"];
        println!("a good release of {} s: {:?}", played.took.as_secs(), counts.map(|call| (call, calls(&played, call))));
        // 10, 50, 100 %.
        assert_eq!((calls(&played, "ModifyRule"), pauses(&played)), (3, 2));
        // The simulator's calls name what they only ask about.
        let all =
            played.account.world.proxy().calls().into_iter().filter(|(name, _)| name != "SimulatePrincipalPolicy").collect::<Vec<_>>();
        let first = |part: &str| all.iter().position(|(name, body)| format!("{name} {body}").contains(part)).expect(part);
        let order = [
            "CreateDBSnapshot",
            "RestoreDBInstanceFromDBSnapshot",
            "DeleteDBInstance",
            r#"["migrate","apply","expand"]"#,
            "ModifyRule",
            r#"["migrate","apply","contract"]"#,
        ];
        assert!(order.map(first).is_sorted(), "{:?}", order.map(first));
    });
}

#[test]
fn a_bad_release_goes_back_by_itself_and_takes_its_expansion_with_it() {
    virtually(async {
        let (played, ending) = play(Story::Bad).await;
        let Outcome::RolledBack { cause, .. } = &played.outcome else { panic!("{:?}", played.outcome) };
        assert!(cause.starts_with("error-rate: error rate > 5 %") && cause.ends_with("held for 300 s"), "{cause}");
        assert_blue_serves(&ending, "loans:2");
        assert_eq!(ending.migrations, (vec![], 2), "applied and taken back");
        assert_eq!(ending.tasks, ["migrate apply expand", "migrate revert expand"]);
        assert_tidy(&ending);
        assert!(!Story::Good.faults(&played.outcome, &ending).is_empty(), "this is no good release's end");
        // To 10 % and back.
        assert_eq!((calls(&played, "ModifyRule"), pauses(&played)), (2, 2));
    });
}

#[test]
fn a_failed_migration_lets_nothing_be_launched_and_says_why() {
    virtually(async {
        let (played, ending) = play(Story::FailedMigration).await;
        let Outcome::Rejected { reason } = &played.outcome else { panic!("{:?}", played.outcome) };
        assert!(reason.contains("exit code 3") && reason.contains("canceling statement due to lock timeout"), "{reason}");
        assert_blue_serves(&ending, "loans:1");
        assert_eq!(ending.migrations, (vec![], 0));
        assert_eq!(ending.tasks[0], "migrate apply expand");
        assert!(!ending.tasks.iter().any(|command| command.contains("contract")), "{:?}", ending.tasks);
        assert_tidy(&ending);
        for other in [Story::Good, Story::Bad] {
            assert!(!other.faults(&played.outcome, &ending).is_empty(), "{other:?}");
        }
        // The set-up has registered the only task definition.
        assert_eq!(["RegisterTaskDefinition", "UpdateService", "ModifyRule"].map(|call| calls(&played, call)), [1, 0, 0]);
    });
}
