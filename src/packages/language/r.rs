//! R. Sources stand beside each fact.

use crate::packages::cache::{Cache, Cleanup, Need, Place, Root};
use crate::packages::{Grammar, Kind, PackageManager, Program};
use Kind::Install;

/// `install.packages` downloads into the directory of the session, which R removes when it ends:
/// <https://stat.ethz.ch/R-manual/R-devel/library/utils/html/install.packages.html>, `destdir`.
pub(in crate::packages) static R: PackageManager = PackageManager {
    name: "R",
    programs: &[Program::Named("R"), Program::Named("Rscript")],
    grammar: Grammar::R,
    valued: &["-e", "-f", "--file", "-g", "--gui", "--args"],
    verbs: &[],
    version: &[],
    caches: &[],
};

/// The session's directory of littler is `/tmp` itself, so downloads stay:
/// <https://rocker-project.org/use/extending.html>.
pub(in crate::packages) static LITTLER: PackageManager = PackageManager {
    name: "littler",
    programs: &[
        Program::Implies("install2.r", Install),
        Program::Implies("install.r", Install),
        Program::Implies("installGithub.r", Install),
        Program::Implies("installBioc.r", Install),
    ],
    grammar: Grammar::Verb,
    valued: &["-n", "--ncpus", "-r", "--repos", "-l", "--libloc", "-d", "--deps", "-m", "--method"],
    verbs: &[],
    version: &[],
    caches: &[Cache {
        what: "downloaded packages",
        places: &[Place(&[(Root::Absolute, "/tmp/downloaded_packages")])],
        filled_by: &[Install],
        need: Need::Downloads,
        cleanup: Cleanup::Remove(&[""]),
        flags_off: &[],
        flags_update: &[],
        variables_off: &[],
    }],
};
