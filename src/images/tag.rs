//! The parts of a tag, and the distribution that they name.

use super::distribution::{Distribution, Family, by_code_name};

/// A tag in parts: `3.12-slim-bookworm`.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    text: &'a str,
    /// Nothing in the tag is certain to say which variant it is: it is a digest alone, or in part a
    /// variable.
    pub(super) open: bool,
}

impl<'a> Tag<'a> {
    pub(super) fn new(tag: Option<&'a str>, has_digest: bool) -> Self {
        let text = tag.unwrap_or("latest");
        Self { text, open: text.contains('$') || (tag.is_none() && has_digest) }
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &'a str> {
        self.text.split(['-', '_'])
    }

    pub(super) fn has(&self, part: &str) -> bool {
        self.parts().any(|it| it == part)
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// `text` is all of it or stands before a hyphen.
    pub(super) fn starts_with(&self, text: &str) -> bool {
        self.text.strip_prefix(text).is_some_and(|it| it.is_empty() || it.starts_with('-'))
    }

    /// The tag is missing or `latest`.
    pub(super) fn is_latest(&self) -> bool {
        !self.open && self.text == "latest"
    }

    /// The version at the start of the tag: `3.12` of `3.12-slim`.
    pub(super) fn version(&self) -> Option<String> {
        let first = self.parts().next()?;
        let first = first.strip_prefix('v').unwrap_or(first);
        let is_version = first.starts_with(|it: char| it.is_ascii_digit())
            && first.chars().all(|it| it.is_ascii_digit() || it == '.');
        is_version.then(|| first.trim_end_matches('.').to_owned())
    }

    /// The number at the start of the tag.
    pub(super) fn major(&self) -> Option<u32> {
        leading_number(self.text.strip_prefix('v').unwrap_or(self.text))
    }

    /// The number of the version of `word` in the tag, joined (`jdk8`) or not (`jdk-8`).
    pub(super) fn number_after(&self, word: &str) -> Option<u32> {
        let parts: Vec<&str> = self.parts().collect();
        parts.iter().enumerate().find_map(|(at, part)| {
            let rest = part.strip_prefix(word)?;
            let number = if rest.is_empty() { parts.get(at + 1)? } else { rest };
            leading_number(number)
        })
    }

    /// The distribution that a part of the tag names.
    pub(super) fn distribution(&self) -> Option<Distribution> {
        // `${TAG:-3.12-slim}` names nothing for certain.
        if self.text.contains(":-") || self.text.contains(":+") {
            return None;
        }
        if self.has("distroless") || self.has("chiseled") {
            return Some(Distribution { reduced: true, ..Distribution::of(Family::Distroless) });
        }
        let parts: Vec<&str> = self.parts().collect();
        let named = |at: usize| named(parts[at], parts.get(at + 1).copied());
        // Windows first: `windowsservercore-ltsc2022`; the last name counts (`jdk8-alpine3.9`).
        (0..parts.len()).rev().find_map(named)
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// The distribution called `part`; `next` may be its release (`ubuntu-22.04`).
fn named(part: &str, next: Option<&str>) -> Option<Distribution> {
    // `alpine${ALPINE_VERSION}`
    let part = part.split('$').next().unwrap_or(part);
    if let Some(found) = by_code_name(part) {
        return Some(found);
    }
    if part.starts_with("windowsservercore") || part.starts_with("nanoserver") || part == "windows"
    {
        return Some(Distribution::of(Family::Windows));
    }
    let end = part.find(|it: char| it.is_ascii_digit()).unwrap_or(part.len());
    let (name, number) = part.split_at(end);
    let family = match name {
        "alpine" => Family::Alpine,
        "debian" => Family::Debian,
        "ubuntu" => Family::Ubuntu,
        "oraclelinux" | "oracle" | "ol" | "centos" | "rockylinux" | "rocky" | "almalinux"
        | "ubi" | "rhel" => Family::RedHat,
        "amazonlinux" | "amzn" | "al" | "corretto" => Family::AmazonLinux,
        "fedora" => Family::Fedora,
        "mariner" | "azurelinux" => Family::AzureLinux,
        "leap" | "opensuse" | "tumbleweed" => Family::Suse,
        "archlinux" => Family::Arch,
        "busybox" => Family::BusyBox,
        _ => return None,
    };
    // `al` and `ol` are only names with a number behind them.
    if matches!(name, "al" | "ol") && number.is_empty() {
        return None;
    }
    if name == "corretto" {
        return Some(Distribution::of(family));
    }
    let next = next.filter(|it| it.starts_with(|first: char| first.is_ascii_digit()));
    let number = if number.is_empty() { next.unwrap_or_default() } else { number };
    Some(Distribution { release: release(family, number), ..Distribution::of(family) })
}

/// `2204` is `22.04`, `3.19.1` is `3.19`, `9.3` is `9`; `None` if that is no release.
pub(super) fn release(family: Family, number: &str) -> Option<String> {
    if number.is_empty() || !number.chars().all(|it| it.is_ascii_digit() || it == '.') {
        return None;
    }
    let mut parts = number.split('.');
    let (major, minor) = (parts.next()?, parts.next());
    match family {
        Family::Ubuntu if minor.is_none() && major.len() == 4 => {
            Some(format!("{}.{}", &major[..2], &major[2..]))
        }
        Family::Ubuntu | Family::Alpine => minor.map(|minor| format!("{major}.{minor}")),
        Family::AzureLinux | Family::Photon | Family::Suse => {
            Some(minor.map_or(major.to_owned(), |minor| format!("{major}.{minor}")))
        }
        Family::Debian | Family::RedHat | Family::Fedora | Family::AmazonLinux => {
            Some(major.to_owned())
        }
        _ => None,
    }
}
