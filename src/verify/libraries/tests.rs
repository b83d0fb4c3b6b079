//! Images in which something is missing, and others in which nothing is.

use super::{newly_missing, of_image, of_start};
use crate::verify::archive::Configuration;
use crate::verify::testing::{Program, Tar, tree};

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

fn program(needed: &[&str]) -> Vec<u8> {
    Program { interpreter: Some(LOADER), needed, ..Program::default() }.bytes()
}

fn library(needed: &[&str]) -> Vec<u8> {
    Program { needed, ..Program::default() }.bytes()
}

fn base() -> Tar {
    Tar::default()
        .program("lib64/ld-linux-x86-64.so.2", library(&[]))
        .file("lib/x86_64-linux-gnu/libc.so.6", library(&["ld-linux-x86-64.so.2"]))
}

fn run(words: &[&str]) -> Configuration {
    Configuration {
        cmd: words.iter().map(|it| (*it).to_owned()).collect(),
        env: vec!["PATH=/usr/bin".to_owned()],
        ..Configuration::default()
    }
}

fn start(tar: Tar, configuration: &Configuration) -> Vec<String> {
    let found = of_start(&tree(&[tar]), configuration);
    found.missing.iter().map(ToString::to_string).collect()
}

#[test]
fn libraries_are_followed_to_the_last() {
    let tar = || base().program("usr/bin/app", program(&["liba.so.1", "libc.so.6"]));
    let found = tar()
        .symlink("usr/lib/liba.so.1", "liba.so.1.2")
        .file("usr/lib/liba.so.1.2", library(&["libc.so.6", "libb.so.2"]));
    assert_eq!(
        start(found.clone().file("usr/lib/libb.so.2", library(&[])), &run(&["app"])),
        [""; 0]
    );
    assert_eq!(
        start(found, &run(&["app"])),
        ["library `libb.so.2` is missing, which `/usr/lib/liba.so.1` needs"]
    );
    assert_eq!(
        start(tar(), &run(&["app"])),
        ["library `liba.so.1` is missing, which `/usr/bin/app` needs"]
    );
}

#[test]
fn a_library_of_another_machine_is_none() {
    let mut other = library(&[]);
    other[18] = 183;
    let tar = base().program("usr/bin/app", program(&["liba.so"])).file("usr/lib/liba.so", other);
    assert_eq!(start(tar, &run(&["app"])).len(), 1);
}

#[test]
fn what_is_started_and_what_starts_it_has_to_be_there() {
    assert_eq!(
        start(base(), &run(&["app"])),
        ["program `app` is missing, which the image is to start"]
    );
    let tar = Tar::default().program("usr/bin/app", program(&[]));
    assert_eq!(
        start(tar, &run(&["/usr/bin/app"])),
        ["interpreter `/lib64/ld-linux-x86-64.so.2` is missing, which `/usr/bin/app` needs"]
    );
    let tar = || Tar::default().program("usr/bin/app", "#!/usr/bin/env -S node --x\n");
    assert_eq!(
        start(tar(), &run(&["app"])),
        ["interpreter `/usr/bin/env` is missing, which `/usr/bin/app` needs"]
    );
    assert_eq!(
        start(tar().program("usr/bin/env", ""), &run(&["app"])),
        ["interpreter `node` is missing, which `/usr/bin/app` needs"]
    );
    let linked = tar().program("usr/bin/env", "").symlink("usr/bin/node", "/opt/node");
    assert_eq!(start(linked.clone(), &run(&["app"])).len(), 1);
    assert_eq!(
        start(linked.program("opt/node", program(&[])), &run(&["app"])),
        ["interpreter `/lib64/ld-linux-x86-64.so.2` is missing, which `/opt/node` needs"]
    );
    // What cannot be executed is no program.
    assert_eq!(start(Tar::default().file("usr/bin/app", "#!/bin/sh"), &run(&["app"])).len(), 1);
}

