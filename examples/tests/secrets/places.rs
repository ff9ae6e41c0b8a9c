//! Every place that takes a secret.

use std::{path::PathBuf, sync::Arc, time::Duration};

use deployment_checks::{
    expect::{Expect, JsonRule, TextRule},
    http::{HttpClient, HttpRequest},
    net::{AddressPolicy, Network},
    secret::{SafeUrl, Secret},
    suite::{
        transaction::{Call, Capture, Cookies, Transaction, TransactionBuilder},
        yaml::Loader,
    },
};
use deployment_core::health::{self, HealthCheck, HealthReport};
use serde_json::json;

use crate::{deployment::Ends, marks::secret, played::Servers, protocols};

/// The secrets that come from the environment: variable and place.
pub(crate) const ENVIRONMENT: [(&str, &str); 4] =
    [("SHOP_A", "env"), ("SHOP_B", "yaml-env-header"), ("SHOP_C", "yaml-env-query"), ("SHOP_D", "yaml-env-form")];

/// What places are built for.
pub(crate) struct Site {
    pub(crate) at: SafeUrl,
    pub(crate) servers: Servers,
    /// Where files with secrets can be put.
    pub(crate) files: PathBuf,
    pub(crate) ends: Ends,
}

/// A check that holds a secret in one place.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// What is shown of its builders and of itself.
    pub(crate) shown: String,
    pub(crate) check: Arc<dyn HealthCheck>,
    /// Whether a server of the test hears the secret.
    pub(crate) travels: bool,
}

/// One check per place.
pub(crate) fn all(site: &Site) -> Vec<Place> {
    [requests(site), variables(site), captures(site), yaml(site), protocols::all(site)].into_iter().flatten().collect()
}

impl Place {
    /// A real server that lets it in has proof of the password, and tells nobody what it heard.
    pub(crate) fn proven(self, site: &Site) -> Self {
        Self { travels: site.ends != Ends::Well, ..self }
    }
}

impl Site {
    pub(crate) fn network(&self) -> Network {
        Network::new(AddressPolicy::default().allow("127.0.0.1/32").unwrap())
    }

    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::builder().network(self.network()).deadline(Duration::from_secs(20)).build().unwrap()
    }

    /// What a call expects: what comes, or what never comes, so that what came is quoted.
    fn expect(&self) -> Expect {
        if self.ends == Ends::Well {
            return Expect::new();
        }
        let never = || JsonRule::equals("never");
        let expect = Expect::new().json("/echo", never()).unwrap().json("", never()).unwrap().body(TextRule::equals("never"));
        expect.header("x-echo", TextRule::equals("never")).unwrap().status("200-599".parse().unwrap())
    }

    fn transaction(&self) -> TransactionBuilder {
        Transaction::builder("order", self.client()).base(self.at.clone())
    }
}

pub(crate) fn place(name: &'static str, shown: &str, check: impl HealthCheck) -> Place {
    Place { name, shown: format!("{shown} {check:?} {}", check.describe()), check: Arc::new(check), travels: true }
}

/// A request of a program's own.
fn requests(site: &Site) -> Vec<Place> {
    let get = || HttpRequest::get(site.at.clone());
    let of = |name: &str| Secret::new(secret(name));
    let queried = |text: &str| HttpRequest::get(site.at.join(text).unwrap());
    let whole = Secret::new(format!("{}{}", site.at, secret("secret-url")));
    let all = [
        ("bearer", get().bearer(&of("bearer")).unwrap()),
        ("basic", get().basic("ada", &of("basic")).unwrap()),
        ("secret-header", get().secret_header("x-key", &of("secret-header")).unwrap()),
        ("plain-header", get().header("x-plain", &secret("plain-header")).unwrap()),
        ("query", HttpRequest::get(site.at.with_query("key", &of("query")))),
        ("written-query", queried(&format!("?key={}", secret("written-query")))),
        ("bare-query", queried(&format!("?{}", secret("bare-query")))),
        ("secret-url", HttpRequest::get(SafeUrl::from_secret(&whole).unwrap())),
        ("body", HttpRequest::post(site.at.clone(), "text/plain", secret("body")).unwrap()),
    ];
    all.into_iter().map(|(name, request)| place(name, &format!("{request:?} {}", request.url()), asks(site.client(), request))).collect()
}

