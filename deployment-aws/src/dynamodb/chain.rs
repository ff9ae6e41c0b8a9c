//! Putting lines together from items, and checking every link.

use deployment_core::{Result, journal::Entry};

use super::{
    change::Item,
    head::text,
    keys::{self, Key},
    line::{self, Fault},
    refusal,
};

/// Checks a chain, line by line, from some entry on.
#[derive(Debug)]
pub(super) struct Walk {
    operation: &'static str,
    pk: String,
    next: u64,
    epoch: u64,
    /// The hash of the line before; not known at the first one, if that is not the chain's first.
    last: Option<String>,
}

impl Walk {
    /// Begins at entry `first`.
    pub(super) fn new(operation: &'static str, pk: String, first: u64) -> Self {
        Self { operation, pk, next: first, epoch: 0, last: (first == 0).then(line::no_line) }
    }

    /// The entries in these items, which are in order of their keys.
    pub(super) fn entries(&mut self, items: &[Item]) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut rest = items;
        while !rest.is_empty() {
            let prefix = self.key(0);
            let prefix = prefix.strip_suffix("00").unwrap_or_default();
            let count = rest.iter().take_while(|item| text(item, "sk").is_some_and(|sk| sk.starts_with(prefix))).count();
            let (parts, after) = rest.split_at(count);
            entries.push(self.entry(parts)?);
            rest = after;
        }
        Ok(entries)
    }

    /// The next entry, from all of its parts.
    fn entry(&mut self, parts: &[Item]) -> Result<Entry> {
        let mut whole = String::new();
        for (number, part) in parts.iter().enumerate() {
            let in_place = text(part, "sk") == Some(&*self.key(number));
            whole.push_str(text(part, "line").filter(|_| in_place).ok_or_else(|| self.damaged("a part of an entry is missing"))?);
        }
        if parts.is_empty() {
            return Err(self.damaged(&format!("entry {} is missing", self.next)));
        }
        let line = line::decode(&whole).map_err(|fault| match fault {
            Fault::Damaged(what) => self.damaged(&what),
            Fault::Newer(what) => refusal::incompatible(self.operation, &self.pk, &self.key(0), &what),
        })?;
        let (number, epoch) = (line.entry.sequence, line.entry.epoch);
        if number != self.next {
            return Err(self.damaged(&format!("entry {number} stands where entry {} belongs", self.next)));
        }
        if epoch < self.epoch {
            return Err(self.damaged(&format!("entry {number} has epoch {epoch} after epoch {}", self.epoch)));
        }
        if self.last.as_ref().is_some_and(|last| *last != line.prev) {
            return Err(self.damaged(&format!("entry {number} does not follow the line before it")));
        }
        (self.next, self.epoch, self.last) = (number.saturating_add(1), epoch, Some(line::hash(&whole)));
        Ok(line.entry)
    }

    /// The chain must end where its head says.
    pub(super) fn end(&self, next: u64, last: &str) -> Result<()> {
        if self.next != next {
            return Err(self.damaged(&format!("it ends before entry {}, and its head says before entry {next}", self.next)));
        }
        if self.last.as_deref() != Some(last) {
            return Err(refusal::corrupt(self.operation, &self.pk, keys::HEAD, "the head does not know the chain's last line"));
        }
        Ok(())
    }

    fn key(&self, part: usize) -> String {
        keys::entry(self.next, part)
    }

    fn damaged(&self, what: &str) -> deployment_core::Error {
        let Key { pk, sk } = Key::new(&*self.pk, self.key(0));
        refusal::corrupt(self.operation, &pk, &sk, what)
    }
}
