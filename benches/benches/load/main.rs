//! Whether the load test measures what is true: against a server in another process that holds each answer back for 5 to 500 ms and keeps a
//! log of how long it really did. At each rate, the rate must be held within 2 %, and p50, p95 and p99 must be within 1 % + 1 ms of the log;
//! and a stall of the server for 1 s must show in p99. How late requests were sent is told beside it: it is a part of what is measured.
//!
//! On Linux the server and the test each have a core of their own: otherwise it is measured how long one waits for the other to give it up.
//!
//! `cargo bench -p deployment-benches --bench load`, 1 minute.

mod affinity;
mod server;

use std::time::Duration;

use deployment_checks::{
    http::{HttpClient, HttpRequest},
    load::{LoadReport, LoadTest, Quantiles},
    net::{AddressPolicy, Network},
    secret::SafeUrl,
};
use deployment_core::{
    health::{self, HealthCheck, HealthReport},
    testkit::sample,
};

use server::{Held, Server};

type Failure = Box<dyn std::error::Error>;

/// Requests per second.
const RATES: [f64; 4] = [50.0, 500.0, 2_000.0, 5_000.0];
const WARM_UP: Duration = Duration::from_secs(3);
const MEASURED: Duration = Duration::from_secs(10);

fn main() -> Result<(), Failure> {
    if server::is_wanted() {
        affinity::pin(0)?;
        return server::serve();
    }
    affinity::pin(1)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let mut wrong = Vec::new();
    let titles = ["p50/p95/p99 by the server", "as measured", "sent late by"];
    println!("{:>6} {:>8} {:>6} {:>27} {:>27} {:>21}", "asked", "sent/s", "failed", titles[0], titles[1], titles[2]);
    for rate in RATES {
        let server = Server::start()?;
        let report = runtime.block_on(run(&server, rate))?;
        let held = server.stop()?;
        line(rate, &held, &report);
        wrong.extend(faults(rate, &held, &report));
    }
    wrong.extend(runtime.block_on(stall())?);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ").into()) }
}

/// The warm-up asks for what the server does not log, so that both sides measure the same requests.
async fn run(server: &Server, rate: f64) -> Result<LoadReport, Failure> {
    let context = sample::health(sample::NOON);
    LoadTest::new(get(server, "/unlogged")?, rate, WARM_UP)?.run(&context).await?;
    Ok(LoadTest::new(get(server, "/")?, rate, MEASURED)?.run(&context).await?)
}

/// One request; connections are kept for as many as are open at once.
fn get(server: &Server, path: &str) -> Result<impl HealthCheck, Failure> {
    let network = Network::new(AddressPolicy::default().allow("127.0.0.1/32")?);
    let client = HttpClient::builder().network(network).keep(10_000, 10_000).build()?;
    let request = HttpRequest::get(SafeUrl::parse(&format!("http://127.0.0.1:{}{path}", server.port()))?);
    Ok(health::from_fn("GET", move |_| {
        let (client, request) = (client.clone(), request.clone());
        async move {
            let status = client.send(&request).await?.status();
            Ok(if status.is_success() { HealthReport::healthy("") } else { HealthReport::unhealthy(status.to_string()) })
        }
    }))
}

fn line(rate: f64, held: &Held, report: &LoadReport) {
    let shown = |times: [Duration; 3], digits| times.map(|time| format!("{:.digits$}", time.as_secs_f64() * 1e3)).join("/") + " ms";
    let [truth, seen] = [held.quantiles, three(&report.latency)].map(|times| shown(times, 1));
    let (failed, sent, lag) = (report.scheduled - report.good, report.sent_rate(), shown(three(&report.lag), 2));
    println!("{rate:>6} {sent:>8.1} {failed:>6} {truth:>27} {seen:>27} {lag:>21}");
}

fn three(times: &Quantiles) -> [Duration; 3] {
    [times.p50, times.p95, times.p99]
}

fn faults(rate: f64, held: &Held, report: &LoadReport) -> Vec<String> {
    let mut faults = Vec::new();
    if (report.sent_rate() / rate - 1.0).abs() > 0.02 {
        faults.push(format!("{:.1} instead of {rate} requests per second", report.sent_rate()));
    }
    if report.good != report.scheduled {
        faults.push(format!("{} requests failed at {rate} per second: {:?}", report.scheduled - report.good, report.failures));
    }
    for ((name, truth), seen) in ["p50", "p95", "p99"].into_iter().zip(held.quantiles).zip(three(&report.latency)) {
        if seen.abs_diff(truth) > truth / 100 + Duration::from_millis(1) {
            faults.push(format!("at {rate} per second {name} is measured as {seen:?}, the server held it for {truth:?}"));
        }
    }
    faults
}

/// 10 s of 500 requests per second, in which the server does nothing for 1 s: one request in ten waits for it.
async fn stall() -> Result<Option<String>, Failure> {
    let server = Server::start()?;
    let test = LoadTest::new(get(&server, "/fast")?, 500.0, MEASURED)?.warm_up(WARM_UP);
    let context = sample::health(sample::NOON);
    let stalling = async {
        tokio::time::sleep(WARM_UP + MEASURED / 2).await;
        let stall = get(&server, "/stall")?;
        stall.check(&context).await?;
        Ok::<_, Failure>(())
    };
    let (report, stalled) = tokio::join!(test.run(&context), stalling);
    let (report, ()) = (report?, stalled?);
    server.stop()?;
    let three = three(&report.latency).map(|time| format!("{:.0}", time.as_secs_f64() * 1e3)).join("/");
    println!("a stall of 1 s at 500 requests per second of 5 ms each: p50/p95/p99 {three} ms, by when they were due");
    let shows = report.latency.p99 >= Duration::from_millis(850) && report.latency.p99 <= Duration::from_millis(1_100);
    Ok((!shows).then(|| format!("a stall of 1 s shows as a p99 of {:?}", report.latency.p99)))
}
