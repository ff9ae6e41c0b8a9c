//! Mistakes that are told before anything is asked.

use std::time::Duration;

use deployment_checks::{
    metric::{
        Unit,
        prometheus::{Preset, Prometheus, Queries},
    },
    secret::Secret,
};
use deployment_core::{ErrorKind, Result, metric::MetricSource};

fn told<T: std::fmt::Debug>(result: Result<T>, why: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.to_string().contains(why), "{error}, not {why}");
}

#[test]
fn a_selector_is_a_selector() {
    for (text, why) in [
        ("", "is empty"),
        ("  ", "is empty"),
        ("rate(x{revision=\"$revision\"}[5m])", "a function, an operator or a range"),
        ("x{revision=\"$revision\"}[5m]", "the braces do not end it"),
        ("x{revision=\"$revision\"} offset 5m", "the braces do not end it"),
        ("x{revision=\"$revision\"} or y{}", "the braces do not end it"),
        ("x + y{revision=\"$revision\"}", "a function, an operator or a range"),
        ("x{revision=\"$revision\"", "the braces do not end it"),
        ("x{revision=\"$revision}", "a string is not closed"),
        ("x{revision=$revision}", "must stand in a string"),
        ("x{revision=`$revision`}", "nothing can be escaped"),
        ("x{revision=\"\\$revision\"}", "a backslash stands before"),
        ("x{revision=\"$version\"}", "$version is no variable"),
        ("x{revision=\"$window\"}", "$window is no variable"),
        ("x{revision=\"$revision\"} # y", "a comment"),
        ("x{revision=\"a\"}", "$revision is not in it"),
        ("x", "$revision is not in it"),
        ("1x{revision=\"$revision\"}", "a function, an operator or a range"),
    ] {
        told(Queries::new(text), why);
    }
    for text in ["x{r=\"$revision\",}", "{__name__=\"x:y\",r='$revision'}", "x{r=~\"$revision-.*$\"}", "x{r=\"$$5 #$revision}\"}"] {
        let _ = Queries::new(text).unwrap().errors_where("code=~\"5..\"").unwrap();
    }
    told(Queries::of_service("x").unwrap().errors_where(" "), "has no matcher");
    told(Queries::of_service("x").unwrap().errors_where("a=\"b\"} or y{c=\"d\""), "the braces do not end it");
    told(Queries::of_service("x").unwrap().errors("y(z)"), "errors:");
    told(Queries::new("x{r=\"$revision\"}").unwrap().latency("b", Unit::Seconds), "$revision is not in it");
    told(Queries::new("x{r=\"$revision\"}").unwrap().up("up == 0"), "up:");
}

#[test]
fn every_preset_makes_queries() {
    for preset in [Preset::OpenTelemetry, Preset::Micrometer, Preset::Istio, Preset::NginxIngress, Preset::Traefik, Preset::Convention] {
        let _ = preset.queries("version").unwrap();
        told(preset.queries("9"), "no label");
        told(preset.queries("a\"}"), "no label");
        told(preset.queries(""), "no label");
    }
}

#[test]
fn a_server_is_described_without_its_secrets() {
    let builder = || Prometheus::builder("https://prometheus.internal/base").unwrap();
    told(Prometheus::builder("prometheus:9090"), "url");
    told(Prometheus::builder("http://ada:mark-1@prometheus"), "user or password");
    told(Prometheus::builder("http://prometheus/?key=mark-2"), "has a query");
    told(builder().scrape_interval(Duration::ZERO).build(), "scrape_interval");
    told(builder().scrape_interval(Duration::from_secs(3_601)).build(), "scrape_interval");
    told(builder().delay(Duration::from_secs(3_601)).build(), "delay");
    told(builder().bearer(Secret::new("a\nb")).build(), "header");
    told(builder().tenant("a\nb").build(), "header");
    told(builder().header("host", Secret::new("a")).build(), "host");
    let server = builder().basic("ada", Secret::new("mark-3")).build().unwrap();
    for (text, why) in [("", "is empty"), ("max(x{a=$service})", "must stand in a string"), ("x[$windows]", "$windows is no variable")] {
        told(server.number(text), why);
    }
    let source = server.source(Preset::Convention.queries("version").unwrap());
    let described = format!("{source:?} {} {server:?}", source.describe());
    assert!(described.contains("https://prometheus.internal/base/") && !described.contains("mark-"), "{described}");
}
