//! Names of images of which a part is not known, which is written `*`.

use crate::syntax::image_reference::ImageReference;

/// The whole name in `image`, without tag and digest; `*` in it stands for what is not known. `None` if so
/// little is known that it would be the name of anything.
pub fn name_of(image: &str) -> Option<String> {
    if !image.contains('*') {
        return ImageReference::parse(image)?.full_name();
    }
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rfind('/').map_or(0, |slash| slash + 1);
    let end = image[last..].find(':').map_or(image.len(), |colon| last + colon);
    let name = &image[..end];
    if name.contains(char::is_whitespace) || !name[last..].contains(char::is_alphanumeric) {
        return None;
    }
    match name.contains('*') {
        true => Some(name.to_owned()),
        false => ImageReference::parse(name)?.full_name(),
    }
}

/// What stands after the last `/`.
pub fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Whether two names, as [`name_of`] tells them, may be those of one image.
pub fn may_be_same(left: &str, right: &str) -> bool {
    if left == right || !(left.contains('*') || right.contains('*')) {
        return left == right;
    }
    let (before_left, last_left) = left.rsplit_once('/').unwrap_or(("", left));
    let (before_right, last_right) = right.rsplit_once('/').unwrap_or(("", right));
    // An unknown part may be registry and namespace, or nothing at all.
    let before = before_left == before_right
        || before_left.contains('*')
        || before_right.contains('*')
        || ends(before_left, before_right);
    match last_left.contains('*') || last_right.contains('*') {
        true => before && overlap(last_left.as_bytes(), last_right.as_bytes()),
        false => before && last_left == last_right,
    }
}

/// A name without a registry, whose last part has a `*`, against a whole one.
fn ends(left: &str, right: &str) -> bool {
    let hub = |name: &str| name.trim_start_matches("docker.io").trim_matches('/').to_owned();
    let (left, right) = (hub(left), hub(right));
    let without = |name: &str| if name == "library" { String::new() } else { name.to_owned() };
    without(&left) == without(&right)
}

/// Whether there is a text that both patterns stand for.
fn overlap(left: &[u8], right: &[u8]) -> bool {
    // Row by row: which ends of `right` fit what is read of `left`.
    let mut row = vec![false; right.len() + 1];
    row[0] = true;
    for at in 0..right.len() {
        row[at + 1] = row[at] && right[at] == b'*';
    }
    for byte in left {
        let mut next = vec![false; right.len() + 1];
        next[0] = row[0] && *byte == b'*';
        for at in 0..right.len() {
            next[at + 1] = match (*byte, right[at]) {
                (b'*', _) | (_, b'*') => row[at] || row[at + 1] || next[at],
                (one, other) => row[at] && one == other,
            };
        }
        row = next;
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{may_be_same, name_of};

    #[test]
    fn a_tag_that_is_not_known_leaves_the_name() {
        let cases = [
            ("x:*", Some("docker.io/library/x")),
            ("ghcr.io/a/b:v*-*", Some("ghcr.io/a/b")),
            ("*/app:1", Some("*/app")),
            ("*/app-*:*", Some("*/app-*")),
            ("*", None),
            ("*:latest", None),
            ("ghcr.io/*:1", None),
            ("a b*", None),
            ("node:20@sha256:0123", Some("docker.io/library/node")),
        ];
        for (image, name) in cases {
            assert_eq!(name_of(image).as_deref(), name, "{image}");
        }
    }

    #[test]
    fn names_that_may_be_one_are_found() {
        let same = [
            ("*/app", "ghcr.io/a/app"),
            ("*/app", "docker.io/library/app"),
            ("*/app-*", "x.y/app-web"),
            ("ghcr.io/a/app", "ghcr.io/a/app"),
            ("*/app", "*/app"),
            ("a*/b*c", "az/bxc"),
            ("app-*", "docker.io/library/app-web"),
            ("*/*-app", "x/web-*"),
        ];
        let others = [
            ("*/app", "ghcr.io/a/web"),
            ("x.y/app-*", "x.z/app-web"),
            ("*/app-*", "x.y/app"),
            ("docker.io/library/a", "docker.io/library/b"),
        ];
        for (left, right) in same {
            assert!(may_be_same(left, right) && may_be_same(right, left), "{left} {right}");
        }
        for (left, right) in others {
            assert!(!may_be_same(left, right) && !may_be_same(right, left), "{left} {right}");
        }
    }
}
