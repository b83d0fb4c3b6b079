//! An image that was built for a proof, read and measured; or why there is none.

use super::archive::{Configuration, Image, Wanted};
use super::case::{Build, Measured, Texts};
use super::engine::{BuildFailure, BuildOrder, Cause, EngineError, LABEL};
use super::libraries::{self, Libraries};
use super::proof::Prover;
use super::surface;
use super::tree::Tree;
use std::fs;
use std::time::Duration;

/// Lines of a log that are shown.
const LINES: usize = 12;

/// An image that was built and read.
pub(super) struct Made {
    pub(super) tag: String,
    took: Duration,
    /// Why its log is not complete.
    pub(super) trouble: Option<String>,
    pub(super) configuration: Configuration,
    pub(super) tree: Tree,
    pub(super) started: Libraries,
    pub(super) whole: Libraries,
}

/// Why there is no image to look at.
pub(super) enum Failed {
    Build(Box<BuildFailure>),
    Engine(String),
    /// It was built, and cannot be read; or it took too long.
    Read(String),
}

impl Prover<'_> {
    /// Builds the image of these texts, and reads it. `what` names it for the user.
    pub(super) fn make(
        &mut self,
        what: &str,
        texts: &Texts,
        build: &Build,
        cached: bool,
    ) -> Result<Made, Failed> {
        let order = self.order(what, texts, build, cached).map_err(|error| {
            Failed::Read(format!("its texts cannot be written for the engine: {error}"))
        })?;
        (self.tell)(&format!("building {what}"));
        let tell = &mut *self.tell;
        let built = self.run.build(&order, &mut |step| tell(&format!("building {what}: {step}")));
        let built = match built {
            Ok(built) => built,
            Err(failure) => {
                return Err(match &failure.cause {
                    // The user's limit, not the engine's doing.
                    Cause::Engine(error @ EngineError::TimedOut { .. }) => {
                        Failed::Read(error.to_string())
                    }
                    Cause::Engine(error) => Failed::Engine(error.to_string()),
                    Cause::Dockerfile(_) => Failed::Build(failure),
                });
            }
        };
        (self.tell)(&format!("reading {what}"));
        let image = self.read(&built.image)?;
        let tree = Tree::merge(&image.layers).map_err(|error| Failed::Read(error.to_string()))?;
        let mut configuration = image.configuration;
        configuration.labels.remove(LABEL);
        let trouble = built.log_trouble.map(|why| format!("the log is not complete: {why}"));
        let started = libraries::of_start(&tree, &configuration);
        let whole = libraries::of_image(&tree, &configuration);
        Ok(Made {
            tag: built.image,
            took: built.took,
            trouble,
            configuration,
            tree,
            started,
            whole,
        })
    }

    fn read(&mut self, tag: &str) -> Result<Image, Failed> {
        let engine = |error: EngineError| Failed::Engine(error.to_string());
        let mut saved = self.run.save(tag, self.options.timeout).map_err(engine)?;
        let wanted = Wanted { name: Some(tag), platform: None };
        let image = self.reader.read(&mut saved, &wanted);
        // An engine that died is the reason why an archive is cut off.
        saved.finish().map_err(engine)?;
        image.map_err(|error| Failed::Read(format!("the image cannot be read: {error}")))
    }

    /// Writes the texts of a build, beside which docker finds the ignore file by its name.
    pub(super) fn order(
        &mut self,
        what: &str,
        texts: &Texts,
        build: &Build,
        cached: bool,
    ) -> std::io::Result<BuildOrder> {
        self.builds += 1;
        let folder = self.folder.join(format!("{}-{}", self.builds, what.replace(' ', "-")));
        fs::create_dir_all(&folder)?;
        let dockerfile = folder.join("Dockerfile");
        fs::write(&dockerfile, &*texts.dockerfile)?;
        let ignore_file = folder.join("Dockerfile.dockerignore");
        if let Some(ignore) = &texts.ignore {
            fs::write(&ignore_file, &**ignore)?;
        }
        let options = self.options;
        Ok(BuildOrder {
            dockerfile,
            ignore_file: texts.ignore.is_some().then_some(ignore_file),
            context: build.context.clone(),
            target: build.target.clone(),
            build_arguments: build.arguments.clone(),
            platform: build.platform.clone(),
            secrets: options.secrets.clone(),
            ssh: options.ssh.clone(),
            named_contexts: build.contexts.clone(),
            no_cache: !cached,
            timeout: options.timeout,
            log: Some(folder.join("build.log")),
            ..BuildOrder::default()
        })
    }
}

impl Made {
    pub(super) fn measured(&self) -> Measured {
        let surface = surface::measure(&self.tree, &self.configuration);
        let user = match self.configuration.user.as_str() {
            "" => "root".to_owned(),
            user => user.to_owned(),
        };
        let size = self.tree.size();
        Measured {
            layers: size.layers.clone(),
            wasted: size.wasted,
            efficiency: size.dive.efficiency,
            files: surface.files,
            packages: surface.package_count(),
            set_uid: surface.set_uid.len() + surface.set_gid.len(),
            shells: surface.shells.len(),
            package_managers: surface.managers.len(),
            user,
            vulnerabilities: None,
            build_seconds: self.took,
            rebuild_seconds: None,
        }
    }
}

/// The end of what the engine said.
pub(super) fn tail(failure: &BuildFailure) -> Vec<String> {
    let lines: Vec<&str> = failure.tail.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| (*line).to_owned()).collect()
}

/// Where a build failed, in words.
pub(super) fn told(failure: &BuildFailure, dockerfile: &str) -> String {
    let Some(lines) = &failure.lines else {
        let step = failure.step.as_deref().map(|step| format!(" at `{step}`"));
        return format!("it no longer builds{}", step.unwrap_or_default());
    };
    let text = dockerfile.lines().nth(lines.start() - 1).unwrap_or_default().trim();
    format!("it no longer builds: line {} of the rewritten file fails, `{text}`", lines.start())
}
