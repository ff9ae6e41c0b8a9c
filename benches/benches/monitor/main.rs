//! 10 000 `HttpCheck`s every 30 s in one monitor on one thread, each to a name and an address of its own, against a server in another
//! process: share of one core and peak memory of this process alone, with limits; and the same rate by `wrk` beside it, as the floor.
//! Names are looked up in a table: what a name server takes is not the monitor's. `cargo bench -p deployment-benches --bench monitor`,
//! 3 minutes; it needs `wrk`.

mod floor;
mod server;
mod usage;

use std::{net::IpAddr, time::Duration};

use async_trait::async_trait;
use deployment_checks::{
    expect::{Expect, JsonRule},
    health::{HttpCheck, Limits},
    http::HttpClient,
    monitor::{HealthMonitor, Monitored, Snapshot, State},
    net::{AddressPolicy, Network, Resolve},
    secret::SafeUrl,
};
use deployment_core::{EnvironmentName, Error, Result, ServiceName};
use tokio::time::{Instant, sleep};

use server::Server;

type Failure = Box<dyn std::error::Error>;

const CHECKS: u32 = 10_000;
const INTERVAL: Duration = Duration::from_secs(30);
/// Every check has looked, and two rounds are measured.
const WARM_UP: Duration = Duration::from_secs(34);
const MEASURED: Duration = Duration::from_secs(60);

fn main() -> Result<(), Failure> {
    if server::is_wanted() {
        return server::serve();
    }
    floor::can_be_shown()?;
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let monitor = runtime.block_on(monitor(server.port()))?;
    drop(runtime);
    let rate = f64::from(CHECKS) / INTERVAL.as_secs_f64();
    println!("{CHECKS} HTTP checks every {} s, {rate:.0} a second:", INTERVAL.as_secs());
    println!("  looks in {} s: {}, all up", MEASURED.as_secs(), monitor.looks);
    println!("  CPU: {:.1} % of one core (limit 25), {:.0} µs a look", monitor.cpu, monitor.cpu * 1e4 / rate);
    println!("  peak memory: {:.0} MiB (limit 200)", monitor.memory);
    floor::print(server.port(), rate)?;
    let served = server.stop()?;
    println!("  the server answered {served} requests in all");
    if monitor.cpu >= 25.0 || monitor.memory >= 200.0 { Err("a limit is exceeded".into()) } else { Ok(()) }
}

struct Measured {
    looks: u64,
    cpu: f64,
    memory: f64,
}

async fn monitor(port: u16) -> Result<Measured, Failure> {
    let monitor = HealthMonitor::builder(ServiceName::new("shop")?, EnvironmentName::new("bench")?).start()?;
    let network = Network::new(AddressPolicy::default().allow("127.0.0.0/8")?).with_resolver(Table);
    let client = HttpClient::builder().network(network).build()?;
    for number in 0..CHECKS {
        monitor.add(Monitored::new(format!("check {number}"), check(&client, number, port)?).every(INTERVAL))?;
    }
    sleep(WARM_UP).await;
    let looks = looks(&monitor.snapshot())?;
    let (begin, before) = (Instant::now(), usage::own()?);
    sleep(MEASURED).await;
    let cpu = (usage::own()? - before).as_secs_f64() / begin.elapsed().as_secs_f64() * 100.0;
    let looks = self::looks(&monitor.snapshot())? - looks;
    let expected = u64::from(CHECKS) * MEASURED.as_secs() / INTERVAL.as_secs();
    if looks.abs_diff(expected) > expected / 20 {
        return Err(format!("{looks} looks instead of {expected}").into());
    }
    Ok(Measured { looks, cpu, memory: usage::peak_memory()? })
}

/// What a check of a service's `/health` usually is: one request, a status, a value in the answer, and a limit for the time.
fn check(client: &HttpClient, number: u32, port: u16) -> Result<HttpCheck> {
    let url = SafeUrl::parse(&format!("http://service-{number}.bench:{port}/health"))?;
    let slow = Limits::new(Duration::from_secs(1), Duration::from_secs(4));
    HttpCheck::builder(url).client(client.clone()).expect(Expect::new().json("/status", JsonRule::equals("ok"))?).latency(slow).build()
}

/// Knows `service-<number>.bench`: an address of this machine for each.
#[derive(Debug)]
struct Table;

#[async_trait]
impl Resolve for Table {
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>> {
        let number = name.strip_prefix("service-").and_then(|rest| rest.strip_suffix(".bench")).and_then(|number| number.parse().ok());
        let number: u32 = number.ok_or_else(|| Error::invalid("name", "is not in the table"))?;
        let [_, _, high, low] = number.to_be_bytes();
        Ok(vec![IpAddr::from([127, 1, high, low])])
    }
}

/// How many looks there were; an error if a check is not up or had no place.
fn looks(snapshot: &Snapshot) -> Result<u64, Failure> {
    let bad = snapshot.checks.iter().find(|check| check.state != State::Up || check.skipped > 0);
    match bad {
        Some(check) => Err(format!("{} of {CHECKS} are up, for instance {check:?}", snapshot.count(State::Up)).into()),
        None => Ok(snapshot.checks.iter().map(|check| check.looks).sum()),
    }
}
