//! One run: all that it makes carries its mark, and is removed when it ends.
//!
//! A run that is killed cannot remove anything. It holds a lock on a file as long as it lives, so the
//! next run on the same machine can tell what is left of a dead one from what belongs to a living one,
//! also where several machines share a daemon.

use super::build::{self, BuildFailure, BuildOrder, Built};
use super::container::{self, Container, StartOrder};
use super::save::{self, Saved};
use super::{Engine, EngineError};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tempfile::{NamedTempFile, TempDir};

/// The label of all images and containers of a run; its value is the run's id. It is no part of what
/// is compared.
pub const LABEL: &str = "dev.jettison.verify";
const NAME: &str = "jettison-verify";
const LOCK: &str = ".lock";

/// How often what cannot be removed is tried again.
const TRIES: usize = 5;

/// Images and containers under one name, which are removed when this value goes: also after an
/// error, a panic or an interrupt.
#[derive(Debug)]
pub struct Run<'e> {
    engine: &'e dyn Engine,
    /// The number of this process, and something that nobody else has.
    id: String,
    lock: NamedTempFile,
    count: AtomicUsize,
    images: Mutex<Vec<String>>,
    containers: Mutex<Vec<String>>,
    /// An image could not be removed.
    stumbled: AtomicBool,
}

/// What was left of runs that were killed, and is removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    pub images: usize,
    pub containers: usize,
}

impl<'e> Run<'e> {
    /// Begins a run. The folder for locks is the same for all runs of a user on a machine.
    pub fn begin(engine: &'e dyn Engine, locks: &Path) -> Result<Self, EngineError> {
        let prefix = format!("{NAME}-{}-", std::process::id());
        let lock = || -> std::io::Result<NamedTempFile> {
            let mut lock =
                tempfile::Builder::new().prefix(&prefix).suffix(LOCK).tempfile_in(locks)?;
            // In this order: a lock without a place belongs to nobody whom another run could sweep.
            lock.as_file().try_lock()?;
            lock.write_all(engine.client().place().as_bytes())?;
            Ok(lock)
        };
        let lock = lock().map_err(|error| {
            let place = locks.display();
            EngineError::Unusable(format!("a lock cannot be made in `{place}`: {error}"))
        })?;
        let id = id(lock.path()).unwrap_or_default().to_owned();
        let (images, containers) = (Mutex::default(), Mutex::default());
        let (count, stumbled) = (AtomicUsize::new(0), AtomicBool::new(false));
        Ok(Self { engine, id, lock, count, images, containers, stumbled })
    }

