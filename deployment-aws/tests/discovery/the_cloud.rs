//! What the test cloud plays of Cloud Map, and what it refuses as AWS does.

use aws_sdk_ecs::{error::ProvideErrorMetadata as _, types::ServiceRegistry};

use crate::{
    cloud::virtually,
    registry::{cloud_map, open, registered, registry},
};

#[test]
fn an_instance_has_the_id_of_its_task_and_says_whose_it_is() {
    virtually(async {
        let (shop, arn) = open().await;
        let client = cloud_map(&shop);
        let instances = client.list_instances().service_id(&arn).send().await.unwrap().instances.unwrap();
        let listed = shop.ecs.list_tasks().cluster("main").service_name("shop").send().await.unwrap().task_arns.unwrap();
        let mut tasks: Vec<_> = listed.iter().map(|arn| arn.rsplit('/').next().unwrap()).collect();
        let mut ids: Vec<_> = instances.iter().filter_map(|instance| instance.id()).collect();
        tasks.sort_unstable();
        ids.sort_unstable();
        assert_eq!(ids, tasks);
        let attributes = instances[0].attributes().unwrap();
        let says = ["ECS_SERVICE_NAME", "ECS_CLUSTER_NAME", "ECS_TASK_DEFINITION_FAMILY", "REGION"].map(|key| attributes[key].as_str());
        assert_eq!(says, ["shop", "main", "shop", "eu-central-1"]);
        // By its id as well as by its ARN.
        let id = arn.rsplit('/').next().unwrap();
        assert_eq!(client.get_service().id(id).send().await.unwrap().service.unwrap().arn(), Some(arn.as_str()));
    });
}

#[test]
fn what_aws_refuses_is_refused() {
    virtually(async {
        let (shop, arn) = open().await;
        let client = cloud_map(&shop);
        let too_many = client.list_instances().service_id(&arn).max_results(101).send().await.unwrap_err();
        assert_eq!(too_many.code(), Some("InvalidInput"));
        let nobody = client.get_instances_health_status().service_id(&arn).instances("nobody").send().await.unwrap_err();
        assert_eq!(nobody.code(), Some("InstanceNotFound"));
        let full = client.delete_service().id(&arn).send().await.unwrap_err();
        assert_eq!(full.code(), Some("ResourceInUse"));
        let gone = client.get_service().id("srv-none").send().await.unwrap_err();
        assert_eq!(gone.code(), Some("ServiceNotFound"));
        let other = registry(&shop.world, "other").await;
        let both = [&arn, &other].map(|arn| ServiceRegistry::builder().registry_arn(arn).build()).to_vec();
        let request = shop.ecs.update_service().cluster("main").service("shop").set_service_registries(Some(both));
        assert_eq!(request.send().await.unwrap_err().code(), Some("InvalidParameterException"));
        assert_eq!(registered(&shop, &arn).await.len(), 2, "nothing of it has changed anything");
    });
}