/// A check that tells all that it can see.
fn asks(client: HttpClient, request: HttpRequest) -> impl HealthCheck {
    health::from_fn(format!("{client:?} {request:?}"), move |_| {
        let (client, request) = (client.clone(), request.clone());
        async move {
            Ok(match client.send(&request).await {
                Ok(response) if response.status().is_success() => HealthReport::healthy(format!("{response:?}")),
                Ok(response) => HealthReport::unhealthy(format!("{response:?} {}", response.url())),
                Err(error) => HealthReport::unhealthy(crate::deployment::chain(&error)),
            })
        }
    })
}

/// A secret variable of a transaction, where a call may use it.
fn variables(site: &Site) -> Vec<Place> {
    let calls = [
        ("variable-header", Call::get("/").header("x-key", "${key}")),
        ("variable-path", Call::get("/at/${key}")),
        ("variable-query", Call::get("/?key=${key}")),
        ("variable-json", Call::post("/").json(json!({ "key": "${key}" }))),
        ("variable-form", Call::post("/").form([("key", "${key}")])),
        ("variable-text", Call::post("/").text("text/plain", "key: ${key}")),
    ];
    let mut all: Vec<_> = calls
        .into_iter()
        .map(|(name, call)| built(name, site.transaction().secret("key", Secret::new(secret(name))).call(call.expect(site.expect()))))
        .collect();
    let file = site.files.join("pin");
    std::fs::write(&file, secret("file")).unwrap();
    let based = SafeUrl::from_secret(&Secret::new(format!("{}{}", site.at, secret("base")))).unwrap();
    let header = |value: &str| Call::get("/").header("x-key", value).expect(site.expect());
    all.push(built("env", site.transaction().call(header("Key ${env:SHOP_A}"))));
    all.push(built("file", site.transaction().call(header(&format!("${{file:{}}}", file.display())))));
    all.push(built("base", site.transaction().base(based).call(Call::get("/").expect(site.expect()))));
    all
}

/// What the server gives, and gets back.
fn captures(site: &Site) -> Vec<Place> {
    let captures = [
        ("json", Capture::json("/token").unwrap()),
        ("header", Capture::header("x-token")),
        ("part", Capture::header_part("location", "/at/(.+)").unwrap()),
        ("body", Capture::body("\\[(.+)\\]").unwrap()),
        ("cookie", Capture::cookie("sid")),
    ];
    let again = || Call::get("/?key=${caught}").header("x-caught", "${caught}").expect(site.expect());
    let mut all: Vec<_> = captures
        .into_iter()
        .map(|(name, capture)| built(name, site.transaction().call(Call::get("/login").capture("caught", capture)).call(again())))
        .collect();
    let jar = || site.transaction().cookies(Cookies::Shared);
    all.push(built("cookie", jar().call(Call::get("/login")).call(Call::get("/").expect(site.expect()))));
    let twice =
        || Call::get("/").expect(if site.ends == Ends::Well { Expect::new() } else { Expect::new().status("500".parse().unwrap()) });
    all.push(built("set", jar().call(twice()).call(Call::get("/").expect(site.expect()))));
    all
}

fn built(name: &'static str, builder: TransactionBuilder) -> Place {
    let shown = format!("{builder:?}");
    place(name, &shown, builder.build().unwrap())
}

/// What a file of tests refers to.
fn yaml(site: &Site) -> Vec<Place> {
    let base = site.files.join("base");
    std::fs::write(&base, format!("{}{}", site.at, secret("yaml-base"))).unwrap();
    let file = site.files.join("yaml");
    std::fs::write(&file, secret("yaml-file")).unwrap();
    let call = |call: &str| format!("http: {{ {call} }}");
    let calls = [
        ("yaml-env-header", String::new(), call(r#"get: /, headers: { authorization: "Bearer ${env:SHOP_B}" }"#)),
        ("yaml-env-query", String::new(), call(r#"get: "/?key=${env:SHOP_C}""#)),
        ("yaml-env-form", String::new(), call(r#"post: /, form: { password: "${env:SHOP_D}" }"#)),
        ("yaml-file", String::new(), call(&format!(r#"post: /, json: {{ token: "${{file:{}}}" }}"#, file.display()))),
        ("yaml-base", format!("\"${{file:{}}}\"", base.display()), call("get: /")),
    ];
    let loader = Loader::new(site.client());
    let all = calls.into_iter().map(|(name, base, test)| {
        let base = if base.is_empty() { site.at.to_string() } else { base };
        let text = format!(
            "validation: {name}\nbase: {base}\nsuites:\n  - kind: smoke\n    tests:\n      - name: a\n        retries: 0\n        {test}\n"
        );
        let validation = loader.parse("suites.yaml", &text).unwrap_or_else(|error| panic!("{error}: {text}"));
        place(name, &format!("{loader:?} {text}"), validation)
    });
    all.collect()
}
