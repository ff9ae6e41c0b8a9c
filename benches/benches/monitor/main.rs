//! 10 000 HTTP checks every 30 s in one monitor on one thread, each to an address of its own (`127.x.y.z`), against a server in another
//! process: share of one core and peak memory of this process alone, with limits; and the same rate by `wrk` beside it, as the floor.
//! `cargo bench -p deployment-benches --bench monitor`, 3 minutes.

mod floor;
mod server;
mod usage;

use std::time::Duration;

use deployment_checks::{
    http::{HttpClient, HttpRequest, StatusCode},
    monitor::{HealthMonitor, Monitored, Snapshot, State},
    net::{AddressPolicy, Network},
    secret::SafeUrl,
};
use deployment_core::{
    EnvironmentName, ServiceName,
    health::{self, HealthCheck, HealthReport},
};
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
    let client = HttpClient::builder().network(Network::new(AddressPolicy::default().allow("127.0.0.0/8")?)).build()?;
    for number in 0..CHECKS {
        let [_, _, high, low] = number.to_be_bytes();
        let url = SafeUrl::parse(&format!("http://127.1.{high}.{low}:{port}/health"))?;
        monitor.add(Monitored::new(format!("check {number}"), check(client.clone(), HttpRequest::get(url))).every(INTERVAL))?;
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

/// What a check of a service's `/health` costs at least: one request, its answer read to the end.
fn check(client: HttpClient, request: HttpRequest) -> impl HealthCheck {
    health::from_fn(format!("GET {}", request.url()), move |_| {
        let (client, request) = (client.clone(), request.clone());
        async move {
            let response = client.send(&request).await?;
            let (status, text) = (response.status(), response.text()?);
            Ok(if status == StatusCode::OK {
                HealthReport::healthy(format!("{status}: {text}"))
            } else {
                HealthReport::unhealthy(format!("{status}: {text}"))
            })
        }
    })
}

/// How many looks there were; an error if a check is not up or had no place.
fn looks(snapshot: &Snapshot) -> Result<u64, Failure> {
    let bad = snapshot.checks.iter().find(|check| check.state != State::Up || check.skipped > 0);
    match bad {
        Some(check) => Err(format!("{} of {CHECKS} are up, for instance {check:?}", snapshot.count(State::Up)).into()),
        None => Ok(snapshot.checks.iter().map(|check| check.looks).sum()),
    }
}