#[test]
fn entry_points_start_what_they_are_given() {
    let tar = base()
        .program("entry.sh", "#!/usr/bin/sh\nexec \"$@\"")
        .program("usr/bin/sh", library(&[]))
        .program("usr/bin/app", program(&["liba.so"]));
    let lack = ["library `liba.so` is missing, which `/usr/bin/app` needs"];
    let mut configuration = run(&["app", "--flag", "nothing"]);
    configuration.entrypoint = vec!["./entry.sh".to_owned()];
    assert_eq!(start(tar.clone(), &configuration), lack);
    assert_eq!(start(tar, &run(&["/usr/bin/sh", "-c", "cd /x && exec app \"$1\""])), lack);
}

#[test]
fn rpath_runpath_and_the_variable() {
    let origin = Program {
        interpreter: Some(LOADER),
        needed: &["liba.so"],
        runpath: Some("/none:$ORIGIN/../own"),
        ..Program::default()
    };
    let tar = base()
        .program("usr/bin/app", origin.bytes())
        .file("usr/own/liba.so", library(&["libb.so"]));
    // A RUNPATH is not inherited, an RPATH is.
    let tar = tar.file("usr/own/libb.so", library(&[]));
    assert_eq!(
        start(tar.clone(), &run(&["app"])),
        ["library `libb.so` is missing, which `/usr/own/liba.so` needs"]
    );
    let inherited = Program { runpath: None, rpath: Some("${ORIGIN}/../own"), ..origin };
    assert_eq!(
        start(tar.clone().program("usr/bin/app", inherited.bytes()), &run(&["app"])),
        [""; 0]
    );
    let mut configuration = run(&["app"]);
    configuration.env.push("LD_LIBRARY_PATH=/x:/usr/own".to_owned());
    assert_eq!(start(tar, &configuration), [""; 0]);
}

#[test]
fn folders_of_the_loaders_settings() {
    let tar = || {
        base()
            .program("usr/bin/app", program(&["liba.so", "libb.so"]))
            .file("opt/a/liba.so", library(&[]))
            .file("opt/b/libb.so", library(&[]))
    };
    assert_eq!(start(tar(), &run(&["app"])).len(), 2);
    let configured = tar()
        .file("etc/ld.so.conf", "# x\n/opt/a/ # y\ninclude /etc/ld.so.conf.d/*.conf\n")
        .file("etc/ld.so.conf.d/b.conf", "/opt/b\n");
    assert_eq!(start(configured, &run(&["app"])), [""; 0]);
}

#[test]
fn musl_searches_by_its_own_rules() {
    let musl = "/lib/ld-musl-x86_64.so.1";
    let app =
        Program { interpreter: Some(musl), needed: &["libc.so", "liba.so"], ..Program::default() };
    let tar = || {
        Tar::default()
            .program("lib/ld-musl-x86_64.so.1", library(&[]))
            .program("usr/bin/app", app.bytes())
    };
    let found = tar().file("usr/local/lib/liba.so", library(&[]));
    assert_eq!(start(found.clone(), &run(&["app"])), [""; 0]);
    let elsewhere = found.file("etc/ld-musl-x86_64.path", "/lib\n/usr/lib");
    assert_eq!(start(elsewhere, &run(&["app"])).len(), 1);
    // RUNPATH is inherited there.
    let app = Program { runpath: Some("/own"), ..app };
    let tar = tar()
        .program("usr/bin/app", app.bytes())
        .file("own/liba.so", library(&["libb.so"]))
        .file("own/libb.so", library(&[]));
    assert_eq!(start(tar, &run(&["app"])), [""; 0]);
}

#[test]
fn of_a_whole_image_only_what_is_newly_missing_counts() {
    let tar = || {
        base()
            .program("usr/bin/app", program(&["liba.so"]))
            .program("usr/bin/old", program(&["libnever.so"]))
            .program("usr/bin/script", "#!/usr/bin/perl\n")
            .program("srv/other", program(&["libelsewhere.so"]))
    };
    let before = of_image(&tree(&[tar().file("usr/lib/liba.so", library(&[]))]), &run(&[]));
    let after = of_image(&tree(&[tar()]), &run(&[]));
    assert_eq!((before.missing.len(), after.missing.len()), (2, 3));
    let new: Vec<String> = newly_missing(&before, &after).iter().map(ToString::to_string).collect();
    assert_eq!(new, ["library `liba.so` is missing, which `/usr/bin/app` needs"]);
}
