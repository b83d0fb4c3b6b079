//! Archives that are made by hand, with known contents.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{
    ByteOrder, Change, Contents, Digest, ErrorKind, Kind, Layer, Limits, Manager, Node, Reader,
    Wanted,
};
use crate::verify::testing::{
    Program, Tar, configuration, docker_archive, header, layer, layer_within, put, read, records,
};

fn node<'a>(layer: &'a Layer, path: &str) -> &'a Node {
    let entry = layer.entries.iter().rfind(|it| &*it.path == path).unwrap();
    let Change::Put(node) = &entry.change else { panic!("{entry:?}") };
    node
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// An image layout; each layer is packed by `pack`.
fn layout(layers: &[Vec<u8>], pack: fn(&[u8]) -> Vec<u8>) -> Tar {
    let blob = |tar: Tar, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        let reference = format!(r#""digest":"sha256:{digest}","size":{}"#, bytes.len());
        (tar.file(&format!("blobs/sha256/{digest}"), bytes), reference)
    };
    let mut tar = Tar::default().folder("blobs/").folder("blobs/sha256/");
    let mut references = Vec::new();
    for layer in layers {
        let reference;
        (tar, reference) = blob(tar, &pack(layer));
        references.push(format!("{{{reference}}}"));
    }
    let (tar, config) = blob(tar, configuration(layers, r#"{"User":"app"}"#).as_bytes());
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{{config}}},"layers":[{}]}}"#,
        references.join(",")
    );
    let (tar, manifest) = blob(tar, manifest.as_bytes());
    let (tar, attestation) = blob(tar, br#"{"schemaVersion":2,"layers":[]}"#);
    let inner = format!(
        r#"{{"manifests":[{{{manifest},"platform":{{"os":"linux","architecture":"amd64"}}}},
        {{{attestation},"platform":{{"os":"unknown","architecture":"unknown"}}}},
        {{"digest":"sha256:0000","platform":{{"os":"linux","architecture":"arm64"}}}}]}}"#
    );
    let (tar, inner) = blob(tar, inner.as_bytes());
    let index = format!(
        r#"{{"manifests":[{{{inner},"annotations":{{"org.opencontainers.image.ref.name":"1"}}}}]}}"#
    );
    tar.file("index.json", index).file("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#)
}

#[test]
fn a_layer_says_all_of_its_entries() {
    let layer = layer(
        Tar::default()
            .folder("./etc/")
            .with_mode("./bin/su", 0o4755, "x")
            .symlink("bin/sh", "busybox")
            .hard_link("bin/su2", "./bin/su")
            .entry("dev/null", b'3', "", b"", |it| {
                put(it, 329, b"0000001\0");
                put(it, 337, b"0000003\0");
            })
            .entry("fifo", b'6', "", b"", |it| put(it, 108, b"0001750\0"))
            .file("etc/.wh.passwd", "")
            .file("etc/.wh..wh..opq", "")
            .file(".wh..wh.plnk/1.2", "x"),
    );
    assert_eq!(layer.size, 1);
    let su = node(&layer, "/bin/su");
    assert_eq!((su.mode, su.size()), (0o4755, 1));
    assert_eq!(su.file().unwrap().digest, Digest::of(b"x"));
    assert_eq!(node(&layer, "/bin/sh").kind, Kind::Symlink("busybox".into()));
    assert_eq!(node(&layer, "/dev/null").kind, Kind::CharacterDevice { major: 1, minor: 3 });
    assert_eq!(node(&layer, "/fifo").user, 1000);
    let rest: Vec<_> =
        layer.entries.iter().filter(|it| !matches!(it.change, Change::Put(_))).collect();
    assert_eq!(rest.len(), 3);
    assert_eq!((&*rest[0].path, &rest[0].change), ("/bin/su2", &Change::Link("/bin/su".into())));
    assert_eq!((&*rest[1].path, &rest[1].change), ("/etc/passwd", &Change::Whiteout));
    assert_eq!((&*rest[2].path, &rest[2].change), ("/etc", &Change::Opaque));
}

