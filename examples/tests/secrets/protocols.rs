//! Checks of other protocols, and metric sources: each with a secret.

use std::{fmt, sync::Arc, time::Duration};

use deployment_checks::{
    expect::{Expect, TextRule},
    health::{Access, CommandCheck, GrpcCheck, HttpCheck, HttpCheckBuilder, Limits, MongoCheck, PostgresCheck, RedisCheck, SmtpCheck},
    metric::{NumberSource, json::JsonEndpoint, prometheus::Prometheus},
    secret::{SafeUrl, Secret},
};
use deployment_core::{
    RevisionId,
    health::{self, HealthCheck, HealthReport},
    testkit::sample,
    time::Window,
};

use crate::{
    deployment::{Ends, chain},
    marks::{secret, url_encoded},
    places::{Place, Site, place},
};

pub(crate) fn all(site: &Site) -> Vec<Place> {
    [servers(site), http(site), metrics(site), vec![command(site)]].into_iter().flatten().collect()
}

fn of(name: &str) -> Secret {
    Secret::new(secret(name))
}

/// A busy machine is no reason to be degraded.
fn patient() -> Limits<Duration> {
    Limits::degraded_from(Duration::from_secs(600))
}

fn servers(site: &Site) -> Vec<Place> {
    let (at, host) = (&site.servers, "127.0.0.1");
    let access = || Access::new().network(site.network()).plaintext().timeout(Duration::from_secs(30));
    let encoded = url_encoded(&secret("postgres-url"));
    let port = at.postgres;
    let dsns = [
        ("postgres-url", format!("postgres://postgres-url:{encoded}@{host}:{port}/postgres")),
        ("postgres-words", format!("host={host} port={port} user=postgres-words password='{}' dbname=postgres", secret("postgres-words"))),
    ];
    let mut all: Vec<_> = dsns
        .into_iter()
        .map(|(name, dsn)| {
            let builder = PostgresCheck::builder(Secret::new(dsn)).access(access()).query_time(patient());
            place(name, &format!("{builder:?}"), builder.build().unwrap()).proven(site)
        })
        .collect();
    let redis = || RedisCheck::builder(host, at.redis).access(access()).ping_time(patient());
    for (name, builder) in
        [("redis-password", redis().password(of("redis-password"))), ("redis-user", redis().user("redis-user").password(of("redis-user")))]
    {
        all.push(place(name, &format!("{builder:?}"), builder.build().unwrap()).proven(site));
    }
    for (name, port) in ["mail-plain", "mail-login"].into_iter().zip(at.mail) {
        let builder = SmtpCheck::builder(host, port).access(access()).login("ada", of(name)).dialogue_time(patient());
        all.push(place(name, &format!("{builder:?}"), builder.build().unwrap()));
    }
    let builder = GrpcCheck::builder(host, at.rpc).access(access()).bearer(of("grpc")).answer_time(patient());
    all.push(place("grpc", &format!("{builder:?}"), builder.build().unwrap()));
    let builder = MongoCheck::builder(host, at.documents).access(access()).login("ada", of("mongodb"));
    let (shown, check) = (format!("{builder:?}"), builder.build().unwrap());
    // No server can be had that would let it in: what it says of its refusal is shown in any case.
    all.push(if site.ends == Ends::Well {
        place("mongodb", &format!("{shown} {check:?}"), tells(site, check))
    } else {
        place("mongodb", &shown, check)
    });
    all
}

/// A check that is well if the deployment is to be, and tells all that can be seen of what it found.
fn tells(site: &Site, check: impl HealthCheck) -> impl HealthCheck {
    let (well, check) = (site.ends == Ends::Well, Arc::new(check));
    health::from_fn(format!("{check:?} {}", check.describe()), move |context| {
        let check = Arc::clone(&check);
        async move { Ok(verdict(well, &check.check(&context).await)) }
    })
}

