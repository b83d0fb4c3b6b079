//! opam. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Clean, Configure, Install, Query, Remove, Run, Unknown, Update, Upgrade};

/// <https://opam.ocaml.org/doc/man/opam-clean.html>, `--download-cache`: opam 1 has no `clean`.
pub(in crate::packages) static OPAM: PackageManager = PackageManager {
    name: "opam",
    programs: &[Program::Named("opam")],
    grammar: Grammar::Verb,
    valued: &[
        "-j",
        "--jobs",
        "--switch",
        "--root",
        "--comp",
        "-c",
        "--compiler",
        "--repos",
        "--packages",
    ],
    verbs: &[
        ("init", Install),
        ("install", Install),
        ("reinstall", Install),
        ("depext", Install),
        ("switch create", Install),
        ("switch", Unknown),
        ("update", Update),
        ("upgrade", Upgrade),
        ("remove", Remove),
        ("uninstall", Remove),
        ("pin", Install),
        ("pin add", Install),
        ("clean", Clean),
        ("exec", Run),
        ("env", Configure),
        ("config", Configure),
        ("config env", Configure),
        ("var", Configure),
        ("option", Configure),
        ("repository", Configure),
        ("repo", Configure),
        ("list", Query),
        ("show", Query),
    ],
    version: &[".", "=", "<", ">"],
    caches: &[Cache {
        what: "downloads",
        places: &[Place(&[
            (Root::Variable("OPAMROOT"), "download-cache"),
            (Root::Home, ".opam/download-cache"),
        ])],
        filled_by: &[Install, Upgrade],
        need: Need::Downloads,
        cleanup: Cleanup::Remove(&[""]),
        flags_off: &["--root"],
        flags_update: &[],
        variables_off: &[],
    }],
};
