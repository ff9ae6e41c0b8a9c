//! Names of images.

/// The digest of an image's reference, if it has one: `sha256:…`.
pub(crate) fn digest(reference: &str) -> Option<&str> {
    reference.rsplit_once('@').map(|(_, digest)| digest).filter(|digest| digest.starts_with("sha256:"))
}

/// The reference by digest in the repository of another reference.
pub(super) fn with_digest(reference: &str, digest: &str) -> String {
    format!("{}@{digest}", repository(reference))
}

/// A reference without tag and digest. A colon before the last slash is a port's.
fn repository(reference: &str) -> &str {
    let undigested = reference.split_once('@').map_or(reference, |(repository, _)| repository);
    let name = undigested.rfind('/').map_or(0, |slash| slash + 1);
    match undigested.get(name..).and_then(|name| name.find(':')) {
        Some(colon) => undigested.get(..name + colon).unwrap_or(undigested),
        None => undigested,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_takes_the_place_of_tag_and_digest() {
        for reference in
            ["host:5000/team/shop", "host:5000/team/shop:1.2", "host:5000/team/shop@sha256:aa", "host:5000/team/shop:1@sha256:aa"]
        {
            assert_eq!(with_digest(reference, "sha256:bb"), "host:5000/team/shop@sha256:bb");
        }
        assert_eq!(with_digest("shop", "sha256:bb"), "shop@sha256:bb");
        assert_eq!((digest("shop@sha256:aa"), digest("shop:1")), (Some("sha256:aa"), None));
    }
}
