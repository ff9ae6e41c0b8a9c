//! Secrets where they must not be are refused without being repeated.

use deployment_checks::{
    health::{
        Access, CommandCheck, DnsCheck, GrpcCheck, HttpCheck, MongoCheck, OutsideCheck, PostgresCheck, RedisCheck, SmtpCheck, TcpCheck,
        TlsCheck,
    },
    http::{HttpClient, HttpRequest},
    metric::{json::JsonEndpoint, prometheus::Prometheus},
    net::Tls,
    secret::{SafeUrl, Secret},
    suite::yaml::Loader,
};
use deployment_core::Error;

use crate::{
    deployment::chain,
    marks::{Search, secret, url_encoded},
    url,
};

/// Reads what must be refused, and searches what is said about it.
pub(crate) fn look(search: &mut Search) {
    for (i, error) in [errors(), dsns(), servers(), metrics()].into_iter().flatten().enumerate() {
        search.look(&format!("refusal {i}"), &chain(&error));
    }
}

fn errors() -> Vec<Error> {
    let mark = secret("refused");
    let broken = Secret::new(format!("{mark}\r\nx: y"));
    let get = || HttpRequest::get(url("http://backend/"));
    let mut errors = vec![
        get().bearer(&broken).unwrap_err(),
        get().secret_header("x-key", &broken).unwrap_err(),
        get().header("x-key", broken.expose()).unwrap_err(),
        SafeUrl::parse(&format!("https://ada:{mark}@backend/")).unwrap_err(),
        SafeUrl::parse(&format!("postgres://ada:{mark}@backend/")).unwrap_err(),
        SafeUrl::parse(&mark).unwrap_err(),
        SafeUrl::from_secret(&Secret::new(mark.clone())).unwrap_err(),
    ];
    let loader = Loader::new(HttpClient::builder().build().unwrap());
    let test =
        |line: String| format!("validation: shop\nsuites:\n  - kind: smoke\n    tests:\n      - name: a\n        http: {{ {line} }}\n");
    let files = [
        test(format!("get: /, headers: {{ authorization: \"{mark}\" }}")),
        test(format!("get: \"/?token={mark}\"")),
        test(format!("post: /, json: {{ password: \"{mark}\" }}")),
        test(format!("get: \"https://ada:{mark}@backend/\"")),
        format!("validation: shop\nbase: \"https://ada:{mark}@backend/\"\nsuites: []\n"),
        format!("validation: shop\npassword: &{mark}\n"),
    ];
    errors.extend(files.iter().map(|file| loader.parse("suites.yaml", file).unwrap_err()));
    errors.extend([
        HttpCheck::builder(url("http://backend/")).bearer(broken.clone()).build().unwrap_err(),
        HttpCheck::builder(url("http://backend/")).secret_header("x-key", broken.clone()).build().unwrap_err(),
        HttpCheck::builder(url("http://backend/")).secret_header(&mark, broken.clone()).build().unwrap_err(),
        CommandCheck::builder("/bin/true", [""; 0]).secret("KEY", Secret::new(format!("{mark}\0"))).build().unwrap_err(),
        Tls::builder().root(mark.clone()).build().unwrap_err(),
        Tls::builder().client_certificate(mark.clone(), Secret::new(mark.clone())).build().unwrap_err(),
    ]);
    errors
}

/// Connection strings that are not understood, or contradict what was said.
fn dsns() -> Vec<Error> {
    let mark = secret("refused");
    let encoded = url_encoded(&mark);
    let strings = [
        mark.clone(),
        format!("postgres://ada:{mark}@"),
        format!("postgres://ada:{encoded}@one,two/shop"),
        format!("postgres://ada:{encoded}@backend:port/shop"),
        format!("postgres://ada:{encoded}@backend/shop?sslmode=disable"),
        format!("postgres://ada:{encoded}@backend/shop?channel_binding=require"),
        format!("postgres://ada:{encoded}@backend/shop?{mark}=1"),
        format!("postgres://:{encoded}@backend/shop"),
        format!("host=/run user=ada password='{mark}'"),
        format!("host=backend user=ada password='{mark}"),
        format!("host=backend user=ada password='{mark}' port={mark}"),
        format!("host=backend hostaddr=10.0.0.7 user=ada password='{mark}'"),
    ];
    strings.into_iter().map(|dsn| PostgresCheck::builder(Secret::new(dsn)).build().unwrap_err()).collect()
}

/// A URL with a password where a host belongs, and logins that cannot be.
fn servers() -> Vec<Error> {
    let mark = secret("refused");
    let host = || format!("ada:{mark}@backend");
    let whole = || format!("redis://ada:{mark}@backend:6379");
    let zero = || Secret::new(format!("{mark}\0"));
    vec![
        RedisCheck::builder(whole(), 6379).build().unwrap_err(),
        RedisCheck::builder("backend", 0).password(Secret::new(mark.clone())).build().unwrap_err(),
        RedisCheck::builder("backend", 6379).user(mark.clone()).build().unwrap_err(),
        MongoCheck::builder(whole(), 27017).build().unwrap_err(),
        MongoCheck::builder("backend", 27017).login("", Secret::new(mark.clone())).build().unwrap_err(),
        MongoCheck::builder("backend", 27017).login("ada", Secret::new(mark.clone())).login_database("").build().unwrap_err(),
        SmtpCheck::builder(host(), 587).build().unwrap_err(),
        SmtpCheck::builder("backend", 587).login("ada", zero()).build().unwrap_err(),
        SmtpCheck::builder("backend", 587).access(Access::new().plaintext()).implicit_tls().login("ada", zero()).build().unwrap_err(),
        GrpcCheck::builder(whole(), 443).build().unwrap_err(),
        GrpcCheck::builder("backend", 443).bearer(Secret::new(format!("{mark}\n"))).build().unwrap_err(),
        TcpCheck::builder(whole(), 443).build().unwrap_err(),
        TlsCheck::builder(host(), 443).build().unwrap_err(),
        DnsCheck::builder(host()).build().unwrap_err(),
        OutsideCheck::builder(whole()).https_redirect().build().unwrap_err(),
    ]
}

/// Metric servers with credentials where none belong, or ones that cannot be sent.
fn metrics() -> Vec<Error> {
    let mark = secret("refused");
    let broken = || Secret::new(format!("{mark}\r\nx: y"));
    let prometheus = || Prometheus::builder("https://backend/").unwrap();
    let json = || JsonEndpoint::builder("https://backend/$revision?from=$from&to=$to").unwrap();
    vec![
        Prometheus::builder(&format!("https://ada:{mark}@backend/")).unwrap_err(),
        Prometheus::builder(&format!("https://backend/?token={mark}")).unwrap_err(),
        prometheus().bearer(broken()).build().unwrap_err(),
        prometheus().basic("a:da", Secret::new(mark.clone())).build().unwrap_err(),
        prometheus().header("x-key", broken()).build().unwrap_err(),
        prometheus().tenant(broken().expose()).build().unwrap_err(),
        JsonEndpoint::builder(&format!("https://ada:{mark}@backend/$revision?from=$from&to=$to")).unwrap_err(),
        JsonEndpoint::builder(&format!("https://backend/$revision?from=$from&to=$to&key=${mark}")).unwrap_err(),
        JsonEndpoint::builder(&format!("https://backend/?key={mark}")).unwrap().build().unwrap_err(),
        json().bearer(broken()).build().unwrap_err(),
        json().basic("a:da", Secret::new(mark.clone())).build().unwrap_err(),
        json().header("x-key", broken()).build().unwrap_err(),
    ]
}
