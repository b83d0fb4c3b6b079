//! Archives and programs made by hand, for tests.

use std::sync::Arc;

use super::archive::{Digest, Image, Layer, Limits, Reader, Wanted};
use super::tree::Tree;

/// A tar archive that grows entry by entry.
#[derive(Default, Clone)]
pub(crate) struct Tar(pub(crate) Vec<u8>);

impl Tar {
    pub(crate) fn folder(self, name: &str) -> Self {
        self.entry(name, b'5', "", b"", |_| {})
    }

    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.entry(name, b'0', "", contents.as_ref(), |_| {})
    }

    pub(crate) fn program(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.entry(name, b'0', "", contents.as_ref(), |it| mode(it, 0o755))
    }

    pub(crate) fn with_mode(self, name: &str, bits: u32, contents: &str) -> Self {
        self.entry(name, b'0', "", contents.as_bytes(), |it| mode(it, bits))
    }

    pub(crate) fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(name, b'2', target, b"", |_| {})
    }

    pub(crate) fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(name, b'1', target, b"", |_| {})
    }

    pub(crate) fn pax(self, pairs: &[(&[u8], &[u8])]) -> Self {
        self.entry("PaxHeaders/x", b'x', "", &records(pairs), |_| {})
    }

    /// An entry with a header that `change` may spoil; the checksum is made after it.
    pub(crate) fn entry(
        mut self,
        name: &str,
        kind: u8,
        link: &str,
        contents: &[u8],
        change: impl FnOnce(&mut [u8; 512]),
    ) -> Self {
        self.0.extend(header(name, kind, link, contents.len() as u64, change));
        self.0.extend(contents);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// The archive with its end.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.0.extend([0; 1024]);
        self.0
    }
}

pub(crate) fn header(
    name: &str,
    kind: u8,
    link: &str,
    size: u64,
    change: impl FnOnce(&mut [u8; 512]),
) -> [u8; 512] {
    let mut block = [0; 512];
    put(&mut block, 0, name.as_bytes());
    mode(&mut block, if kind == b'5' { 0o755 } else { 0o644 });
    put(&mut block, 108, b"0000000\0");
    put(&mut block, 116, b"0000000\0");
    if size < 1 << 33 {
        put(&mut block, 124, format!("{size:011o}\0").as_bytes());
    } else {
        block[124] = 0x80;
        put(&mut block, 128, &size.to_be_bytes());
    }
    block[156] = kind;
    put(&mut block, 157, link.as_bytes());
    put(&mut block, 257, b"ustar\x0000");
    change(&mut block);
    put(&mut block, 148, b"        ");
    let sum: u32 = block.iter().map(|it| u32::from(*it)).sum();
    put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
    block
}

pub(crate) fn put(block: &mut [u8; 512], at: usize, bytes: &[u8]) {
    block[at..at + bytes.len()].copy_from_slice(bytes);
}

fn mode(block: &mut [u8; 512], bits: u32) {
    put(block, 100, format!("{bits:07o}\0").as_bytes());
}

/// Records of an extended header, each with its own length.
pub(crate) fn records(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in pairs {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        bytes.extend(format!("{length} ").bytes());
        bytes.extend(*key);
        bytes.push(b'=');
        bytes.extend(*value);
        bytes.push(b'\n');
    }
    bytes
}

/// A configuration with the layers of which these are the unpacked bytes; `run` is its `config`.
pub(crate) fn configuration(layers: &[Vec<u8>], run: &str) -> String {
    let ids: Vec<String> =
        layers.iter().map(|it| format!("\"sha256:{}\"", Digest::of(it))).collect();
    format!(
        r#"{{"architecture":"amd64","os":"linux","config":{run},"rootfs":{{"type":"layers","diff_ids":[{}]}}}}"#,
        ids.join(",")
    )
}

