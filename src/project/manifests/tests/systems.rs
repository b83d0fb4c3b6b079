//! Go and Rust.

use super::{defaults, told};

#[test]
fn a_module_names_its_replacements() {
    let text = "// Deprecated: use b\nmodule example.com/a // x\n\ngo 1.22.1\ntoolchain go1.22.3\n\nrequire (\n\tgolang.org/x/text v0.14.0\n\texample.com/b v1.0.0 // indirect\n)\nrequire \"example.com/c\" v2.0.0+incompatible\n\nreplace (\n\texample.com/b v1.0.0 => ../b\n\texample.com/d => example.com/e v1.0.0\n)\nreplace example.com/c => ./c\nretract [v1.0.0, v1.1.0]\ntool example.com/gen/cmd\nexclude(x v1.0.0)\nrequire github.com/go-git/go-git/v5 v5.1.0\n";
    assert_eq!(
        told("go.mod", text),
        [
            "name example.com/a",
            "4: go 1.22.1",
            "5: toolchain go1.22.3",
            "8: needs golang.org/x/text v0.14.0",
            "11: needs example.com/c v2.0.0+incompatible",
            "19: needs example.com/gen/cmd to build",
            "21: needs github.com/go-git/go-git/v5 v5.1.0",
            "14: package ../b",
            "17: package c",
        ]
    );
    assert_eq!(
        told("go.work", "go 1.22\nuse (\n\t.\n\t./tools\n)\n"),
        ["1: go 1.22", "3: package .", "4: package tools"]
    );
    assert_eq!(told("go.mod", "module a\nrequire (\n"), ["! line 2: `require (` is not closed"]);
    assert_eq!(told("go.mod", "hello\n"), ["! line 1: there is no directive"]);
}

#[test]
fn a_crate_names_its_members_readme_and_build_script() {
    let text = r#"[package]
name = "shop"
version.workspace = true
rust-version = "1.75"
readme = "docs/README.md"
license-file = "LICENSE"
build = "tools/build.rs"
include = ["/src/**/*", "!x"]

[[bin]]
name = "shop"
path = "src/shop.rs"

[lib]
path = "src/shop_lib.rs"

[workspace]
members = ["crates/*"]

[workspace.dependencies]
serde = { version = "1", features = ["derive"] }

[dependencies]
core = { path = "../core", version = "0.1" }
other = { package = "real-name", git = "https://x.y/z" }
extra = { version = "2", optional = true }

[target.'cfg(unix)'.dependencies]
nix = "0.29"

[dev-dependencies]
insta = "1"

[build-dependencies.vergen-gitcl]
version = "1"

[patch.crates-io]
ring = { path = "vendored/ring" }

[package.metadata.deb]
assets = [["assets/shop.service", "lib/systemd/system/", "644"]]
"#;
    assert_eq!(
        told("Cargo.toml", text),
        [
            "name shop",
            "4: rust 1.75",
            "24: needs core 0.1",
            "25: needs real-name",
            "26: needs extra 2 if wanted",
            "32: needs insta 1 in development",
            "34: needs vergen-gitcl 1 to build",
            "21: needs serde 1",
            "29: needs nix 0.29",
            "34: git vergen-gitcl",
            "5: document docs/README.md",
            "6: document LICENSE",
            "7: content tools/build.rs",
            "8: content src/**/*",
            "8: content !x",
            "15: content src/shop_lib.rs",
            "12: content src/shop.rs",
            "18: package crates/*",
            "24: package ../core",
            "38: package vendored/ring",
            "41: content assets/shop.service",
            "41: content lib/systemd/system",
        ]
    );
    assert_eq!(defaults("Cargo.toml", ""), ["target"]);
    assert_eq!(told("Cargo.toml", "[package\nname = 'a'\n")[0].split(':').next(), Some("! line 1"));
}
