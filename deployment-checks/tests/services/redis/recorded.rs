//! What is hard to bring a real server to: answers to `INFO` as servers give them.

use deployment_checks::health::RedisCheck;

use crate::{
    help::{degraded, impatient, unhealthy},
    support::Peer,
};

/// A server that says these lines of itself.
async fn saying(info: &'static str) -> (Peer, RedisCheck) {
    let peer = Peer::new(move |mut stream| async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut buffer = [0; 1024];
        while let Ok(1..) = stream.read(&mut buffer).await {
            let info = info.replace('\n', "\r\n");
            let ping = buffer.windows(4).any(|word| word == b"PING");
            let answer = if ping { "+PONG\r\n".to_owned() } else { format!("${}\r\n{info}\r\n", info.len()) };
            let _ = stream.write_all(answer.as_bytes()).await;
            buffer.fill(0);
        }
    })
    .await;
    let check = RedisCheck::builder("127.0.0.1", peer.port()).access(impatient().timeout(crate::support::GENEROUS)).build().unwrap();
    (peer, check)
}

#[tokio::test]
async fn a_server_that_cannot_keep_what_it_is_given_is_not_well() {
    let (_peer, check) = saying("# Persistence\nrole:master\naof_enabled:1\naof_last_write_status:err\n").await;
    unhealthy(&check, "it takes no writes").await;
    let (_peer, check) = saying("role:master\naof_enabled:0\naof_last_write_status:err\nrdb_last_bgsave_status:err\n").await;
    degraded(&check, "the last snapshot failed").await;
}

#[tokio::test]
async fn replication_that_stands_still_is_not_well() {
    let (_peer, check) = saying("role:slave\nmaster_link_status:down\nmaster_sync_in_progress:1\nmaster_link_down_since_seconds:7\n").await;
    degraded(&check, "it is copying its primary's data, since 7 s").await;
    let (_peer, check) = saying("role:slave\nmaster_link_status:up\nmaster_last_io_seconds_ago:61\nslave_read_only:1\n").await;
    unhealthy(&check, "its primary was heard 61 s ago").await;
    let (_peer, check) = saying("role:slave\nmaster_link_status:up\nmaster_last_io_seconds_ago:1\nslave_read_only:0\n").await;
    degraded(&check, "takes writes, which get lost").await;
    let follower = "role:master\nmaster_repl_offset:50000000\nslave0:ip=10.0.0.1,port=6379,state=online,offset=100,lag=1\n";
    let (_peer, check) = saying(follower).await;
    degraded(&check, "a replica is 49999900 bytes behind").await;
}

#[tokio::test]
async fn an_answer_that_is_none_of_a_redis_server_is_unhealthy() {
    for info in ["", "role:master\nmaxmemory:much\n", "\u{0}\u{0}", "role:master\nused_memory:-x\nmaxmemory:1"] {
        let (_peer, check) = saying(info).await;
        unhealthy(&check, "INFO").await;
    }
    let (_peer, check) = saying("role:master\nused_memory:18446744073709551615\nmaxmemory:18446744073709551615\n").await;
    unhealthy(&check, "nothing is evicted").await;
}