#[test]
fn extended_headers_and_long_names() {
    let long = "d/".repeat(150) + "file";
    let layer = layer(
        Tar::default()
            .pax(&[
                (b"path", "späth".as_bytes()),
                (b"uid", b"3000000"),
                (b"SCHILY.xattr.security.capability", b"\x01\0"),
            ])
            .file("short", "1")
            .entry("././@LongLink", b'L', "", format!("{long}\0").as_bytes(), |_| {})
            .file("cut", "2")
            .entry("././@LongLink", b'K', "", format!("{long}\0").as_bytes(), |_| {})
            .symlink("link", "cut")
            .entry("pax_global_header", b'g', "", &records(&[(b"comment", b"x")]), |_| {})
            .entry("name", b'0', "", b"3", |it| put(it, 345, b"pre/fix")),
    );
    let path = node(&layer, "/späth");
    assert_eq!(path.user, 3_000_000);
    assert_eq!(path.attributes, [("security.capability".to_owned(), vec![1, 0])]);
    assert_eq!(node(&layer, &format!("/{long}")).size(), 1);
    assert_eq!(node(&layer, "/link").kind, Kind::Symlink(long.into()));
    assert_eq!(node(&layer, "/pre/fix/name").size(), 1);
}

#[test]
fn names_that_are_no_text_are_kept_apart() {
    let named = |byte: u8| move |it: &mut [u8; 512]| it[0] = byte;
    let layer = layer(Tar::default().entry("?", b'0', "", b"", named(0xe9)).entry(
        "?",
        b'0',
        "",
        b"",
        named(0xe8),
    ));
    assert_eq!(&*layer.entries[0].path, "/\\xe9");
    assert_eq!(&*layer.entries[1].path, "/\\xe8");
}

#[test]
fn holes_are_zeros_in_every_format() {
    let want = [&[0; 1000][..], b"abc", &[0; 997], b"de", &[0; 98]].concat();
    let data = |it: &mut [u8; 512]| {
        put(it, 386, b"00000001750\x0000000000003\0");
        put(it, 410, b"00000003720\x0000000000002\0");
        put(it, 483, b"00000004064\0");
        put(it, 257, b"ustar  \0");
    };
    let old = Tar::default().entry("f", b'S', "", b"abcde", data);
    let size = ("GNU.sparse.size".as_bytes(), "2100".as_bytes());
    let first = Tar::default()
        .pax(&[
            size,
            (b"GNU.sparse.offset", b"1000"),
            (b"GNU.sparse.numbytes", b"3"),
            (b"GNU.sparse.offset", b"2000"),
            (b"GNU.sparse.numbytes", b"2"),
        ])
        .file("f", "abcde");
    let second = Tar::default()
        .pax(&[size, (b"GNU.sparse.name", b"f"), (b"GNU.sparse.map", b"1000,3,2000,2")])
        .file("GNUSparseFile.0/f", "abcde");
    let mut map = b"2\n1000\n3\n2000\n2\n".to_vec();
    map.resize(512, 0);
    let third = Tar::default()
        .pax(&[
            (b"GNU.sparse.major", b"1"),
            (b"GNU.sparse.minor", b"0"),
            (b"GNU.sparse.name", b"f"),
            (b"GNU.sparse.realsize", b"2100"),
        ])
        .file("GNUSparseFile.0/f", [&map[..], b"abcde"].concat());
    for (index, tar) in [old, first, second, third].into_iter().enumerate() {
        let layer = layer(tar.file("after", "x"));
        let file = node(&layer, "/f").file().unwrap();
        assert_eq!((file.size, file.digest), (2100, Digest::of(&want)), "{index}");
        assert_eq!(node(&layer, "/after").size(), 1);
    }
}

/// A stream of one image with a file of `size` bytes, none of which is ever in memory.
fn huge(size: u64) -> impl Read {
    let inside = header("huge", b'0', "", size, |_| {});
    let layer_size = 512 + size.next_multiple_of(512) + 1024;
    let outside = header("1/layer.tar", b'0', "", layer_size, |_| {});
    let head = [outside, inside].concat();
    std::io::Cursor::new(head)
        .chain(std::io::repeat(0).take(layer_size - 512))
        .chain(std::io::Cursor::new(Tar::default().file("manifest.json", "[]").bytes()))
}

#[test]
fn a_huge_file_is_only_streamed() {
    let error = Reader::default().read(huge(100 << 20), &Wanted::default()).unwrap_err();
    // It was read to its end: what is wrong is that the manifest names no image.
    assert_eq!(error.kind, ErrorKind::Choice);
    let mut small = Reader::default();
    small.limits.file = 1 << 20;
    assert_eq!(
        small.read(huge(2 << 20), &Wanted::default()).unwrap_err().kind,
        ErrorKind::TooLarge
    );
}

#[test]
fn sizes_above_eight_gigabytes_are_read() {
    let cut = huge(9 << 30).take(1 << 16);
    let error = Reader::default().read(cut, &Wanted::default()).unwrap_err();
    assert_eq!(error.message, "the archive ends in the middle of an entry");
}

