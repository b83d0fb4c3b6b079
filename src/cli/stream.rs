//! `jettison stream`: one record in, one record out, in order, for as long as there are any.

mod lines;
mod record;

use super::arguments::Arguments;
use super::output::Output;
use super::settings::{self, Resolver, Settings};
use super::subcommands::StreamArguments;
use super::{FAILED, Refusal, batch, discover, read, suggest, template};
use crate::pipeline::Outcome;
use crate::project::ContextFiles;
use crate::report::{FileReport, Origin, Problem, Written, error, stream_json};
use crate::transform::Transform;
use lines::{Line, Lines};
use record::{Mistake, Record};
use std::io::BufReader;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Records that are held for each job at most: one in work, and as many waiting as keep it busy.
const HELD: usize = 6;

/// Bytes that are written at once while more records are done.
const BUFFER: usize = 64 << 10;

/// A record with the place where its answer is waited for.
struct Job {
    line: Line,
    answer: SyncSender<Vec<u8>>,
}

/// What is the same for all records.
struct Work {
    resolver: Resolver<'static>,
    /// Those of the folder `here`.
    settings: Arc<Settings>,
    here: PathBuf,
    /// Bytes of a Dockerfile.
    limit: u64,
}

/// Answers every record of standard input. Threads that wait for input are left behind when the reader of the
/// output went away: they end with the process.
pub(super) fn run(
    wanted: &StreamArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<u8, Refusal> {
    refuse(wanted)?;
    let Some(work) = prepared(wanted, transforms, output)? else { return Ok(FAILED) };
    let work = Arc::new(work);
    let cores = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = wanted.jobs.map_or_else(cores, NonZeroUsize::get);
    // Beside these, each worker holds one record, and the reader has one in its hand.
    let (give, take) = sync_channel::<Job>(jobs);
    let (order, answers) = sync_channel::<Receiver<Vec<u8>>>(jobs * (HELD - 2));
    let take = Arc::new(Mutex::new(take));
    for _ in 0..jobs {
        let (work, take) = (work.clone(), take.clone());
        spawn(move || answer_all(&work, &take))?;
    }
    let longest = wanted.max_record_size as usize;
    let reader = spawn(move || {
        let stdin = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
        give_all(Lines::new(stdin, longest), &give, &order)
    })?;
    if !write_all(&answers, output) {
        return Ok(0);
    }
    match reader.join() {
        Ok(Ok(())) => Ok(0),
        Ok(Err(error)) => Err(format!("standard input: {}", read::reason(&error))),
        Err(_) => Err("standard input: its reader crashed".to_owned()),
    }
}

/// What chooses files of a tree has nothing to choose from here.
fn refuse(wanted: &StreamArguments) -> Result<(), Refusal> {
    let it = &wanted.selection;
    let flags = [
        ("a PATH", !it.paths.is_empty()),
        ("`--include`", !it.include.is_empty()),
        ("`--exclude`", !it.exclude.is_empty()),
        ("`--changed-since`", it.changed_since.is_some()),
        ("`--context`", it.context.is_some()),
        ("`--shard`", it.shard.is_some()),
    ];
    match flags.iter().find(|(_, is_given)| *is_given) {
        Some((flag, _)) => {
            Err(format!("`stream` reads records from standard input, and {flag} is about files"))
        }
        None => Ok(()),
    }
}

/// With the configuration of the folder in which the command runs; `None` if that is wrong, which is then told.
fn prepared(
    wanted: &StreamArguments,
    transforms: &'static [&'static Transform],
    output: &mut Output<'_>,
) -> Result<Option<Work>, Refusal> {
    // The threads that work with it may live until the process ends.
    let arguments = Box::leak(Box::new(Arguments::previewing(&wanted.selection)));
    let colour = super::output::colour(wanted.selection.color);
    let resolver = Resolver::new(arguments, transforms, colour)?;
    let here = settings::current_folder();
    let settings = resolver.settings(&here);
    for problem in resolver.problems() {
        output.error(&error::stray(&problem, colour));
    }
    let Some(settings) = settings else { return Ok(None) };
    resolver.unknown_id()?;
    let request = &settings.request;
    if !request.transforms.is_empty() && request.transforms.iter().all(|it| it.is_for_contexts()) {
        let id = &request.transforms[0].id;
        return Err(format!("`{id}` is about a build context, and a record is one Dockerfile"));
    }
    Ok(Some(Work { resolver, settings, here, limit: wanted.selection.max_file_size }))
}

