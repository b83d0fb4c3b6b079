//! .NET and NuGet. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Build, Clean, Configure, Install, Query, Remove, Run, Upgrade};

/// Built programs read `~/.nuget/packages`, so it is no cache; `http-cache` is:
/// <https://learn.microsoft.com/nuget/consume-packages/managing-the-global-packages-and-cache-folders>.
pub(in crate::packages) static DOTNET: PackageManager = PackageManager {
    name: "dotnet",
    programs: &[Program::Named("dotnet")],
    grammar: Grammar::Verb,
    valued: &[
        "-c",
        "--configuration",
        "-o",
        "--output",
        "-r",
        "--runtime",
        "-f",
        "--framework",
        "-s",
        "--source",
        "--tool-path",
        "--version",
        "-v",
        "--verbosity",
        "--configfile",
        "--packages",
        "-p",
        "--project",
        "--launch-profile",
        "--arch",
        "--os",
        "-a",
    ],
    verbs: &[
        ("restore", Install),
        ("add", Install),
        ("tool install", Install),
        ("tool restore", Install),
        ("tool update", Upgrade),
        ("tool uninstall", Remove),
        ("workload install", Install),
        ("workload restore", Install),
        ("build", Build),
        ("publish", Build),
        ("pack", Build),
        ("test", Build),
        ("msbuild", Build),
        ("run", Run),
        ("exec", Run),
        ("watch", Run),
        ("tool run", Run),
        ("ef", Run),
        ("clean", Configure),
        ("new", Configure),
        ("sln", Configure),
        ("nuget locals", Clean),
        ("nuget", Configure),
        ("dev-certs", Configure),
        ("--info", Query),
    ],
    version: &[],
    caches: &[Cache {
        what: "HTTP cache",
        // Which of the two it is depends on the release: the program knows.
        places: &[
            Place(&[
                (Root::Variable("NUGET_HTTP_CACHE_PATH"), ""),
                (Root::Variable("XDG_DATA_HOME"), "NuGet/http-cache"),
                (Root::Home, ".local/share/NuGet/http-cache"),
            ]),
            Place(&[
                (Root::Variable("NUGET_HTTP_CACHE_PATH"), ""),
                (Root::Variable("XDG_DATA_HOME"), "NuGet/v3-cache"),
                (Root::Home, ".local/share/NuGet/v3-cache"),
            ]),
        ],
        filled_by: &[Install, Upgrade, Build],
        need: Need::Downloads,
        cleanup: Cleanup::Own("nuget locals http-cache --clear"),
        flags_off: &["--no-restore", "--no-build", "--no-cache", "--no-http-cache"],
        flags_update: &[],
        variables_off: &[],
    }],
};

pub(in crate::packages) static NUGET: PackageManager = PackageManager {
    name: "nuget",
    programs: &[Program::Named("nuget")],
    grammar: Grammar::LongVerb,
    valued: &[
        "-Source",
        "-OutputDirectory",
        "-Version",
        "-ConfigFile",
        "-PackagesDirectory",
        "-SolutionDirectory",
    ],
    verbs: &[
        ("restore", Install),
        ("install", Install),
        ("update", Upgrade),
        ("locals", Clean),
        ("sources", Configure),
        ("config", Configure),
        ("pack", Build),
        ("push", Run),
    ],
    version: &[],
    caches: &[],
};
