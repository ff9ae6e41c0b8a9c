//! Free addresses.

use deployment_aws::preflight::{Findings, Place, Tasks};
use serde_json::{Map, Value, json};

use super::support::{instances, one, shop, subnets, tasks, told, whole};
use crate::cloud::virtually;

#[test]
fn a_subnet_without_a_free_address_is_warned_of_once_where_others_have_some() {
    virtually(async {
        let shop = shop().await;
        subnets(&shop, json!({"subnet-1": 9, "subnet-2": 0})).await;
        one(&whole(&shop).check().await.unwrap(), &["The subnet subnet-2 has no free address"]);
    });
}

#[test]
fn subnets_without_ipv4_have_addresses_for_all() {
    virtually(async {
        let shop = shop().await;
        subnets(&shop, json!({"subnet-1": null, "subnet-2": null})).await;
        assert_eq!(whole(&shop).check().await.unwrap(), Vec::<String>::new());
    });
}

#[test]
fn many_subnets_are_asked_for_in_parts_and_read_by_pages() {
    virtually(async {
        let shop = shop().await;
        let names: Vec<_> = (0..450).map(|number| format!("subnet-many-{number}")).collect();
        let free: Map<_, _> = names.iter().map(|name| (name.clone(), Value::from(1))).collect();
        shop.world.tell("ec2/subnets", &json!({"free": free, "page": 90})).await;
        let asked = |count| Tasks { subnets: names.clone(), ..tasks("the part", count, Place::Instances) };
        instances(&shop, json!([{"cpu": 1_000_000, "memory": 1_000_000}])).await;
        shop.world.proxy().clear();
        assert_eq!(told(&shop, [asked(450)]).await, Findings::default());
        assert_eq!(shop.world.proxy().count("DescribeSubnets"), 3 + 3 + 1);
        one(&told(&shop, [asked(451)]).await.problems, &["Too few addresses are free for the part, which needs 451: "]);
    });
}