/// Deeply nested texts need more than a thread's usual stack.
fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<thread::JoinHandle<T>, Refusal> {
    let spawned = thread::Builder::new().stack_size(batch::STACK).spawn(work);
    spawned.map_err(|error| format!("no thread can be started: {}", read::reason(&error)))
}

/// Hands out the lines, and tells in which order the answers are wanted, until nobody wants any more.
fn give_all(
    mut lines: Lines<impl std::io::BufRead>,
    give: &SyncSender<Job>,
    order: &SyncSender<Receiver<Vec<u8>>>,
) -> std::io::Result<()> {
    while let Some(line) = lines.next()? {
        let (answer, wanted) = sync_channel(1);
        if order.send(wanted).is_err() || give.send(Job { line, answer }).is_err() {
            break;
        }
    }
    Ok(())
}

fn answer_all(work: &Work, take: &Mutex<Receiver<Job>>) {
    loop {
        let job = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { line, answer }) = job else { return };
        let answered = catch_unwind(AssertUnwindSafe(|| answer_to(work, &line)));
        let crashed = |_| {
            let problem = Problem::Bug("the answer to this record crashed".to_owned());
            stream_json::answer("null", &report(String::new(), String::new(), Err(problem)))
        };
        // Nobody waits for it any more if the reader of the output went away.
        let _ = answer.send(answered.unwrap_or_else(crashed));
    }
}

/// Writes the answers in order; `false` if nobody reads them.
fn write_all(answers: &Receiver<Receiver<Vec<u8>>>, output: &mut Output<'_>) -> bool {
    let mut written = Vec::new();
    loop {
        let next = match answers.try_recv() {
            Ok(next) => Ok(next),
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                // Whoever sent the last record may be waiting for its answer before he sends another.
                output.send(&written);
                written.clear();
                if output.is_closed() {
                    return false;
                }
                answers.recv()
            }
        };
        let Ok(answer) = next else { break };
        written.extend(answer.recv().unwrap_or_default());
        if written.len() > BUFFER {
            output.send(&written);
            written.clear();
        }
        if output.is_closed() {
            return false;
        }
    }
    output.send(&written);
    !output.is_closed()
}

fn answer_to(work: &Work, line: &Line) -> Vec<u8> {
    let record = match line {
        Line::Whole(bytes) => Record::read(bytes),
        Line::TooLong(limit) => Err(Mistake::too_long(*limit)),
    };
    match record {
        Ok(record) => stream_json::answer(record.id, &rewritten(work, &record)),
        Err(Mistake { id, path, message, help }) => {
            let id = id.as_deref().unwrap_or("null");
            stream_json::refusal(id, &path, &message, help.as_deref())
        }
    }
}

fn rewritten(work: &Work, record: &Record<'_>) -> FileReport<'static> {
    let (path, source) = (record.path.clone().into_owned(), &*record.content);
    if source.len() as u64 > work.limit {
        return report(path, String::new(), Err(read::too_large(work.limit)));
    }
    let is_template = template::is_named_like_one(Path::new(&path));
    if is_template || template::looks_like_one(source) {
        let reason = "it looks like a template that another program turns into a Dockerfile";
        let left_alone = Some(reason.to_owned());
        let outcome = Outcome { left_alone, ..Outcome::empty() };
        return report(path, source.to_owned(), Ok(outcome));
    }
    let files = match record.context() {
        Some((files, texts)) => ContextFiles::told(files, texts),
        None => ContextFiles::default(),
    };
    let files = files.of_dockerfile(&path);
    let settings = work.resolver.settings_of(&work.settings, &work.here.join(&path));
    let result = batch::rewrite(&Arc::default(), &files, source, &settings.request);
    let warnings = suggest::comments(source, &settings.known);
    FileReport { warnings, ..report(path, source.to_owned(), result) }
}

fn report(
    name: String,
    source: String,
    result: Result<Outcome<'static>, Problem>,
) -> FileReport<'static> {
    FileReport {
        patch_name: discover::patch_name(Path::new(&name), Path::new("")),
        name,
        origin: Origin::Found,
        is_new: false,
        source: source.into(),
        result,
        written: Written::No,
        warnings: Vec::new(),
    }
}
