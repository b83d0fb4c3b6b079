//! The outer archive: every member that may be a layer or a document is read as it goes by, because what names
//! it may come later.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use super::compression::{Form, unpack};
use super::error::Error;
use super::header::BLOCK;
use super::layer::{self, Budget, Layer};
use super::limits::Limits;
use super::paths::{join, name, normalise, parent};
use super::tar;

/// The members of an archive by their paths.
pub(super) struct Blobs {
    members: BTreeMap<String, Member>,
}

enum Member {
    Layer(Arc<Layer>),
    /// JSON, or what looks like it.
    Document(Vec<u8>),
    /// The same as another path.
    Link(String),
    /// Only an error if the image needs it.
    Broken(Error),
    Other,
}

/// Layers that were read before, by the digest that names their blob.
pub(super) type Known = BTreeMap<String, Arc<Layer>>;

impl Blobs {
    pub(super) fn read(
        stream: &mut dyn Read,
        limits: &Limits,
        known: &mut Known,
    ) -> Result<Self, Error> {
        let mut archive = tar::Reader::new(stream, limits);
        let mut budget = Budget::new(limits);
        let (mut members, mut documents) = (BTreeMap::new(), limits.documents);
        while let Some(entry) = archive.next()? {
            let Some(path) = normalise(&entry.name) else { continue };
            let member = match entry.kind {
                tar::Kind::File => {
                    let found = known.get(digest_name(&path)).cloned();
                    let member = match found {
                        Some(layer) => Member::Layer(layer),
                        None => member(&mut archive, entry.size, &mut budget, &mut documents),
                    };
                    remember(&path, &member, known);
                    member
                }
                tar::Kind::HardLink(target) => match normalise(&target) {
                    Some(target) => Member::Link(target),
                    None => continue,
                },
                tar::Kind::Symlink(target) => {
                    let folder = parent(&path).unwrap_or("/").as_bytes();
                    match normalise(&[folder, b"/", &target].concat()) {
                        Some(target) => Member::Link(target),
                        None => continue,
                    }
                }
                _ => continue,
            };
            if members.len() >= MEMBERS {
                return Err(Error::too_large("more members than an image has"));
            }
            members.insert(path, member);
        }
        if !archive.has_end_mark() {
            return Err(Error::broken("the archive ends too early"));
        }
        Ok(Self { members })
    }

    /// The JSON at a path, if it is there.
    pub(super) fn document(&self, path: &str) -> Option<Result<&[u8], Error>> {
        match self.get(path)? {
            Member::Document(text) => Some(Ok(text)),
            Member::Broken(error) => Some(Err(error.clone().at(&format!("`{}`", &path[1..])))),
            _ => Some(Err(Error::broken(format!("`{}` is not JSON", &path[1..])))),
        }
    }

    pub(super) fn layer(&self, path: &str) -> Result<Arc<Layer>, Error> {
        let shown = format!("layer `{}`", &path[1..]);
        match self.get(path) {
            Some(Member::Layer(layer)) => Ok(Arc::clone(layer)),
            Some(Member::Broken(error)) => Err(error.clone().at(&shown)),
            Some(_) => Err(Error::broken(format!("{shown} is neither tar, gzip nor zstd"))),
            None => Err(Error::missing(format!("{shown} is not in the archive"))),
        }
    }

    fn get(&self, path: &str) -> Option<&Member> {
        let mut member = self.members.get(path)?;
        for _ in 0..8 {
            let Member::Link(target) = member else { return Some(member) };
            member = self.members.get(target)?;
        }
        None
    }
}

/// The path of a blob in an image layout; `None` for a digest that is none.
pub(super) fn blob_path(digest: &str) -> Option<String> {
    let (algorithm, hex) = digest.split_once(':')?;
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric());
    (plain(algorithm) && plain(hex)).then(|| join(&format!("/blobs/{algorithm}"), hex))
}

/// Members of an archive; an image has at most some hundreds.
const MEMBERS: usize = 100_000;

fn member(
    archive: &mut tar::Reader<'_>,
    size: u64,
    budget: &mut Budget<'_>,
    documents: &mut usize,
) -> Member {
    let read = || -> Result<Member, Error> {
        let mut head = [0; BLOCK];
        let length = tar::read_up_to(archive, &mut head)?;
        let head = &head[..length];
        let form = Form::of(head);
        let mut stream = Cursor::new(head).chain(archive);
        match form {
            Form::Tar => Ok(Member::Layer(Arc::new(layer::read(&mut stream, budget)?))),
            Form::Gzip | Form::Zstd => unpacked(form, stream, budget),
            Form::Json => document(&mut stream, size, budget.limits, documents),
            Form::Other => Ok(Member::Other),
        }
    };
    read().unwrap_or_else(Member::Broken)
}

fn unpacked(form: Form, packed: impl Read, budget: &mut Budget<'_>) -> Result<Member, Error> {
    let mut stream = unpack(form, packed);
    let mut head = [0; BLOCK];
    let length = tar::read_up_to(&mut stream, &mut head)?;
    if !tar::begins(&head[..length]) {
        return Ok(Member::Other);
    }
    let mut stream = Cursor::new(&head[..length]).chain(stream);
    Ok(Member::Layer(Arc::new(layer::read(&mut stream, budget)?)))
}

fn document(
    stream: &mut dyn Read,
    size: u64,
    limits: &Limits,
    documents: &mut usize,
) -> Result<Member, Error> {
    let size = usize::try_from(size).ok().filter(|it| *it <= limits.document.min(*documents));
    let size = size.ok_or_else(|| Error::too_large("a document that is too large"))?;
    *documents -= size;
    let mut text = Vec::with_capacity(size);
    stream.read_to_end(&mut text)?;
    Ok(Member::Document(text))
}

/// The digest that a blob is named by; empty for what is no blob.
fn digest_name(path: &str) -> &str {
    if path.starts_with("/blobs/sha256/") { name(path) } else { "" }
}

/// A layer may be known again by its blob's name only if that name is the digest that we computed.
fn remember(path: &str, member: &Member, known: &mut Known) {
    let Member::Layer(layer) = member else { return };
    let digest = digest_name(path);
    if !digest.is_empty() && layer.diff_id.to_string() == digest {
        known.insert(digest.to_owned(), Arc::clone(layer));
    }
}
