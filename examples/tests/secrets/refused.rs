//! Secrets where they must not be are refused without being repeated.

use deployment_checks::{
    http::{HttpClient, HttpRequest},
    secret::{SafeUrl, Secret},
    suite::yaml::Loader,
};
use deployment_core::Error;

use crate::{
    deployment::chain,
    marks::{Search, secret},
    url,
};

/// Reads what must be refused, and searches what is said about it.
pub(crate) fn look(search: &mut Search) {
    for (i, error) in errors().iter().enumerate() {
        search.look(&format!("refusal {i}"), &chain(error));
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
    errors
}