/// What `docker save` wrote before it wrote image layouts.
pub(crate) fn docker_archive(layers: &[Vec<u8>], run: &str) -> Tar {
    let mut tar = Tar::default();
    let mut names = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        tar = tar.folder(&format!("{index}/")).file(&format!("{index}/layer.tar"), layer);
        names.push(format!("\"{index}/layer.tar\""));
    }
    let manifest = format!(
        r#"[{{"Config":"config.json","RepoTags":["it:1"],"Layers":[{}]}}]"#,
        names.join(",")
    );
    tar.file("config.json", configuration(layers, run)).file("manifest.json", manifest)
}

pub(crate) fn read(archive: &[u8]) -> Image {
    Reader::default().read(archive, &Wanted::default()).unwrap()
}

/// One layer, as an archive gives it.
pub(crate) fn layer(tar: Tar) -> Arc<Layer> {
    Arc::clone(&read(&docker_archive(&[tar.bytes()], "{}").bytes()).layers[0])
}

pub(crate) fn layer_within(tar: Tar, limits: Limits) -> Result<Image, super::archive::Error> {
    let archive = docker_archive(&[tar.bytes()], "{}").bytes();
    let mut reader = Reader::default();
    reader.limits = limits;
    reader.read(&archive[..], &Wanted::default())
}

pub(crate) fn tree(layers: &[Tar]) -> Tree {
    let layers: Vec<_> = layers.iter().cloned().map(layer).collect();
    Tree::merge(&layers).unwrap()
}

/// A 64-bit little-endian ELF file that does nothing but need things.
#[derive(Default, Clone, Copy)]
pub(crate) struct Program<'a> {
    pub(crate) interpreter: Option<&'a str>,
    pub(crate) needed: &'a [&'a str],
    pub(crate) soname: Option<&'a str>,
    pub(crate) rpath: Option<&'a str>,
    pub(crate) runpath: Option<&'a str>,
}

impl Program<'_> {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.with_table_at(0)
    }

    /// With the dynamic table at this place of the file, or where there is room.
    pub(crate) fn with_table_at(&self, place: usize) -> Vec<u8> {
        self.layout(0, place)
    }

    /// With the names at this place, and the table after them.
    pub(crate) fn with_all_at(&self, place: usize) -> Vec<u8> {
        self.layout(place, place)
    }

    fn layout(&self, names_at: usize, place: usize) -> Vec<u8> {
        let mut names = vec![0];
        let mut name = |text: &str| {
            let at = names.len() as u64;
            names.extend(text.bytes());
            names.push(0);
            at
        };
        let interpreter = self.interpreter.map(&mut name);
        let mut table: Vec<(u64, u64)> = self.needed.iter().map(|it| (1, name(it))).collect();
        for (tag, text) in [(14, self.soname), (15, self.rpath), (29, self.runpath)] {
            table.extend(text.map(|it| (tag, name(it))));
        }
        let start = (64 + 3 * 56).max(names_at as u64);
        // The names are loaded at another address than they have in the file.
        table.push((5, 0x40_0000 + start));
        table.push((0, 0));
        let at = place.max((start as usize + names.len()).next_multiple_of(16)) as u64;
        let length = table.len() as u64 * 16;
        // What is moved to the end is loaded by itself, with the table.
        let from = if names_at > 0 { start } else { 0 };
        let loaded = (1, from, 0x40_0000 + from, at + length - from);
        let mut segments = vec![loaded, (2, at, 0x50_0000, length)];
        let size = |text: &str| text.len() as u64 + 1;
        segments.extend(interpreter.map(|it| (3, start + it, 0, self.interpreter.map_or(0, size))));
        let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
        bytes.extend([0; 8]);
        bytes.extend(64_u64.to_le_bytes());
        bytes.extend([0; 12]);
        for half in [64_u16, 56, segments.len() as u16, 0, 0, 0] {
            bytes.extend(half.to_le_bytes());
        }
        for (kind, offset, address, length) in segments {
            bytes.extend((kind as u32).to_le_bytes());
            bytes.extend(4_u32.to_le_bytes());
            for word in [offset, address, address, length, length, 8] {
                bytes.extend(word.to_le_bytes());
            }
        }
        bytes.resize(start as usize, 0);
        bytes.extend(names);
        bytes.resize(at as usize, 0);
        for (tag, value) in table {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(value.to_le_bytes());
        }
        bytes
    }
}
