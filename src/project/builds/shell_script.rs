//! Shell scripts of the project that build images.
//!
//! Nothing says in which folder a script runs, unless it goes to one itself. Then its own folder and those above
//! are tried, up to the top of the repository: a build counts if its Dockerfile is there in one case only.

use super::dotenv::Values;
use super::paths::folder;
use super::script::of_file;
use super::{Build, Builds, File, Target, Unclear};
use std::collections::BTreeMap;
use std::path::Path;

/// Folders above a script that are tried.
const MOST: usize = 12;

const TOOLS: [&str; 5] = ["docker", "podman", "buildah", "nerdctl", "kaniko"];

/// Where a build stands: builds of one place differ by the folder that is tried.
type Spot = (usize, String);

pub(super) fn read(file: &File<'_>) -> Builds {
    if !TOOLS.iter().any(|tool| file.text.contains(tool)) {
        return Builds::default();
    }
    let from = |place: &Path| {
        let mut found = Builds::default();
        of_file(file, place.to_path_buf(), Values::new(), 0).read(&mut found);
        found
    };
    by_folder(file, &from)
}

/// What a file builds that runs in its own folder or one above, and does not say in which. `from` is what it builds
/// from a folder.
pub(super) fn by_folder(file: &File<'_>, from: &dyn Fn(&Path) -> Builds) -> Builds {
    let mut builds = Builds::default();
    let above = folder(file.path).ancestors().take_while(|it| it.starts_with(file.root));
    let mut tried: BTreeMap<Spot, Vec<Vec<Build>>> = BTreeMap::new();
    for (number, place) in above.take(MOST).enumerate() {
        let found = from(place);
        if number == 0 {
            found.unclear.into_iter().for_each(|unclear| builds.push_unclear(unclear));
        }
        let mut here: BTreeMap<Spot, Vec<Build>> = BTreeMap::new();
        // What it runs in turn is read for itself.
        for build in found.builds.into_iter().filter(|it| it.place.file == file.path) {
            here.entry((build.place.line, build.place.what.clone())).or_default().push(build);
        }
        for (spot, found) in here {
            let ways = tried.entry(spot).or_default();
            if !ways.contains(&found) {
                ways.push(found);
            }
        }
    }
    tried.into_values().for_each(|ways| decide(file, ways, &mut builds));
    builds
}

/// `ways` is what a command builds, by the folder in which the script may run.
fn decide(file: &File<'_>, ways: Vec<Vec<Build>>, builds: &mut Builds) {
    let exists = |path: &Path| (file.other)(path).is_some();
    let there = |way: &&Vec<Build>| way.iter().all(|build| exists(&build.dockerfile));
    let reason = match (ways.len(), ways.iter().filter(there).count()) {
        (1, _) | (_, 1) => {
            let only = if ways.len() == 1 { ways.first() } else { ways.iter().find(there) };
            only.into_iter().flatten().for_each(|build| builds.push(build.clone()));
            return;
        }
        (_, 0) => "its Dockerfile is in no folder in which it may run",
        _ => "the folder in which it runs is not known",
    };
    let some_there = ways.iter().any(|way| there(&way));
    for build in ways.into_iter().filter(|way| !some_there || there(&way)).flatten() {
        builds.push_unclear(Unclear {
            dockerfile: Some(build.dockerfile).filter(|_| some_there),
            target: build.target.map_or(Target::Last, Target::Named),
            images: build.images,
            names: build.names,
            ..Unclear::new(build.place, reason)
        });
    }
}
