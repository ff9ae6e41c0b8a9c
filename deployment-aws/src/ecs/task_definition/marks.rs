//! The tags by which a task definition is recognised, and what they say.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::Tag;
use deployment_core::{DeploymentId, Error, Release, Result, Token};

/// Every tag of ours begins with this.
const OURS: &str = "deployment:";
const TOKEN: &str = "deployment:token";
const AGAIN: &str = "deployment:again";
const DEPLOYMENT: &str = "deployment:id";
const RELEASE: &str = "deployment:release";
const REPLACES: &str = "deployment:replaces";

/// A tag's value has no more characters, a resource no more tags.
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html>.
const LENGTH: usize = 256;
const TAGS: usize = 50;

/// What the tags of a task definition say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    /// The effect that registered it.
    pub(crate) token: Option<Token>,
    /// The latest effect that has taken it up again.
    pub(crate) again: Option<Token>,
    /// The deployment of the latest of these.
    pub(crate) deployment: Option<DeploymentId>,
    /// What it runs, without its notes.
    pub(crate) release: Option<Release>,
    /// What ran before: `family:revision`.
    pub(crate) replaces: Option<String>,
}

impl Marks {
    pub(crate) fn read(tags: &[Tag]) -> Self {
        let values: BTreeMap<_, _> = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?))).collect();
        Self {
            token: text(&values, TOKEN).and_then(|token| Token::new(token).ok()),
            again: text(&values, AGAIN).and_then(|token| Token::new(token).ok()),
            deployment: text(&values, DEPLOYMENT).and_then(|id| DeploymentId::new(id).ok()),
            release: text(&values, RELEASE).and_then(|json| serde_json::from_str(&json).ok()),
            replaces: text(&values, REPLACES),
        }
    }

    /// The latest effect that wanted it to run.
    pub(crate) fn latest(&self) -> Option<&Token> {
        self.again.as_ref().or(self.token.as_ref())
    }

    /// As tags, beside those that are not ours.
    pub(crate) fn with(&self, others: &[Tag]) -> Result<Vec<Tag>> {
        let foreign = |tag: &&Tag| tag.key().is_some_and(|key| !key.starts_with(OURS) && !key.starts_with("aws:"));
        let mut tags: Vec<_> = others.iter().filter(foreign).cloned().collect();
        let release = self.release.clone().map(|release| Release { notes: String::new(), ..release });
        let json = release.map(|release| serde_json::to_string(&release)).transpose();
        let json = json.map_err(|error| Error::invalid("release", "it cannot be written as JSON").because(error))?;
        let texts = [
            (TOKEN, self.token.as_ref().map(|token| token.as_str().to_owned())),
            (AGAIN, self.again.as_ref().map(|token| token.as_str().to_owned())),
            (DEPLOYMENT, self.deployment.as_ref().map(|id| id.as_str().to_owned())),
            (RELEASE, json),
            (REPLACES, self.replaces.clone()),
        ];
        for (key, text) in texts {
            tags.extend(text.iter().flat_map(|text| parts(key, text)));
        }
        if tags.len() > TAGS {
            let message =
                format!("{} tags are needed to keep the release, ECS allows {TAGS}; give it fewer or shorter settings", tags.len());
            return Err(Error::invalid("release.settings", message));
        }
        Ok(tags)
    }
}

/// A text as the values of `key`, `key.2`, `key.3` and so on.
fn parts(key: &str, text: &str) -> Vec<Tag> {
    let written = written(text);
    let chunks = written.as_bytes().chunks(LENGTH).map(String::from_utf8_lossy);
    let numbered = |index: usize| if index == 0 { key.to_owned() } else { format!("{key}.{}", index + 1) };
    chunks.enumerate().map(|(index, value)| Tag::builder().key(numbered(index)).value(value).build()).collect()
}

fn text(values: &BTreeMap<&str, &str>, key: &str) -> Option<String> {
    let mut whole = (*values.get(key)?).to_owned();
    for index in 2.. {
        match values.get(format!("{key}.{index}").as_str()) {
            Some(part) => whole.push_str(part),
            None => break,
        }
    }
    read(&whole)
}

/// In the characters that a tag may have; others, and the equals sign that begins such, as `=` and two hex digits.
fn written(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._:/@".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("={byte:02X}") }).collect()
}

fn read(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'=' {
            bytes.push(first);
            continue;
        }
        let (hex, after) = rest.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use deployment_core::ServiceName;

    use super::*;

    fn marks(value: &str) -> Marks {
        let release = Release::new(ServiceName::new("shop").unwrap(), "2").artifact("sha256:ab").setting("env.MOTTO", value);
        Marks {
            token: Some(Token::new("0192/backend/replace").unwrap()),
            again: Some(Token::new("0193/back/backend/replace").unwrap()),
            deployment: Some(DeploymentId::new("0192").unwrap()),
            release: Some(release),
            replaces: Some("shop:11".into()),
        }
    }

    #[test]
    fn what_is_written_is_read_again_whatever_its_characters_and_length() {
        for value in ["", "plain", "=41 is A, \"quoted\", 1 = 1, ünd 漢字 \n", &"x=".repeat(900)] {
            let tags = marks(value).with(&[]).unwrap();
            assert_eq!(Marks::read(&tags), marks(value));
            let allowed = |c: char| c.is_ascii_alphanumeric() || " +-=._:/@".contains(c);
            for tag in &tags {
                let value = tag.value().unwrap();
                assert!(value.len() <= LENGTH && value.chars().all(allowed), "{value}");
            }
        }
    }

    #[test]
    fn tags_of_others_stay_and_those_of_aws_and_of_before_go() {
        let tag = |key: &str| Tag::builder().key(key).value("v").build();
        let tags = marks("")
            .with(&[tag("team"), tag("aws:cloudformation:stack-name"), tag("deployment:token"), tag("deployment:release.2")])
            .unwrap();
        assert_eq!(tags.iter().filter(|tag| tag.value() == Some("v")).filter_map(Tag::key).collect::<Vec<_>>(), ["team"]);
        assert_eq!(Marks::read(&tags), marks(""));
    }

    #[test]
    fn a_release_that_does_not_fit_is_refused_with_the_fix() {
        let said = marks(&"=".repeat(10_000)).with(&[]).unwrap_err().to_string();
        assert!(said.contains("release.settings") && said.contains("fewer or shorter"), "{said}");
    }
}
