//! What readers make of small manifests, told as one line for each thing that they say.

mod dotnet;
mod elsewhere;
mod javascript;
mod jvm;
mod python;
mod systems;

use super::{Group, Holds, Kind, Manifest, Role, kind_of, read};
use proptest::prelude::{Strategy, any, prop, proptest};

/// All that a manifest says.
fn told(name: &str, text: &str) -> Vec<String> {
    match read(kind_of(name).unwrap(), text) {
        Ok(manifest) => tell(&manifest),
        Err(unclear) => vec![format!("! {unclear}")],
    }
}

fn tell(manifest: &Manifest) -> Vec<String> {
    let mut told = Vec::new();
    let about = [
        ("name", &manifest.name),
        ("version", &manifest.version),
        ("manager", &manifest.package_manager),
        ("backend", &manifest.build_backend),
        ("lock", &manifest.lock_version),
    ];
    for (key, value) in about {
        told.extend(value.iter().map(|value| format!("{key} {value}")));
    }
    for it in &manifest.runtimes {
        told.push(format!("{}: {} {}", it.line, it.name, it.wanted));
    }
    for it in manifest.dependencies.iter().chain(&manifest.plugins) {
        let group = match it.group {
            Group::Normal => "",
            Group::Development => " in development",
            Group::Optional => " if wanted",
            Group::Build => " to build",
        };
        let wanted = it.wanted.as_ref().map(|wanted| format!(" {wanted}")).unwrap_or_default();
        told.push(format!("{}: needs {}{wanted}{group}", it.line, it.name));
    }
    told.extend(
        manifest.scripts.iter().map(|it| format!("{}: runs {}: {}", it.line, it.name, it.text)),
    );
    told.extend(manifest.reads_git.iter().map(|it| format!("{}: git {}", it.line, it.name)));
    for it in manifest.outputs.iter().filter(|it| it.line.is_some()) {
        let holds = if it.holds == Holds::Build { "build" } else { "dependencies" };
        told.push(format!("{}: fills {} ({holds})", it.line.unwrap_or_default(), it.path));
    }
    told.extend(named(manifest));
    told.extend(manifest.unclear.iter().map(|it| format!("? {it}")));
    told
}

fn named(manifest: &Manifest) -> impl Iterator<Item = String> {
    manifest.named_files().map(|it| {
        let role = match it.role {
            Role::Document => "document",
            Role::Manifest => "manifest",
            Role::Package => "package",
            Role::Content => "content",
            Role::Entry => "entry",
        };
        format!("{}: {role} {}", it.line, it.path)
    })
}

/// The folders that are filled by default.
fn defaults(name: &str, text: &str) -> Vec<String> {
    let manifest = read(kind_of(name).unwrap(), text).unwrap();
    manifest.outputs.into_iter().filter(|it| it.line.is_none()).map(|it| it.path).collect()
}

const NAMES: [&str; 24] = [
    "package.json",
    "pnpm-workspace.yaml",
    "go.mod",
    "go.work",
    "Cargo.toml",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "MANIFEST.in",
    "requirements-dev.txt",
    "Pipfile",
    "pom.xml",
    "build.gradle.kts",
    "a.csproj",
    "a.sln",
    "a.slnx",
    "Gemfile",
    "a.gemspec",
    "composer.json",
    "mix.exs",
    "CMakeLists.txt",
    "Makefile",
    "yarn.lock",
    "Cargo.lock",
];

#[test]
fn manifests_are_known_by_their_names() {
    for name in NAMES {
        assert!(kind_of(name).is_some(), "{name}");
    }
    for (name, kind) in [
        ("settings.gradle", Kind::Gradle),
        ("Directory.Build.props", Kind::MsBuild),
        ("dev-requirements.in", Kind::Requirements),
        ("constraints.txt", Kind::Requirements),
    ] {
        assert_eq!(kind_of(name), Some(kind), "{name}");
    }
    for name in [
        "package.yaml",
        "main.go",
        "a.xml",
        "toml",
        "requirements.md",
        "pom",
        "",
        "README",
        ".lock",
    ] {
        assert_eq!(kind_of(name), None, "{name}");
    }
}

#[test]
fn byte_order_marks_and_line_ends_of_windows_are_fine() {
    let texts = [
        ("package.json", "{\n  \"name\": \"a\"\n}\n"),
        ("Cargo.toml", "[package]\nname = \"a\"\n"),
        ("go.mod", "module a\n"),
        ("pom.xml", "<project>\n<artifactId>a</artifactId>\n</project>\n"),
        ("mix.exs", "[\n app: :a\n]\n"),
        ("setup.cfg", "[metadata]\nname = a\n"),
        ("setup.py", "setup(\n  name='a',\n)\n"),
        ("settings.gradle", "rootProject.name = 'a'\n"),
        ("a.gemspec", "s.name = 'a'\n"),
    ];
    for (name, text) in texts {
        let crlf = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        for text in [text, &crlf] {
            let manifest = read(kind_of(name).unwrap(), text).unwrap();
            assert_eq!(manifest.name.as_deref(), Some("a"), "{name}: {text:?}");
        }
    }
}

#[test]
fn hostile_texts_end_at_once() {
    let pieces = [
        "[",
        "{",
        "(",
        "\"",
        "'",
        "\"\"\"",
        "<a>",
        "<a",
        "[a.",
        "a={",
        "{\"a\":",
        "-r ",
        "group x do\n",
        "\\\n",
        "/*",
        "implementation(",
        "{:a,",
        "a.",
        "[[a]]\n",
        "include ",
        "&a [",
        "require (\n",
        "git\n",
        "`",
    ];
    for piece in pieces {
        for text in
            [piece.repeat(8_000), format!("{}{}", piece.repeat(2_000), "]}>)\n".repeat(2_000))]
        {
            for name in NAMES {
                let start = std::time::Instant::now();
                let _ = told(name, &text);
                assert!(start.elapsed().as_secs() < 10, "{name}: {piece}");
            }
        }
    }
    for name in NAMES {
        let large = read(kind_of(name).unwrap(), &" ".repeat(2 << 20));
        let is_lock = matches!(kind_of(name), Some(Kind::Lock(_)));
        assert_eq!(large.is_ok(), is_lock, "{name}");
    }
}

/// Texts made of what the formats are made of.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "'",
        "=",
        ":",
        ",",
        "\n",
        "\r\n",
        " ",
        "\t",
        "#",
        "//",
        "<",
        ">",
        "/",
        "<project>",
        "</project>",
        "<!--",
        "&",
        ";",
        "a",
        "1.0",
        "../x",
        "./y.md",
        "name",
        "version",
        "\"\"\"",
        "path",
        "-r",
        "-e",
        "\\",
        "$",
        "${a}",
        "`git x`",
        "é",
        "\u{feff}",
        "\0",
        "tool",
        "dependencies",
        ".",
        "do",
        "end",
        "gem",
        "id",
        "include",
        "module",
        "require (",
        "@",
        "git",
        "file:",
        "#{",
        "%",
        "*",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_panics(name in prop::sample::select(NAMES.to_vec()), text in texts()) {
        let lines = text.lines().count().max(1) + 1;
        if let Ok(manifest) = read(kind_of(name).unwrap(), &text) {
            assert!(manifest.named_files().all(|it| (1..=lines).contains(&it.line) && !it.path.is_empty()));
        }
    }

    #[test]
    fn not_even_any_text(name in prop::sample::select(NAMES.to_vec()), text in any::<String>()) {
        let _ = read(kind_of(name).unwrap(), &text);
    }
}
