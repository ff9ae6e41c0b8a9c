//! Logins: the right one is spoken by the driver, a refused one is an error, and the password is shown nowhere.

use std::sync::Arc;

use deployment_checks::secret::Secret;
use deployment_core::{ErrorKind, health::HealthCheck};
use mongodb::bson::doc;

use super::played::{check, hello, playing};
use crate::{
    help::{ask, blind, hostile, nowhere},
    support::Logs,
};

#[tokio::test]
async fn a_refused_login_is_an_error_and_the_password_is_shown_nowhere() {
    Logs::collected();
    let secret = "hunter2\"of-mongodb";
    // It says the password in its refusal, as if it had got it.
    let json = "hunter2\\\"of-mongodb";
    let peer = playing(Arc::new(move |command, _| match command {
        "saslStart" => {
            doc! { "ok": 0.0, "errmsg": format!("Authentication failed: {secret} {json}"), "code": 18, "codeName": "AuthenticationFailed" }
        }
        _ => hello("PRIMARY"),
    }))
    .await;
    let builder = check(&peer).login("ada", Secret::new(secret));
    let mut texts = vec![format!("{builder:?}")];
    let refused = builder.build().unwrap();
    blind(&refused, ErrorKind::Unauthorized, "login").await;
    texts.extend([format!("{refused:?} {}", refused.describe()), format!("{:?}", ask(&refused).await)]);
    for (_, peer) in hostile(b"").await {
        let check = check(&peer).login("ada", Secret::new(secret)).access(crate::help::impatient()).build().unwrap();
        texts.push(format!("{:?}", ask(&check).await));
    }
    nowhere(&[secret, "of-mongodb"], &texts);
}
