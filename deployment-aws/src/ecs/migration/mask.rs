//! Log lines without the secrets that a program may have written into them.

/// What stands in place of a secret.
const HIDDEN: &str = "[hidden]";
/// Shorter values are no secrets, and would hide words.
const SHORTEST: usize = 4;
/// What a name has in it that belongs to a secret.
const SECRET_NAMES: [&str; 9] = ["password", "passwd", "pwd", "secret", "token", "apikey", "api_key", "credential", "private_key"];

/// Whether a variable of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// The secrets in a variable: all of it, or the password of a URL.
pub(super) fn secrets_in(name: &str, value: &str) -> Vec<String> {
    let whole = is_secret_name(name).then(|| value.to_owned());
    let password = user_part(value).and_then(|(_, user)| user.split_once(':')).map(|(_, password)| password.to_owned());
    whole.into_iter().chain(password).filter(|secret| secret.len() >= SHORTEST).collect()
}

/// A text without these secrets, without what follows the name of a secret, and without the user parts of URLs.
pub(super) fn masked(text: &str, secrets: &[String]) -> String {
    let known = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
    known
        .split('\n')
        .map(|line| line.split(' ').map(masked_word).collect::<Vec<_>>().join(" "))
        .map(after_names)
        .collect::<Vec<_>>()
        .join("\n")
}

/// `scheme://user:password@host`, where it is a URL, and `password=…`.
fn masked_word(word: &str) -> String {
    let word = match user_part(word) {
        Some((at, user)) => format!("{}{HIDDEN}{}", &word[..at], &word[at + user.len()..]),
        None => word.to_owned(),
    };
    let parts = word.split_inclusive(['&', '?', ';', ',']).map(|part| match part.split_once('=') {
        Some((name, value)) if is_secret_name(name) && !value.is_empty() => {
            let end = value.trim_end_matches(['&', '?', ';', ',']);
            format!("{name}={HIDDEN}{}", &value[end.len()..])
        }
        _ => part.to_owned(),
    });
    parts.collect()
}

/// `password: …` and `"password": "…"`: the word after a secret's name and a colon.
fn after_names(line: String) -> String {
    let mut hide = false;
    let words = line.split(' ').map(|word| {
        let hidden = hide && !word.is_empty();
        hide = (hide && word.is_empty()) || (word.ends_with(':') && is_secret_name(word));
        if hidden { HIDDEN } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Where the user part of a URL begins, and what it is.
fn user_part(text: &str) -> Option<(usize, &str)> {
    let at = text.find("://")? + 3;
    let authority = text.get(at..)?.split(['/', '?', '#']).next()?;
    authority.rsplit_once('@').map(|(user, _)| (at, user)).filter(|(_, user)| !user.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_hidden_and_the_rest_is_not() {
        for (line, without) in [
            ("connecting to postgres://app:hunter22@db:5432/orders", "connecting to postgres://[hidden]@db:5432/orders"),
            ("dsn=host=db password=hunter22 sslmode=require", "dsn=host=db password=[hidden] sslmode=require"),
            ("https://db/?user=a&password=hunter22&x=1", "https://db/?user=a&password=[hidden]&x=1"),
            (r#"{"password": "hunter22", "user": "app"}"#, r#"{"password": [hidden] "user": "app"}"#),
            ("API_TOKEN: hunter22", "API_TOKEN: [hidden]"),
            ("applied 0017_add_column in 12 s", "applied 0017_add_column in 12 s"),
        ] {
            let line = line.strip_prefix('{').map_or(line.to_owned(), |rest| format!("{{ {rest}"));
            let without = without.strip_prefix('{').map_or(without.to_owned(), |rest| format!("{{ {rest}"));
            assert_eq!(masked(&line, &[]), without);
        }
        let known = secrets_in("DB_PASSWORD", "s3cr3t");
        assert_eq!(masked("the key s3cr3t is wrong", &known), "the key [hidden] is wrong");
        assert_eq!(secrets_in("DATABASE_URL", "postgres://app:s3cr3t@db/x"), ["s3cr3t"]);
        assert!(secrets_in("MODE", "fast").is_empty());
    }
}
