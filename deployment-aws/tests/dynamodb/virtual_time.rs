//! The SDK in virtual time.

use std::time::Duration;

use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{DeploymentId, journal::Journal as _};
use tokio::time::{Instant, sleep};

use crate::{
    cloud::{World, virtually},
    support::{at, record, table},
};

#[test]
fn time_stands_still_during_a_call_and_the_account_has_that_of_its_user() {
    virtually(async {
        let world = World::new().await;
        let journal = DynamoJournal::new(&world.virtual_config(), table());
        let began = Instant::now();
        journal.create_table().await.unwrap();
        let id = DeploymentId::generate();
        journal.create(&id, at(0), &record(0)).await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
        sleep(Duration::from_secs(86_400)).await;
        assert_eq!(journal.read(&id, 0).await.unwrap().len(), 1);
        assert_eq!(world.proxy().clock().time(), Duration::from_secs(86_400));
        // It is there for nobody else.
        let other = DynamoJournal::new(&World::new().await.virtual_config(), journal.table());
        other.read(&id, 0).await.unwrap_err();
    });
}
