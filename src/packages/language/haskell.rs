//! Stack and Cabal. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Build, Configure, Install, Query, Run, Update, Upgrade};

/// `~/.stack` holds the compiler and the built libraries: <https://docs.haskellstack.org/en/stable/topics/stack_root/>.
pub(in crate::packages) static STACK: PackageManager = PackageManager {
    name: "stack",
    programs: &[Program::Named("stack")],
    grammar: Grammar::Verb,
    valued: &[
        "--resolver",
        "--stack-yaml",
        "--work-dir",
        "--local-bin-path",
        "--flag",
        "--ghc-options",
        "-j",
    ],
    verbs: &[
        ("setup", Install),
        ("install", Build),
        ("build", Build),
        ("test", Build),
        ("update", Update),
        ("upgrade", Upgrade),
        ("exec", Run),
        ("run", Run),
        ("runghc", Run),
        ("ghci", Run),
        ("clean", Configure),
        ("config", Configure),
        ("path", Query),
        ("new", Configure),
        ("init", Configure),
    ],
    version: &[],
    caches: &[Cache {
        what: "stack root",
        places: &[Place(&[(Root::Variable("STACK_ROOT"), ""), (Root::Home, ".stack")])],
        filled_by: &[Install, Build, Update],
        need: Need::Build,
        cleanup: Cleanup::Keep("`~/.stack` holds the compiler and the libraries that were built"),
        flags_off: &[],
        flags_update: &[],
        variables_off: &[],
    }],
};

/// The store holds built libraries that executables may load: <https://cabal.readthedocs.io/en/stable/config.html>.
pub(in crate::packages) static CABAL: PackageManager = PackageManager {
    name: "cabal",
    programs: &[Program::Named("cabal")],
    grammar: Grammar::Verb,
    valued: &[
        "--config-file",
        "-w",
        "--with-compiler",
        "--installdir",
        "--constraint",
        "--project-file",
        "-f",
    ],
    verbs: &[
        ("update", Update),
        ("v2-update", Update),
        ("new-update", Update),
        ("install", Build),
        ("v2-install", Build),
        ("new-install", Build),
        ("v1-install", Build),
        ("build", Build),
        ("v2-build", Build),
        ("new-build", Build),
        ("test", Build),
        ("fetch", Install),
        ("get", Install),
        ("configure", Build),
        ("run", Run),
        ("exec", Run),
        ("user-config", Configure),
        ("sandbox", Configure),
        ("init", Configure),
    ],
    version: &[],
    caches: &[Cache {
        what: "index and sources",
        places: &[Place(&[
            (Root::Variable("CABAL_DIR"), "packages"),
            (Root::Home, ".cabal/packages"),
        ])],
        filled_by: &[Update, Install, Build],
        need: Need::Build,
        cleanup: Cleanup::Keep("later builds read the index of cabal"),
        flags_off: &[],
        flags_update: &[],
        variables_off: &[],
    }],
};
