//! Somebody else's rollout takes the place of the deployment's own: a person decides, and nothing of theirs is undone.

use std::time::Duration;

use deployment_core::{memory::MemoryTarget, plan::Capacity, strategy::Rolling, target::Target as _, testkit::sample};

use crate::scene::{Desk, begin, builder, is_halted, outcome, serves, with};

#[tokio::test(start_paused = true)]
async fn a_rollout_of_somebody_else_in_the_middle_halts_and_goes_on() {
    for read_lag in [Duration::ZERO, Duration::from_secs(10)] {
        let target = MemoryTarget::builder().serving(sample::release("1"), 4).read_lag(read_lag).build();
        let (desk, plugins) = (Desk::new(), with(&target));
        let plan = builder().deploy("backend", Capacity::of(4), Rolling::new().platform_run()).build(&plugins).unwrap();
        let (_, mut handle) = begin(&desk.process(&plugins), &plan).await;
        tokio::time::sleep(read_lag + Duration::from_secs(3)).await;
        target.replace(&sample::effect("hotfix", 1), &sample::release("9"), 4).await.unwrap();
        is_halted(&outcome(handle.wait().await.unwrap()), "somebody else's rollout");
        tokio::time::sleep(Duration::from_secs(120)).await;
        assert_eq!(serves(&target), "9");
    }
}
