//! LuaRocks. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Configure, Install, Query, Remove};

/// <https://github.com/luarocks/luarocks/wiki/Config-file-format>, `local_cache`.
pub(in crate::packages) static LUAROCKS: PackageManager = PackageManager {
    name: "luarocks",
    programs: &[Program::Named("luarocks"), Program::Versioned("luarocks")],
    grammar: Grammar::Verb,
    valued: &[
        "--tree",
        "--server",
        "--only-server",
        "--from",
        "--only-from",
        "--lua-version",
        "--lua-dir",
    ],
    verbs: &[
        ("install", Install),
        ("build", Install),
        ("make", Install),
        ("download", Install),
        ("remove", Remove),
        ("purge", Remove),
        ("list", Query),
        ("search", Query),
        ("show", Query),
        ("config", Configure),
        ("path", Configure),
        ("lint", Configure),
        ("pack", Configure),
    ],
    version: &[],
    caches: &[Cache {
        what: "downloads",
        places: &[Place(&[
            (Root::Variable("XDG_CACHE_HOME"), "luarocks"),
            (Root::Home, ".cache/luarocks"),
        ])],
        filled_by: &[Install],
        need: Need::Downloads,
        cleanup: Cleanup::Remove(&[""]),
        flags_off: &[],
        flags_update: &[],
        variables_off: &[],
    }],
};