    pub fn engine(&self) -> &'e dyn Engine {
        self.engine
    }

    /// A folder beside its lock for what it hands to the engine: a later run removes what is left of it.
    pub fn folder(&self) -> std::io::Result<TempDir> {
        let locks = self.lock.path().parent().unwrap_or(Path::new("."));
        tempfile::Builder::new()
            .prefix(&format!("{NAME}-{}", self.id))
            .rand_bytes(0)
            .tempdir_in(locks)
    }

    /// `NAME=VALUE`: what all that this run makes is labelled with.
    pub fn label(&self) -> String {
        format!("{LABEL}={}", self.id)
    }

    /// Builds an image under a name of this run, whatever `order.tag` says; `progress` is told each
    /// step. The image goes with the run, or by [`Run::remove_image`].
    pub fn build(
        &self,
        order: &BuildOrder,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Built, Box<BuildFailure>> {
        let mut order = order.clone();
        order.tag = format!("{NAME}:{}-{}", self.id, self.next());
        order.labels.push(self.label());
        // It may be there also if the build fails, or is interrupted at its very end.
        lock(&self.images).push(order.tag.clone());
        build::build(self.engine, &order, progress)
    }

    /// The image as an archive, which is read as the engine writes it.
    pub fn save(&self, image: &str, time: Duration) -> Result<Saved, EngineError> {
        save::save(self.engine, image, time)
    }

    /// Starts a container, detached.
    pub fn start(&self, order: &StartOrder<'_>) -> Result<Container<'_>, EngineError> {
        let name = format!("{NAME}-{}-{}", self.id, self.next());
        lock(&self.containers).push(name.clone());
        container::start(self, name, order)
    }

    pub fn remove_image(&self, image: &str) {
        // The build has failed: then there is none. Or Podman stumbled over one that went at the same time.
        if self.engine.client().clean(&["rmi", "--force", image]).is_err() {
            self.stumbled.store(true, Ordering::Relaxed);
        }
        lock(&self.images).retain(|it| it != image);
    }

    /// Removes what could not be removed by its name.
    fn sweep_own(&self) {
        for _ in 0..TRIES {
            match list_images(self.engine, &self.id) {
                Ok(left) if !left.is_empty() => {
                    // What fails is tried again.
                    let _ = remove_all(self.engine, &left, &["rmi"]);
                }
                _ => break,
            }
        }
    }

    pub(super) fn remove_container(&self, name: &str) {
        // It was never made: then there is none.
        let _ = self.engine.client().clean(&["rm", "--force", "--volumes", name]);
        lock(&self.containers).retain(|it| it != name);
    }

    fn next(&self) -> usize {
        self.count.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        let containers = lock(&self.containers).clone();
        containers.iter().for_each(|name| self.remove_container(name));
        let images = lock(&self.images).clone();
        images.iter().for_each(|name| self.remove_image(name));
        if self.stumbled.load(Ordering::Relaxed) {
            self.sweep_own();
        }
        // The lock file goes after this: until then nobody takes this run for dead.
        let _ = self.lock.as_file().unlock();
    }
}

/// Removes what runs have left that were killed on this machine, with this engine.
pub fn sweep(engine: &dyn Engine, locks: &Path) -> Result<Swept, EngineError> {
    let mut swept = Swept::default();
    let files = fs::read_dir(locks).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files {
        let Some(id) = id(&path) else { continue };
        let Some(_held) = dead(&path, engine) else { continue };
        swept.containers +=
            remove_all(engine, &list_containers(engine, id)?, &["rm", "--volumes"])?;
        swept.images += remove_all(engine, &list_images(engine, id)?, &["rmi"])?;
        // If they cannot be removed, the next run looks again.
        let _ = fs::remove_dir_all(locks.join(format!("{NAME}-{id}")));
        let _ = fs::remove_file(&path);
    }
    Ok(swept)
}

/// The lock of a run with this engine that lives no more.
fn dead(path: &Path, engine: &dyn Engine) -> Option<File> {
    let place = fs::read_to_string(path).ok()?;
    let file = OpenOptions::new().write(true).open(path).ok()?;
    (place == engine.client().place() && file.try_lock().is_ok()).then_some(file)
}

/// The id that the name of a lock holds.
fn id(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?.strip_prefix(NAME)?.strip_suffix(LOCK)?;
    name.strip_prefix('-').filter(|id| id.contains('-'))
}

fn list_containers(engine: &dyn Engine, id: &str) -> Result<Vec<String>, EngineError> {
    if !engine.runs_containers() {
        return Ok(Vec::new());
    }
    let filter = format!("label={LABEL}={id}");
    let words = ["ps", "--all", "--quiet", "--filter", &filter];
    listed(engine, &words)
}

fn list_images(engine: &dyn Engine, id: &str) -> Result<Vec<String>, EngineError> {
    let filter = format!("label={LABEL}={id}");
    let words = ["images", "--quiet", "--no-trunc", "--filter", &filter];
    listed(engine, &words)
}

fn listed(engine: &dyn Engine, words: &[&str]) -> Result<Vec<String>, EngineError> {
    let said = engine.client().clean(words)?;
    let mut found: Vec<String> = said.text().lines().map(|line| line.trim().to_owned()).collect();
    found.retain(|it| !it.is_empty());
    found.sort();
    found.dedup();
    Ok(found)
}

fn remove_all(engine: &dyn Engine, found: &[String], how: &[&str]) -> Result<usize, EngineError> {
    for one in found {
        engine.client().clean(&[how, &["--force", one]].concat())?;
    }
    Ok(found.len())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
