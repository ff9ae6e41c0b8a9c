//! The reference pipeline of a service on AWS: `cargo run --example loan_management --features aws` plays three releases against the test
//! cloud, in virtual time; with `--names FILE` it runs in the account that the file names. See `docs/aws/reference.md`.

#[path = "../../../deployment-aws/tests/cloud/mod.rs"]
mod cloud;
mod stories;

use std::process::ExitCode;

use clap::Parser;
use deployment_examples::{
    loan::{AccountOptions, deploy},
    setup::Problem,
};
use stories::Story;

/// Preflight, snapshot verified, expansion by a task of ECS, canary by a load balancer's weights, contraction.
#[derive(Debug, Parser)]
#[command(name = "loan_management")]
struct Options {
    /// Only this one of the stories that the test cloud plays.
    #[arg(long)]
    story: Option<Story>,
    #[command(flatten)]
    account: AccountOptions,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let ended = if options.account.names.is_some() { in_an_account(&options.account) } else { in_the_test_cloud(options.story) };
    ended.unwrap_or_else(|problem| {
        eprintln!("error: {problem}");
        ExitCode::FAILURE
    })
}

fn in_an_account(options: &AccountOptions) -> Result<ExitCode, Problem> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(deploy(options))
}

/// Each story in an account of its own.
fn in_the_test_cloud(story: Option<Story>) -> Result<ExitCode, Problem> {
    let stories = story.map_or(Story::ALL.to_vec(), |story| vec![story]);
    let mut as_expected = true;
    for story in stories {
        println!("== {}\n", story.title());
        let (played, ending) = cloud::virtually(async {
            let played = Box::pin(story.play()).await?;
            let ending = played.account.ending().await?;
            Ok::<_, Problem>((played, ending))
        })?;
        println!("{}\n\n{ending}", played.told());
        for fault in story.faults(&played.outcome, &ending) {
            println!("NOT as it must be: {fault}");
            as_expected = false;
        }
        println!();
    }
    Ok(if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
