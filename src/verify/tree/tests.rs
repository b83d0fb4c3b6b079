//! Layers with known differences, one upon the other.

use super::Tree;
use crate::verify::archive::{ErrorKind, Kind};
use crate::verify::testing::{Tar, layer, tree};

fn paths(tree: &Tree) -> Vec<&str> {
    tree.iter().map(|(path, _)| &**path).filter(|it| *it != "/").collect()
}

fn digest(tree: &Tree, path: &str) -> String {
    tree.get(path).unwrap().node.file().unwrap().digest.to_string()[..6].to_owned()
}

#[test]
fn whiteouts_take_away_what_is_below_them() {
    let lower = || Tar::default().folder("a").file("a/x", "1").file("a/y", "1").file("a-b", "1");
    assert_eq!(
        paths(&tree(&[lower(), Tar::default().file("a/.wh.x", "")])),
        ["/a", "/a-b", "/a/y"]
    );
    assert_eq!(paths(&tree(&[lower(), Tar::default().file(".wh.a", "")])), ["/a-b"]);
    // What the same layer puts there stays, wherever the whiteout stands.
    let upper = Tar::default().file("a/z", "2").file(".wh.a", "");
    assert_eq!(paths(&tree(&[lower(), upper])), ["/a", "/a-b", "/a/z"]);
    let upper = Tar::default().file("a/z", "2").file("a/.wh..wh..opq", "");
    assert_eq!(paths(&tree(&[lower(), upper])), ["/a", "/a-b", "/a/z"]);
    // And what a layer above it puts there.
    let layers = [lower(), Tar::default().file(".wh.a", ""), Tar::default().file("a", "3")];
    assert_eq!(paths(&tree(&layers)), ["/a", "/a-b"]);
    assert_eq!(paths(&tree(&[lower(), Tar::default().file(".wh.none", "")])).len(), 4);
}

#[test]
fn a_folder_and_a_file_replace_each_other() {
    let folder = || Tar::default().folder("a").file("a/x", "1");
    let file = || Tar::default().file("a", "2");
    assert_eq!(paths(&tree(&[folder(), file()])), ["/a"]);
    assert_eq!(paths(&tree(&[file(), folder()])), ["/a", "/a/x"]);
    // A folder again is the same folder, with the owner that it was given last.
    let owned = Tar::default().entry("a", b'5', "", b"", |it| it[114] = b'7');
    let both = tree(&[folder(), owned]);
    assert_eq!(paths(&both), ["/a", "/a/x"]);
    let place = both.get("/a").unwrap();
    assert_eq!((place.node.user, place.layer), (7, 1));
    // Also within a layer.
    assert_eq!(paths(&tree(&[folder().file("a", "1").folder("a")])), ["/a"]);
}

#[test]
fn the_last_of_several_entries_counts() {
    let twice = tree(&[Tar::default().file("a", "1").file("./a", "2")]);
    assert_eq!(digest(&twice, "/a"), "d4735e");
}

#[test]
fn folders_that_are_not_written_down_are_made() {
    let made = tree(&[Tar::default().file("a/b/c", "1")]);
    assert_eq!(paths(&made), ["/a", "/a/b", "/a/b/c"]);
    assert_eq!(made.get("/a").unwrap().node.mode, 0o755);
}

#[test]
fn hard_links_are_the_file_they_lead_to() {
    let lower = || Tar::default().file("a", "1");
    let linked = tree(&[lower(), Tar::default().hard_link("b", "a").hard_link("c", "/b")]);
    assert_eq!(digest(&linked, "/c"), "6b86b2");
    assert_eq!(linked.size().total(), 1);
    assert_eq!(linked.size().wasted, 0);
    // The link keeps the file when the first name goes.
    let layers = [lower().hard_link("b", "a"), Tar::default().file(".wh.a", "")];
    assert_eq!(paths(&tree(&layers)), ["/b"]);
    // A target may come later in the layer.
    assert_eq!(digest(&tree(&[Tar::default().hard_link("b", "a").file("a", "1")]), "/b"), "6b86b2");
    let error = Tree::merge(&[layer(Tar::default().hard_link("b", "a"))]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Broken);
    assert_eq!(error.message, "layer 1: `/b` is a hard link to `/a`, which is not there");
}

#[test]
fn a_link_on_the_way_is_followed_only_within_its_layer() {
    let linked = || Tar::default().folder("usr/lib").symlink("lib", "usr/lib");
    let same = tree(&[linked().file("lib/x", "1")]);
    assert_eq!(paths(&same), ["/lib", "/usr", "/usr/lib", "/usr/lib/x"]);
    let above = tree(&[linked(), Tar::default().file("lib/x", "1")]);
    assert_eq!(paths(&above), ["/lib", "/lib/x", "/usr", "/usr/lib"]);
}

#[test]
fn paths_are_resolved_inside_of_the_image() {
    let tree = tree(&[Tar::default()
        .file("usr/bin/busybox", "1")
        .symlink("bin", "usr/bin")
        .symlink("usr/bin/sh", "/bin/busybox")
        .symlink("usr/bin/up", "../../../../bin/sh")
        .symlink("loop", "loop")
        .symlink("gone", "/nowhere")]);
    let resolve = |path| tree.resolve(path).map(|(path, _)| path);
    assert_eq!(resolve("/bin/sh").as_deref(), Some("/usr/bin/busybox"));
    assert_eq!(resolve("/bin/up").as_deref(), Some("/usr/bin/busybox"));
    assert_eq!(resolve("/"), Some("/".to_owned()));
    assert_eq!(resolve("/bin/sh/x"), None);
    assert_eq!(resolve("/loop"), None);
    assert_eq!(resolve("/gone"), None);
    assert!(matches!(tree.get("/gone").unwrap().node.kind, Kind::Symlink(_)));
}

#[test]
fn sizes_and_what_is_wasted() {
    let layers = [
        Tar::default()
            .file("kept", "1234")
            .file("over", "12345")
            .file("gone/a", "123")
            .file("b", "12"),
        Tar::default().file("over", "123").file(".wh.gone", "").file(".wh.b", ""),
        Tar::default().file("d", ""),
    ];
    let size = tree(&layers).size().clone();
    assert_eq!(size.layers, [14, 3, 0]);
    assert_eq!((size.total(), size.wasted), (17, 5 + 3 + 2));
    assert!((size.efficiency() - 7.0 / 17.0).abs() < 1e-9);
    // `over` twice and `b`; of `gone` it sees one path with three bytes, and a whiteout with three more.
    assert_eq!(size.dive.wasted, 5 + 3 + 2);
    assert!((size.dive.efficiency - 13.0 / 20.0).abs() < 1e-9, "{}", size.dive.efficiency);
}