fn verdict<T: fmt::Debug>(well: bool, found: &deployment_core::Result<T>) -> HealthReport {
    let text = match found {
        Ok(found) => format!("{found:?}"),
        Err(error) => chain(error),
    };
    if well { HealthReport::healthy(text) } else { HealthReport::unhealthy(text) }
}

fn http(site: &Site) -> Vec<Place> {
    let at = |url: SafeUrl| HttpCheck::builder(url).client(site.client()).timeout(Duration::from_secs(30));
    let whole = Secret::new(format!("{}{}", site.at, secret("http-url")));
    let all: [(&str, HttpCheckBuilder); 5] = [
        ("http-bearer", at(site.at.clone()).bearer(of("http-bearer"))),
        ("http-basic", at(site.at.clone()).basic("ada", of("http-basic"))),
        ("http-header", at(site.at.clone()).secret_header("x-key", of("http-header"))),
        ("http-query", at(site.at.with_query("key", &of("http-query")))),
        ("http-url", at(SafeUrl::from_secret(&whole).unwrap())),
    ];
    let said = || Expect::new().status("200-599".parse().unwrap()).body(TextRule::equals("never"));
    all.into_iter()
        .map(|(name, builder)| {
            // What came is quoted where it is not what was expected.
            let builder = if site.ends == Ends::Well { builder } else { builder.expect(said()) };
            place(name, &format!("{builder:?}"), builder.build().unwrap())
        })
        .collect()
}

fn metrics(site: &Site) -> Vec<Place> {
    let prometheus = || Prometheus::builder(&site.at.to_string()).unwrap().client(site.client());
    let json = || JsonEndpoint::builder(&format!("{}$service?from=$from&to=$to", site.at)).unwrap().of_service().client(site.client());
    let mut all = Vec::new();
    for (name, builder) in [
        ("prometheus-bearer", prometheus().bearer(of("prometheus-bearer"))),
        ("prometheus-basic", prometheus().basic("ada", of("prometheus-basic"))),
        ("prometheus-header", prometheus().header("x-key", of("prometheus-header"))),
        ("prometheus-tenant", prometheus().tenant(&secret("prometheus-tenant"))),
    ] {
        let shown = format!("{builder:?}");
        all.push(source(site, name, &shown, builder.build().unwrap().number("max(load)").unwrap()));
    }
    for (name, builder) in [
        ("json-bearer", json().bearer(of("json-bearer"))),
        ("json-basic", json().basic("ada", of("json-basic"))),
        ("json-header", json().header("x-key", of("json-header"))),
        ("json-query", json().query("key", of("json-query"))),
    ] {
        let shown = format!("{builder:?}");
        // The echo says what it was asked in this field, which is no number.
        all.push(source(site, name, &shown, builder.build().unwrap().number("/echo").unwrap()));
    }
    all
}

/// A source as a check that tells what it finds.
fn source(site: &Site, name: &'static str, shown: &str, source: impl NumberSource) -> Place {
    let (well, source) = (site.ends == Ends::Well, Arc::new(source));
    let asks = health::from_fn(format!("{source:?} {}", source.describe()), move |_| {
        let source = Arc::clone(&source);
        async move {
            let window = Window { from: sample::NOON, to: sample::NOON + Duration::from_secs(60) };
            let revision = RevisionId::new("a")?;
            Ok(verdict(well, &source.number(&sample::metric(window.to, &revision, window)).await))
        }
    });
    place(name, shown, asks)
}

/// A program says it on both outputs.
fn command(site: &Site) -> Place {
    let code = u8::from(site.ends != Ends::Well);
    let script = format!("echo \"$KEY\"; echo \"$KEY\" >&2; exit {code}");
    let builder = CommandCheck::builder("/bin/sh", ["-c", &script]).secret("KEY", of("command")).timeout(Duration::from_secs(30));
    let shown = format!("{builder:?}");
    Place { travels: false, ..place("command", &shown, builder.build().unwrap()) }
}