#[test]
fn layouts_are_read_however_layers_are_packed() {
    let layers = [Tar::default().file("a", "1").bytes(), Tar::default().file("b", "2").bytes()];
    let plain = |it: &[u8]| it.to_vec();
    let zstd = |it: &[u8]| compress_to_vec(it, CompressionLevel::Fastest);
    for pack in [plain, gzip as fn(&[u8]) -> Vec<u8>, zstd] {
        let image = read(&layout(&layers, pack).bytes());
        assert_eq!(image.names, ["1"]);
        assert_eq!(image.configuration.user, "app");
        let paths: Vec<_> = image.layers.iter().map(|it| &*it.entries[0].path).collect();
        assert_eq!(paths, ["/a", "/b"]);
    }
}

#[test]
fn an_image_is_chosen_by_its_name() {
    let layers = [Tar::default().file("a", "1").bytes()];
    let two = docker_archive(&layers, r#"{"User":"one"}"#)
        .file("2.json", configuration(&layers, r#"{"User":"two"}"#))
        .file(
            "manifest.json",
            r#"[{"Config":"config.json","RepoTags":["one:1","one:2"],"Layers":["0/layer.tar"]},
                {"Config":"2.json","RepoTags":null,"Layers":["0/layer.tar"]},
                {"Config":"2.json","RepoTags":["localhost/two:latest"],"Layers":["0/layer.tar"]}]"#,
        )
        .bytes();
    let choose = |name| Reader::default().read(&two[..], &Wanted { name, platform: None });
    assert_eq!(choose(Some("one:2")).unwrap().configuration.user, "one");
    assert_eq!(choose(Some("two")).unwrap().configuration.user, "two");
    let error = choose(None).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Choice);
    assert_eq!(
        error.message,
        "the archive has 2 images; choose one by its name: `one:1`, `one:2`, `localhost/two:latest`"
    );
    assert_eq!(choose(Some("three")).unwrap_err().kind, ErrorKind::Choice);
}

#[test]
fn a_layer_may_be_a_link_to_another() {
    let layer = Tar::default().file("a", "1").bytes();
    let archive = Tar::default()
        .symlink("1/layer.tar", "../0/layer.tar")
        .file("0/layer.tar", &layer)
        .file("c.json", configuration(&[layer.clone(), layer], "null"))
        .file("manifest.json", r#"[{"Config":"c.json","Layers":["0/layer.tar","1/layer.tar"]}]"#);
    assert_eq!(read(&archive.bytes()).layers.len(), 2);
}

#[test]
fn what_is_damaged_or_missing_is_named() {
    let layers = [Tar::default().file("a", "1").bytes()];
    let other = [Tar::default().file("a", "2").bytes()];
    let message = |tar: Tar| {
        Reader::default().read(&tar.bytes()[..], &Wanted::default()).unwrap_err().message
    };
    let archive = docker_archive(&layers, "{}");
    assert!(
        message(archive.clone().file("config.json", configuration(&other, "{}")))
            .starts_with("layer `0/layer.tar` is damaged: its digest is sha256:")
    );
    assert_eq!(
        message(archive.clone().file("manifest.json", r#"[{"Config":"x.json"}]"#)),
        "configuration `x.json` is not in the archive"
    );
    assert_eq!(
        message(
            archive.clone().file("manifest.json", r#"[{"Config":"config.json","Layers":["x"]}]"#)
        ),
        "layer `x` is not in the archive"
    );
    assert_eq!(
        message(archive.clone().file("0/layer.tar", [1; 600])),
        "layer `0/layer.tar` is neither tar, gzip nor zstd"
    );
    let out = Tar::default().file("../a", "").bytes();
    assert_eq!(
        message(archive.clone().file("0/layer.tar", out)),
        "layer `0/layer.tar`: `../a` leads out of the image"
    );
    assert_eq!(
        message(Tar::default().file("x", "")),
        "neither `manifest.json` nor `index.json` is in the archive; this is no saved image"
    );
    assert!(
        message(archive.file("manifest.json", "{")).starts_with("manifest.json does not read: ")
    );
}

#[test]
fn an_archive_that_is_cut_off_is_an_error_wherever_it_is() {
    let layers = [
        Tar::default().folder("a").file("a/b", "1".repeat(700)).bytes(),
        Tar::default().file("c", Program::default().bytes()).bytes(),
    ];
    for archive in [docker_archive(&layers, "{}").bytes(), layout(&layers, gzip).bytes()] {
        read(&archive);
        // The very last block is the second of two that say the same.
        for length in (0..archive.len() - 512).step_by(512).flat_map(|it| [it, it + 1, it + 511]) {
            let read = Reader::default().read(&archive[..length], &Wanted::default());
            let error = read.expect_err("cut off");
            assert_eq!(error.kind, ErrorKind::Broken, "{length}: {error}");
        }
    }
}

#[test]
fn damage_is_an_error_and_no_panic() {
    let layers = [Tar::default().folder("a").file("a/b", "12").symlink("c", "a").bytes()];
    for archive in [docker_archive(&layers, "{}").bytes(), layout(&layers, gzip).bytes()] {
        for place in (0..archive.len()).step_by(7) {
            let mut damaged = archive.clone();
            damaged[place] = damaged[place].wrapping_add(1);
            let _ = Reader::default().read(&damaged[..], &Wanted::default());
        }
    }
}

#[test]
fn limits_hold() {
    let tar = || Tar::default().file("one", "1").pax(&[(b"path", b"two")]).file("x", "2");
    let within = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        layer_within(tar(), limits).map_err(|it| it.kind)
    };
    assert!(within(|_| {}).is_ok());
    for change in [
        (|it| it.entries = 1) as fn(&mut Limits),
        |it| it.names = 7,
        |it| it.header = 8,
        |it| it.file = 0,
        |it| it.document = 100,
        |it| it.documents = 200,
    ] {
        assert_eq!(within(change), Err(ErrorKind::TooLarge));
    }
}

#[test]
fn contents_are_known_as_far_as_they_are_asked_for() {
    let program = Program { interpreter: Some("/lib/ld.so"), ..Program::default() };
    let layer = layer(
        Tar::default()
            .file("bin/x", program.bytes())
            .file("bin/y", "\u{7f}ELF?")
            .file("bin/z", "#! /usr/bin/env  sh \necho")
            .file("etc/passwd", "root:x:0:0::/:/bin/sh\n")
            .file("etc/motd", "hello")
            .file("var/lib/dpkg/status", "Package: a\nVersion: 1\n")
            .file("var/lib/rpm/rpmdb.sqlite", "SQLite"),
    );
    let contents = |path| &node(&layer, path).file().unwrap().contents;
    let Contents::Elf(elf) = contents("/bin/x") else { panic!() };
    assert_eq!(elf.machine, (62, ByteOrder::Little));
    assert_eq!(contents("/bin/y"), &Contents::UnknownElf);
    assert_eq!(contents("/bin/z"), &Contents::Script("/usr/bin/env  sh".to_owned()));
    assert_eq!(contents("/etc/passwd"), &Contents::Text("root:x:0:0::/:/bin/sh\n".to_owned()));
    assert_eq!(contents("/etc/motd"), &Contents::Other);
    let packages = |path| {
        let Contents::Packages(it) = contents(path) else { panic!() };
        (it.manager, it.installed.as_ref().map(Vec::len))
    };
    assert_eq!(packages("/var/lib/dpkg/status"), (Manager::Dpkg, Some(1)));
    assert_eq!(packages("/var/lib/rpm/rpmdb.sqlite"), (Manager::Rpm, None));
}

#[test]
fn a_configuration_is_read_with_what_go_writes_for_nothing() {
    let run = r#"{"Env":["B=1","A=2","B=3"],"Cmd":null,"Entrypoint":["/x"],"WorkingDir":"/w","Labels":null,
        "ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"StopSignal":"SIGQUIT","OnBuild":null,
        "Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":30000000000}}"#;
    let image = read(&docker_archive(&[Tar::default().bytes()], run).bytes());
    let configuration = image.configuration;
    assert_eq!(configuration.env, ["B=1", "A=2", "B=3"]);
    assert_eq!(configuration.variable("B"), Some("3"));
    assert_eq!(configuration.variable("C"), None);
    assert!(configuration.cmd.is_empty() && configuration.labels.is_empty());
    assert!(configuration.exposed_ports.contains("80/tcp"));
    let check = configuration.healthcheck.unwrap();
    assert_eq!((check.test.len(), check.interval, check.retries), (2, 30_000_000_000, 0));
}

#[test]
fn a_layer_that_is_known_is_not_read_again() {
    let layers = [Tar::default().file("a", "1").bytes()];
    let archive = layout(&layers, <[u8]>::to_vec).bytes();
    let mut reader = Reader::default();
    let first = reader.read(&archive[..], &Wanted::default()).unwrap();
    let second = reader.read(&archive[..], &Wanted::default()).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first.layers[0], &second.layers[0]));
}
