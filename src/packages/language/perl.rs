//! CPAN. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::{Install, Query, Remove, Unknown};

/// Work directories and logs: <https://metacpan.org/dist/App-cpanminus/view/lib/App/cpanminus/fatscript.pm>;
/// configuration of `cpan` is in `CPAN` beside them: <https://metacpan.org/pod/CPAN#Config-Variables>.
pub(in crate::packages) static CPAN: PackageManager = PackageManager {
    name: "cpan",
    programs: &[
        Program::Named("cpanm"),
        Program::Named("cpan"),
        Program::Named("cpm"),
        Program::Implies("carton", Unknown),
    ],
    grammar: Grammar::Operands,
    valued: &[
        "-l",
        "-L",
        "--local-lib",
        "--local-lib-contained",
        "--mirror",
        "-M",
        "--from",
        "--cpanfile",
        "--save-dists",
        "--configure-timeout",
        "--build-timeout",
        "--test-timeout",
        "--with-feature",
        "-j",
    ],
    verbs: &[
        ("--installdeps", Install),
        ("-U", Remove),
        ("--uninstall", Remove),
        ("--info", Query),
    ],
    version: &["@", "~"],
    caches: &[
        Cache {
            what: "work directories",
            places: &[Place(&[(Root::Variable("PERL_CPANM_HOME"), ""), (Root::Home, ".cpanm")])],
            filled_by: &[Install],
            need: Need::Downloads,
            cleanup: Cleanup::Remove(&[""]),
            flags_off: &["--save-dists"],
            flags_update: &[],
            variables_off: &[],
        },
        Cache {
            what: "sources and build directories",
            places: &[Place(&[(Root::Home, ".cpan")])],
            filled_by: &[Install],
            need: Need::Downloads,
            cleanup: Cleanup::Remove(&["build", "sources"]),
            flags_off: &[],
            flags_update: &[],
            variables_off: &[],
        },
    ],
};
