//! A stage, its service and its traffic to be started by hand: `stage-host __stage --service backend`.

use deployment_examples::roles;

fn main() {
    roles::dispatch();
    eprintln!("usage: stage-host __stage|__demo|__load [OPTIONS], see --help of each");
    std::process::exit(2);
}
