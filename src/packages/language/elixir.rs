//! Mix. Sources stand beside each fact.

use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Build, Install, Remove, Run, Unknown};

/// Dependencies are in the project; `~/.hex` and `~/.mix` hold tools too: <https://hexdocs.pm/hex/Mix.Tasks.Hex.Config.html>.
pub(in crate::packages) static MIX: PackageManager = PackageManager {
    name: "mix",
    programs: &[Program::Named("mix")],
    grammar: Grammar::Verb,
    valued: &["--only", "--target"],
    verbs: &[
        ("deps.get", Install),
        ("deps.update", Install),
        ("local.hex", Install),
        ("local.rebar", Install),
        ("archive.install", Install),
        ("escript.install", Install),
        ("do", Unknown),
        ("deps.compile", Build),
        ("compile", Build),
        ("release", Build),
        ("test", Build),
        ("phx.digest", Build),
        ("deps.clean", Remove),
        ("run", Run),
        ("phx.server", Run),
    ],
    version: &[],
    caches: &[],
};
