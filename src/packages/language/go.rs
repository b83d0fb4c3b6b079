//! Go modules. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Build, Clean, Configure, Install, Run, Unknown};

/// Modules are read again by every build, and some programs read files of modules at run time, so only
/// the build cache is one: <https://pkg.go.dev/cmd/go#hdr-Build_and_test_caching>. Go before 1.10 has neither
/// that nor `go clean -cache`.
pub(in crate::packages) static GO: PackageManager = PackageManager {
    name: "go",
    programs: &[Program::Named("go")],
    grammar: Grammar::LongVerb,
    valued: &[
        "-o",
        "-ldflags",
        "-tags",
        "-p",
        "-C",
        "-asmflags",
        "-buildmode",
        "-compiler",
        "-gccgoflags",
        "-gcflags",
        "-installsuffix",
        "-mod",
        "-modfile",
        "-overlay",
        "-pkgdir",
        "-toolexec",
        "-exec",
        "-run",
        "-timeout",
        "-coverprofile",
        "-count",
        "-f",
        "-w",
    ],
    verbs: &[
        ("get", Install),
        ("install", Install),
        ("mod download", Install),
        ("mod vendor", Install),
        ("mod tidy", Install),
        ("mod verify", Install),
        ("mod init", Configure),
        ("mod edit", Configure),
        ("mod", Unknown),
        ("build", Build),
        ("test", Build),
        ("vet", Build),
        ("list", Build),
        ("run", Run),
        ("generate", Run),
        ("tool", Run),
        ("clean", Clean),
        ("env", Configure),
        ("version", Configure),
        ("fmt", Configure),
        ("work", Configure),
    ],
    version: &["@"],
    caches: &[
        Cache {
            what: "build cache",
            places: &[Place(&[
                (Root::Variable("GOCACHE"), ""),
                (Root::Variable("XDG_CACHE_HOME"), "go-build"),
                (Root::Home, ".cache/go-build"),
            ])],
            filled_by: &[Install, Build],
            need: Need::Compiled,
            cleanup: Cleanup::Remove(&[""]),
            flags_off: &["-d"],
            flags_update: &[],
            variables_off: &[],
        },
        Cache {
            what: "modules",
            places: &[Place(&[
                (Root::Variable("GOMODCACHE"), ""),
                (Root::Variable("GOPATH"), "pkg/mod"),
                (Root::Home, "go/pkg/mod"),
            ])],
            filled_by: &[Install, Build],
            need: Need::Build,
            cleanup: Cleanup::Keep("a program may read files of its modules at run time"),
            flags_off: &[],
            flags_update: &[],
            variables_off: &[],
        },
    ],
};
