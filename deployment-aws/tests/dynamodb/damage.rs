//! What somebody has done to the table by hand is noticed; what the table has is what a file would have.

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use deployment_aws::dynamodb::DynamoJournal;
use deployment_core::{
    ErrorKind,
    engine::Record,
    journal::{Durability, FileJournal, Journal as _, Lease},
};

use crate::{
    cloud::Cloud,
    support::{append, at, driven, journal},
};

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// The table, as somebody with the console has it.
struct Console {
    client: Client,
    journal: DynamoJournal,
    lease: Lease,
}

impl Console {
    /// A deployment of five entries, of which number 3 has two parts.
    async fn new() -> Self {
        let journal = journal().await;
        let lease = driven(&journal).await;
        for number in [1, 2] {
            append(&journal, &lease, number).await.unwrap();
        }
        journal.append(&lease, 3, at(3), &Record::Halted { reason: "x".repeat(400_000) }, Durability::Synced).await.unwrap();
        append(&journal, &lease, 4).await.unwrap();
        Self { client: Client::new(&Cloud::get().await.config()), journal, lease }
    }

    fn pk(&self) -> AttributeValue {
        s(format!("d#{}", self.lease.deployment))
    }

    async fn set(&self, sk: &str, name: &str, value: AttributeValue) {
        let update = self.client.update_item().table_name(self.journal.table()).key("pk", self.pk()).key("sk", s(sk));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        update.expression_attribute_values(":value", value).send().await.unwrap();
    }

    async fn delete(&self, sk: &str) {
        self.client.delete_item().table_name(self.journal.table()).key("pk", self.pk()).key("sk", s(sk)).send().await.unwrap();
    }

    async fn line(&self, sk: &str) -> String {
        let item = self.client.get_item().table_name(self.journal.table()).key("pk", self.pk()).key("sk", s(sk)).send().await.unwrap();
        item.item.unwrap().get("line").unwrap().as_s().unwrap().clone()
    }

    /// Reading is refused as this, with a word of this.
    async fn refused(&self, kind: ErrorKind, word: &str) {
        let error = self.journal.read(&self.lease.deployment, 0).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

fn entry(number: u64, part: u64) -> String {
    format!("e#{number:020}#{part:02}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_line_is_refused() {
    let console = Console::new().await;
    let line = console.line(&entry(1, 0)).await;
    console.set(&entry(1, 0), "line", s(line.replace("step-1", "step-9"))).await;
    console.refused(ErrorKind::Corrupt, "checksum").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_another_place_is_refused() {
    let console = Console::new().await;
    console.set(&entry(1, 0), "line", s(console.line(&entry(2, 0)).await)).await;
    console.refused(ErrorKind::Corrupt, "entry 2 stands where entry 1 belongs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_entry_is_refused_wherever_it_is_missing() {
    for number in [0, 1, 2, 4] {
        let console = Console::new().await;
        console.delete(&entry(number, 0)).await;
        console.refused(ErrorKind::Corrupt, &entry(number, 0)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_part_is_refused() {
    for part in [0, 1] {
        let console = Console::new().await;
        console.delete(&entry(3, part)).await;
        console.refused(ErrorKind::Corrupt, &entry(3, 0)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_does_not_know_the_last_line_is_refused() {
    let console = Console::new().await;
    console.set("head", "last", s("0".repeat(64))).await;
    console.refused(ErrorKind::Corrupt, "the head does not know").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_build_has_written_is_refused_by_its_number() {
    let console = Console::new().await;
    let line = console.line(&entry(1, 0)).await;
    console.set(&entry(1, 0), "line", s(line.replacen(r#"{"v":1,"#, r#"{"v":2,"#, 1))).await;
    console.refused(ErrorKind::Incompatible, "format 2").await;
    console.set("head", "v", AttributeValue::N("2".to_owned())).await;
    console.refused(ErrorKind::Incompatible, "layout 2").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_are_those_of_the_file_journal() {
    let console = Console::new().await;
    let plan = serde_json::value::RawValue::from_string("{\n  \"pretty\": [\r\n1e5, \"é\"]\n}".to_owned()).unwrap();
    let hash = deployment_core::plan::PlanHash::of(plan.get().as_bytes());
    let started = Record::Started { plan, hash, library: "0.1.0".to_owned() };
    console.journal.append(&console.lease, 5, at(5), &started, Durability::Synced).await.unwrap();
    let mut lines = String::new();
    for number in 0..6 {
        lines += &console.line(&entry(number, 0)).await;
        if number == 3 {
            lines += &console.line(&entry(number, 1)).await;
        }
        lines += "\n";
    }
    // The same appends on a file give the same bytes.
    let folder = tempfile::tempdir().unwrap();
    let file = FileJournal::open(folder.path()).unwrap();
    let id = &console.lease.deployment;
    let entries = console.journal.read(id, 0).await.unwrap();
    file.create(id, entries[0].at, &entries[0].record).await.unwrap();
    let lease = file.acquire(id, None, "first", crate::support::TTL).await.unwrap();
    for entry in &entries[1..] {
        file.append(&lease, entry.sequence, entry.at, &entry.record, Durability::Synced).await.unwrap();
    }
    assert!(std::fs::read_to_string(file.path_of(id)).unwrap() == lines, "the bytes differ");
}
