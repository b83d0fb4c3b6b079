//! What images of Elixir stand on: a release brings its own Erlang, and needs no more of its image.

use super::RuntimeImage;
use super::fixed;
use super::vendor::Tag;

/// The small image of the distribution below an image of Elixir, where the tag tells which that is.
///
/// It is on the image of Erlang (<https://github.com/erlef/docker-elixir>), and that on a release of Debian for
/// each release of Erlang: <https://github.com/erlang/docker-erlang-otp>. On which Alpine it is changes from build
/// to build.
pub fn beneath_elixir(repository: &str, tag: Option<&str>) -> Option<RuntimeImage> {
    if repository != "elixir" {
        return None;
    }
    let tag = Tag::new(tag)?;
    let minor = match tag.numbers().as_deref() {
        Some([1, minor, ..]) => Some(*minor),
        None if tag.version.is_empty() => None,
        _ => return None,
    };
    let erlang = match *tag.variants {
        [] | ["slim"] => erlang_of(minor)?,
        ["otp", release] | ["otp", release, "slim"] => release.parse().ok()?,
        _ => return None,
    };
    // The last builds of a patch release may be older than a move to another Debian.
    let is_floating = tag.numbers().is_none_or(|it| it.len() == 2);
    match erlang {
        // It was never on another one.
        27 => fixed::debian_slim("bookworm"),
        // Before 26.2 on Debian 11.
        26 if is_floating => fixed::debian_slim("bookworm"),
        // Before 28.3 on Debian 12.
        28 if is_floating => fixed::debian_slim("trixie"),
        29 => fixed::debian_slim("trixie"),
        _ => None,
    }
}

/// The release of Erlang that is meant where the tag names none:
/// <https://github.com/docker-library/official-images/blob/master/library/elixir>.
fn erlang_of(minor: Option<u32>) -> Option<u32> {
    Some(match minor {
        Some(14..=16) => 26,
        Some(17 | 18) => 27,
        Some(19) => 28,
        Some(20) | None => 29,
        _ => return None,
    })
}
