//! A small shop: log in, order, look at the order.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::super::support::{Peer, hostile::answer};

/// The key that the shop accepts, and the token that it gives.
pub(super) const KEY: &str = "k3y/with \"odd\" characters";
pub(super) const TOKEN: &str = "t0ken-8f3a";

/// A shop that keeps its orders.
pub(super) async fn open() -> Peer {
    let orders = Mutex::new(Vec::<Value>::new());
    Peer::keeping(move |request| serve(request, &mut orders.lock().unwrap())).await
}

fn serve(request: &str, orders: &mut Vec<Value>) -> Vec<u8> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let line = head.lines().next().unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let allowed = head.contains(&format!("authorization: Bearer {TOKEN}\r\n")) || head.ends_with(&format!("authorization: Bearer {TOKEN}"));
    match line.split(' ').collect::<Vec<_>>()[..2] {
        ["POST", "/login"] if body["key"] == KEY => json_answer(200, "", &json!({ "token": TOKEN })),
        ["POST", "/login"] => json_answer(401, "", &json!({ "error": "wrong key", "echo": body })),
        _ if !allowed => json_answer(403, "", &json!({ "error": "no token" })),
        ["POST", "/orders"] => {
            let id = orders.len() + 7;
            let mut order = body;
            order["id"] = json!(id);
            orders.push(order.clone());
            json_answer(201, &format!("location: /orders/{id}?view=full\r\n"), &order)
        }
        ["GET", path] => {
            let id = path.trim_start_matches("/orders/").split('?').next().unwrap();
            match orders.iter().find(|order| order["id"].as_u64() == id.parse().ok()) {
                Some(order) => json_answer(200, "", order),
                None => json_answer(404, "", &json!({ "error": format!("no order {id}") })),
            }
        }
        _ => json_answer(405, "", &Value::Null),
    }
}

pub(super) fn json_answer(status: u16, headers: &str, body: &Value) -> Vec<u8> {
    answer(status, &format!("content-type: application/json\r\n{headers}"), body.to_string().as_bytes())
}
