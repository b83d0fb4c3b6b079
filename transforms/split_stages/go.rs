//! Go: programs that `go build`, `go install` and `go run` make.

use super::case::Case;
use super::commands::{Step, Work};
use super::evidence::{Sources, outermost};
use super::install::{self, Made};
use super::plan::{Copied, Ground, Plan};
use super::program::Program;
use super::{Stack, Stop, makefile, needs};
use crate::facts::{is_within, resolve};
use crate::images::{Family, Libc};
use crate::shell::command::base;
use crate::shell::{self, Dialect};
use std::collections::BTreeSet;
use std::sync::Arc;

mod cgo;

pub(super) const STACK: Stack = Stack { name: "Go", is, plan };

/// Where `go install` puts programs, and where a shell looks for them.
const PATH: &[&str] = &["/go/bin", "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin"];

/// Tools that write sources, or look at them.
const GENERATORS: &[&str] = &[
    "buf",
    "dep",
    "easyjson",
    "ent",
    "gen",
    "glide",
    "go-bindata",
    "gofmt",
    "golangci-lint",
    "golint",
    "govendor",
    "gox",
    "gqlgen",
    "mockgen",
    "oapi-codegen",
    "packr",
    "packr2",
    "pkger",
    "protoc",
    "qtc",
    "rice",
    "sqlc",
    "statik",
    "stringer",
    "swag",
    "templ",
    "wire",
];

/// Servers that compile when a source changes.
const WATCHERS: &[&str] =
    &["CompileDaemon", "air", "dlv", "fresh", "gin", "modd", "nodemon", "realize", "reflex"];

/// What a source calls to write files; temporary ones are for everybody.
const WRITERS: &[&str] = &[
    "SaveUploadedFile(",
    "badger.Open(",
    "bbolt.Open(",
    "bolt.Open(",
    "ioutil.WriteFile(",
    "leveldb.OpenFile(",
    "lumberjack.",
    "os.Chmod(",
    "os.Create(",
    "os.Mkdir",
    "os.OpenFile(",
    "os.Remove",
    "os.Rename(",
    "os.WriteFile(",
    "sqlite",
];

/// What reads the folder that the program starts in, whatever is in there.
const WHOLE: &[&str] = &[
    "Dir(\".\")",
    "Dir(\"./\")",
    "DirFS(\".\")",
    "DirFS(\"./\")",
    "ReadDir(\".\")",
    "ReadDir(\"./\")",
    "Walk(\".\"",
    "WalkDir(\".\"",
];

fn is(case: &Case) -> bool {
    let builds = |step: &Step| {
        matches!(&step.work, Work::Program { name: "go", words, .. }
            if matches!(words.first(), Some(Some("build" | "install" | "get"))))
    };
    let repository = case.repository();
    repository == "golang" || repository.ends_with("/golang") || case.steps().iter().any(builds)
}

fn plan(case: &Case, program: &mut Program) -> Result<Plan, Stop> {
    let name = base(&program.words[0]);
    if WATCHERS.contains(&name) {
        let reason = format!("`{name}` compiles the sources anew when they change");
        return Err(case.stop("development", reason));
    }
    let repository = case.repository();
    if !case.is_plain_distribution() && case.image().is_some() && base(repository) != "golang" {
        let reason = format!("`{}` may have more than what builds the program", case.reference());
        return Err(case.stop("other-base", reason));
    }
    let mut made = made(case)?;
    let mut plan = Plan::default();
    if let ("go", Some("run")) = (name, program.words.get(1).map(String::as_str)) {
        built_before(case, program, &mut made, &mut plan)?;
    }
    let sources = read(case)?;
    let started = install::find(case, program, &made, PATH)?;
    plan.copies.extend(started.copies.iter().cloned());
    plan.start = started.start(program);
    plan.ground = Ground { kind: cgo::kind(case, &sources, &mut plan)?, ..Ground::default() };
    plan.ground.shell = started.shell.clone();
    plan.copies.extend(made.others.iter().cloned());
    let workdir = case.workdir()?;
    plan.copies.extend(sources.files(case, program, workdir, &made)?);
    plan.copies = outermost(std::mem::take(&mut plan.copies));
    sources.programs(case, &made, &mut plan)?;
    needs::packages(case, &sources.text(), &mut plan)?;
    needs::health(case, &made, &mut plan)?;
    needs::zones(&sources.text(), &mut plan);
    plan.ground.temporary = sources.text().iter().any(|it| {
        it.contains("os.CreateTemp") || it.contains("TempDir") || it.contains("TempFile")
    });
    plan.ground.root = sources.root(case);
    if sources.only_code {
        plan.ground.root = Some("its sources were not read".to_owned());
        plan.doubts.push("its sources were not read: pass `--context DIR`".to_owned());
    }
    plan.left.push("the sources".to_owned());
    Ok(plan)
}

/// Everything that the `RUN`s make.
fn made(case: &Case) -> Result<Made, Stop> {
    let mut made = Made::default();
    for step in case.steps() {
        let Work::Program { name, words, environment } = &step.work else {
            install::other(case, step, &mut made)?;
            continue;
        };
        let verb = words.first().copied().flatten();
        match (*name, verb) {
            ("go", Some("build" | "install" | "get")) => {
                let programs = compiled(case, step, words, environment)?;
                if !is_own(case, step, words) {
                    made.foreign.extend(programs.iter().cloned());
                }
                made.programs.extend(programs);
            }
            ("go", _) | ("git", _) => (),
            ("make", _) => by_make(case, step, words, &mut made)?,
            (tool, _) if GENERATORS.contains(&tool) => (),
            _ => install::other(case, step, &mut made)?,
        }
    }
    Ok(made)
}

/// What a makefile of the context builds.
fn by_make(case: &Case, step: &Step, words: &[Option<&str>], made: &mut Made) -> Result<(), Stop> {
    let unknown = |reason: String| Stop { code: "unknown-command", at: step.at, reason };
    let workdir = step.workdir.as_deref().filter(|_| step.certain);
    let targets = words.iter().copied().collect::<Option<Vec<&str>>>();
    let targets =
        targets.filter(|all| !all.iter().any(|it| it.starts_with('-') || it.contains('=')));
    let (Some(workdir), Some(targets)) = (workdir, targets) else {
        return Err(unknown(format!("what `{}` makes is not known", step.text)));
    };
    let path = case.source(&format!("{}/Makefile", workdir.trim_end_matches('/')))?;
    let text = path.and_then(|path| case.text(&path));
    let commands = text.and_then(|text| makefile::commands(&text, &targets));
    let Some(commands) = commands else {
        return Err(unknown(format!(
            "`{}`: there is no makefile that says what it does",
            step.text
        )));
    };
    for command in commands {
        let parsed = shell::parse(&command, Dialect::Unknown);
        let Some(parsed) = parsed else {
            return Err(unknown(format!("`{}` runs `{command}`, which cannot be read", step.text)));
        };
        for (own, simple, context) in parsed.simple_commands() {
            let Some(call) = parsed.invocation(simple) else { continue };
            let words: Vec<Option<&str>> = call.literals().collect();
            let text = super::commands::shortened(own.span.of(&parsed.text));
            let certain = context.always_runs() && own.redirects.is_empty();
            let step = Step { certain, text, ..step.clone() };
            match (call.program, words.first().copied().flatten()) {
                ("go", Some("build" | "install")) => {
                    made.programs.extend(compiled(case, &step, &words, &call.environment)?);
                }
                ("go" | "git" | "echo" | "rm" | "mkdir" | "printf" | "test" | "[", _) => (),
                (tool, _) if GENERATORS.contains(&tool) => (),
                _ => {
                    return Err(unknown(format!(
                        "what `{}` of the makefile makes is not known",
                        step.text
                    )));
                }
            }
        }
    }
    Ok(())
}

/// Options of `go build` with a value behind them.
const VALUES: &[&str] = &[
    "-C",
    "-asmflags",
    "-buildmode",
    "-compiler",
    "-covermode",
    "-coverpkg",
    "-gccgoflags",
    "-gcflags",
    "-installsuffix",
    "-ldflags",
    "-mod",
    "-modfile",
    "-overlay",
    "-p",
    "-pgo",
    "-pkgdir",
    "-tags",
    "-toolexec",
];

/// The paths of the programs that a `go build` or `go install` makes.
fn compiled(
    case: &Case,
    step: &Step,
    words: &[Option<&str>],
    environment: &[(&str, Option<&str>)],
) -> Result<Vec<String>, Stop> {
    let unclear = |why: &str| {
        let reason = format!("`{}`: {why}", step.text);
        Stop { code: "unclear-output", at: step.at, reason }
    };
    if !step.certain {
        return Err(unclear("it need not run"));
    }
    let installs = words[0] != Some("build");
    let mut output = None;
    let mut packages = Vec::new();
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        match *word {
            Some("-o" | "--o") => {
                let path = rest.next().copied().flatten();
                output = Some(path.ok_or_else(|| unclear("its output depends on a variable"))?);
            }
            Some("-C" | "--C") => return Err(unclear("it changes the folder")),
            Some(option) if option.starts_with("-o=") => output = Some(&option[3..]),
            Some(option) if VALUES.contains(&option.trim_start_matches('-')) => {
                rest.next();
            }
            Some(option) if VALUES.contains(&option) => {
                rest.next();
            }
            Some(option) if option.starts_with('-') => (),
            Some(package) => packages.push(package),
            None => return Err(unclear("a variable stands among its packages")),
        }
    }
    // `go get -d` and `go get` of a module only download.
    let own = |name: &str| {
        let value = environment.iter().find(|(it, _)| *it == name).and_then(|it| it.1);
        value.map(str::to_owned).or_else(|| case.variable(name).map(|it| it.into_owned()))
    };
    if words.contains(&Some("-d")) {
        return Ok(Vec::new());
    }
    let is_remote = |it: &&str| !it.starts_with('.') && !it.ends_with(".go");
    let is_remote = !packages.is_empty() && packages.iter().all(is_remote);
    let workdir = step.workdir.as_deref().or(is_remote.then_some("/"));
    let workdir = workdir.ok_or_else(|| unclear("where it runs is not known"))?;
    let names = names(case, workdir, &packages).map_err(|why| match (output, installs) {
        (Some(_), false) => None,
        _ => Some(unclear(&why)),
    });
    let names = match names {
        Ok(names) => names,
        Err(None) => Vec::new(),
        Err(Some(stop)) if installs && words[0] == Some("install") => return Err(stop),
        Err(Some(_)) if installs => Vec::new(),
        Err(Some(stop)) => return Err(stop),
    };
    if installs {
        let folder = own("GOBIN").or_else(|| {
            let path = own("GOPATH").unwrap_or_else(|| "/go".to_owned());
            Some(format!("{}/bin", path.split(':').next().unwrap_or("/go")))
        });
        let folder = folder.unwrap_or_default();
        return Ok(names.iter().map(|name| format!("{folder}/{name}")).collect());
    }
    let resolved = |path: &str| {
        resolve(Some(workdir), path).ok_or_else(|| unclear("where its output goes is not known"))
    };
    match output {
        Some(folder) if folder.ends_with('/') || packages.len() > 1 => {
            names.iter().map(|name| resolved(&format!("{folder}/{name}"))).collect()
        }
        Some(path) => Ok(vec![resolved(path)?]),
        // The results of several packages are thrown away.
        None if packages.iter().any(|it| it.ends_with("...")) && names.len() != 1 => Ok(Vec::new()),
        None if packages.len() > 1 && !packages[0].ends_with(".go") => Ok(Vec::new()),
        None => names.iter().map(|name| resolved(name)).collect(),
    }
}

/// Whether what a command compiles is of the build context.
fn is_own(case: &Case, step: &Step, words: &[Option<&str>]) -> bool {
    let workdir = step.workdir.as_deref().unwrap_or("/");
    let is_address = |it: &&str| {
        it.split_once('/').is_some_and(|(host, _)| host.contains('.') && !host.starts_with('.'))
    };
    let mut packages = words[1..].iter().flatten().copied().filter(|it| !it.starts_with('-'));
    let is_module = |package: &str| {
        let path = case.source(&format!("{}/go.mod", workdir.trim_end_matches('/')));
        let text = path.ok().flatten().and_then(|path| case.text(&path));
        let module =
            text.as_deref().and_then(|it| it.lines().find_map(|it| it.strip_prefix("module ")));
        module.is_some_and(|module| is_within(package, module.trim()))
    };
    match packages.find(|it| is_address(it) && !it.ends_with(".go")) {
        Some(package) => {
            let package = package.split('@').next().unwrap_or(package).trim_end_matches("/...");
            let root = case.variable("GOPATH");
            let root = root.as_deref().unwrap_or("/go");
            is_module(package) || case.is_brought(&format!("{root}/src/{package}"))
        }
        None => {
            let paths = words[1..].iter().flatten().filter(|it| it.starts_with(['.', '/']));
            let mut folders: Vec<String> =
                paths.filter_map(|it| resolve(Some(workdir), it.trim_end_matches("..."))).collect();
            folders.push(workdir.to_owned());
            folders.iter().any(|it| case.is_brought(it))
        }
    }
}

/// How the programs of packages are called.
fn names(case: &Case, workdir: &str, packages: &[&str]) -> Result<Vec<String>, String> {
    if packages.first().is_some_and(|it| it.ends_with(".go")) {
        let name = base(packages[0]).trim_end_matches(".go");
        if name.contains('*') {
            return Err("the name of its output depends on the files".to_owned());
        }
        return Ok(vec![name.to_owned()]);
    }
    let all = if packages.is_empty() { &["."][..] } else { packages };
    let mut names = Vec::new();
    for package in all {
        let package = package.split('@').next().unwrap_or(package);
        if let Some(folder) = package.strip_suffix("...") {
            names.extend(mains(case, workdir, folder.trim_end_matches('/'))?);
            continue;
        }
        let folder = resolve(Some(workdir), package).unwrap_or_default();
        let is_path = package.starts_with('.') || package.starts_with('/');
        names.push(match is_path {
            true => name_of(case, &folder)?,
            false => last_element(package).to_owned(),
        });
    }
    Ok(names)
}

/// How the program in a folder of the image is called: as its module, or as the folder.
fn name_of(case: &Case, folder: &str) -> Result<String, String> {
    let module = case.source(&format!("{}/go.mod", folder.trim_end_matches('/')));
    let unknown =
        || "how its output is called depends on `go.mod`: pass `--context DIR`".to_owned();
    if let Some(path) = module.map_err(|_| unknown())? {
        let text = case.text(&path).ok_or_else(|| format!("`{path}` cannot be read"))?;
        let module = text.lines().find_map(|line| line.trim().strip_prefix("module "));
        let module = module.map(|it| it.split("//").next().unwrap_or(it).trim().trim_matches('"'));
        return module
            .map(|it| last_element(it).to_owned())
            .ok_or_else(|| format!("`{path}` names no module"));
    }
    match base(folder) {
        "" => Err("how its output is called is not known".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// `c` of `a/b/c` and of `a/b/c/v2`.
fn last_element(path: &str) -> &str {
    let is_version = |it: &str| {
        it.strip_prefix('v')
            .is_some_and(|it| it.bytes().all(|it| it.is_ascii_digit()) && !it.is_empty())
    };
    match path.rsplit_once('/') {
        Some((before, last)) if is_version(last) => base(before),
        Some((_, last)) => last,
        None => path,
    }
}

/// The programs in all folders of the image below one.
fn mains(case: &Case, workdir: &str, folder: &str) -> Result<Vec<String>, String> {
    let unknown = || "what it makes depends on the sources: pass `--context DIR`".to_owned();
    let top = resolve(Some(workdir), folder).unwrap_or_default();
    let mut folders = BTreeSet::new();
    for file in case.files().map_err(|_| unknown())? {
        if !file.ends_with(".go") || file.ends_with("_test.go") {
            continue;
        }
        let place = case.place(file).map_err(|_| unknown())?;
        let Some(place) = place.filter(|it| is_within(it, &top)) else { continue };
        let is_main = case
            .text(file)
            .is_some_and(|text| text.lines().any(|line| line.trim_end() == "package main"));
        if is_main {
            folders.insert(place[..place.rfind('/').unwrap_or(0)].to_owned());
        }
    }
    folders.iter().map(|folder| name_of(case, folder)).collect()
}

/// What `go run` compiles each time is compiled once, by the build stage.
fn built_before(
    case: &Case,
    program: &mut Program,
    made: &mut Made,
    plan: &mut Plan,
) -> Result<(), Stop> {
    let at = case.span(*program.said.last().unwrap_or(&case.stage().instructions.start));
    let unclear = |why: &str| {
        let reason = format!("`{}`: {why}", program.words.join(" "));
        Stop { code: "unclear-output", at, reason }
    };
    let mut options = Vec::new();
    let mut packages: Vec<&str> = Vec::new();
    let mut at = 2;
    while let Some(word) = program.words.get(at).map(String::as_str) {
        match word {
            "-exec" => return Err(unclear("it runs the program through another one")),
            _ if VALUES.contains(&word) => {
                options.push(word);
                options.extend(program.words.get(at + 1).map(String::as_str));
                at += 1;
            }
            _ if word.starts_with('-') && packages.is_empty() => options.push(word),
            _ if word.ends_with(".go") => packages.push(word),
            _ if packages.is_empty() => {
                packages.push(word);
                at += 1;
                break;
            }
            _ => break,
        }
        at += 1;
    }
    let plain =
        |word: &&str| word.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_./=,+".contains(&it));
    if packages.is_empty() || !options.iter().chain(&packages).all(plain) {
        return Err(unclear("what it compiles is not known"));
    }
    let workdir = case.workdir()?;
    let name = names(case, workdir, &packages).map_err(|why| unclear(&why))?;
    let [name] = &name[..] else { return Err(unclear("it names several programs")) };
    let path = format!("/usr/local/bin/{name}");
    let mut words = vec!["go", "build"];
    words.extend(&options);
    words.extend(["-o", &path]);
    words.extend(&packages);
    let assigned: Vec<(String, String)> = std::mem::take(&mut program.assigned);
    let (build, own): (Vec<_>, Vec<_>) =
        assigned.into_iter().partition(|(name, _)| crate::effect::split::is_build_variable(name));
    let mut command: Vec<String> =
        build.iter().map(|(name, value)| format!("{name}={value}")).collect();
    command.extend(words.iter().map(|it| (*it).to_owned()));
    plan.built.push((super::emit::tail(case), format!("RUN {}", command.join(" "))));
    let said =
        format!("`{}` is compiled once, and no longer at each start", program.words.join(" "));
    let rest = program.words[at..].to_vec();
    *program = Program {
        words: std::iter::once(path.clone()).chain(rest).collect(),
        fixed: program.fixed.min(1),
        assigned: own,
        changed: true,
        ..program.clone()
    };
    program.through.push(said);
    made.programs.push(path);
    Ok(())
}

/// The sources of the program.
struct Read {
    /// Paths of the context with their texts.
    files: Vec<(String, Arc<str>)>,
    embedded: BTreeSet<String>,
    /// Every file that arrives is named by its `COPY`, and is code: nothing else can be read.
    only_code: bool,
}

const CODE: &[&str] =
    &[".go", ".s", ".c", ".h", ".cpp", ".cc", ".hpp", ".proto", ".sum", ".mod", ".work"];
const MANIFESTS: &[&str] = &["go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt"];

fn read(case: &Case) -> Result<Read, Stop> {
    if let Err(stop) = case.files() {
        let is_code = |path: &str| {
            let name = base(path);
            !path.contains(['*', '?', '[']) && CODE.iter().any(|end| name.ends_with(end))
        };
        let all = || case.arrivals.iter().flat_map(|it| &it.paths);
        return match all().all(|path| path.as_deref().is_some_and(is_code)) {
            true => Ok(Read { files: Vec::new(), embedded: BTreeSet::new(), only_code: true }),
            false => Err(stop),
        };
    }
    let mut files = Vec::new();
    let mut embedded = BTreeSet::new();
    case.read_ahead(|path| path.ends_with(".go") && !path.ends_with("_test.go"))?;
    for path in case.files()? {
        if !path.ends_with(".go") || path.ends_with("_test.go") || case.place(path)?.is_none() {
            continue;
        }
        let Some(text) = case.text(path) else {
            let reason = format!("`{path}` cannot be read");
            return Err(case.stop("unreadable-source", reason));
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let embeds = memchr::memmem::find(text.as_bytes(), b"//go:embed ").is_some();
        let lines = text.lines().filter(|_| embeds);
        for line in lines.filter_map(|it| it.strip_prefix("//go:embed ")) {
            for pattern in line.split_whitespace() {
                let pattern = pattern.trim_matches('"').trim_start_matches("all:");
                let fixed = pattern.split('*').next().unwrap_or_default().trim_end_matches('/');
                let path = resolve(Some(&format!("/{folder}")), fixed).unwrap_or_default();
                if path.len() > 1 {
                    embedded.insert(path.trim_start_matches('/').to_owned());
                }
            }
        }
        files.push((path.to_string(), text));
    }
    Ok(Read { files, embedded, only_code: false })
}

impl Read {
    /// All of it.
    fn text(&self) -> Vec<&str> {
        self.files.iter().map(|(_, text)| &**text).collect()
    }

    /// What the program reads when it runs.
    fn files(
        &self,
        case: &Case,
        program: &Program,
        workdir: &str,
        made: &Made,
    ) -> Result<Vec<Copied>, Stop> {
        if self.only_code {
            return Ok(Vec::new());
        }
        let whole = self
            .files
            .iter()
            .find_map(|(path, text)| WHOLE.iter().any(|it| text.contains(it)).then_some(path));
        if let Some(path) = whole {
            if matches!(workdir, "/" | "/go" | "/root") {
                let reason =
                    format!("`{path}` reads all of `{workdir}`, which has more than the program");
                return Err(case.stop("reads-all", reason));
            }
            return Ok(vec![Copied::folder(workdir, format!("`{path}` reads all of it"))]);
        }
        let sources =
            Sources { code: CODE, manifests: MANIFESTS, embedded: &self.embedded, workdir };
        let files: Vec<&str> = self.files.iter().map(|(path, _)| path.as_str()).collect();
        let words = needs::words(case, program);
        let mut found = sources.read(case, &files, &words)?;
        found.extend(needs::placed_elsewhere(case, &sources, &made.workdirs(case), "/go/src")?);
        Ok(found)
    }

    /// Programs that it starts by their names.
    fn programs(&self, case: &Case, made: &Made, plan: &mut Plan) -> Result<(), Stop> {
        for (path, text) in &self.files {
            let calls =
                text.match_indices("exec.Command").map(|(at, call)| &text[at + call.len()..]);
            for rest in calls {
                let (skipped, rest) = match rest.strip_prefix("Context(") {
                    Some(rest) => (1, rest),
                    None => (0, rest.strip_prefix('(').unwrap_or_default()),
                };
                let Some(word) = rest.split([',', ')']).nth(skipped).map(str::trim) else {
                    continue;
                };
                match word.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
                    Some(name) => needs::program(case, made, name, path, plan)?,
                    None if word.is_empty() => (),
                    None => plan
                        .doubts
                        .push(format!("`{path}` starts a program whose name is not written there")),
                }
            }
        }
        Ok(())
    }

    /// Why it has to stay root.
    fn root(&self, case: &Case) -> Option<String> {
        let writes = self.files.iter().find_map(|(path, text)| {
            let call = WRITERS.iter().find(|it| text.contains(**it))?;
            Some(format!("`{path}` may write files (`{}`)", call.trim_end_matches('(')))
        });
        writes.or_else(|| needs::low_port(case, &self.text()))
    }
}

/// The C library of the base image.
fn libc(case: &Case) -> Option<Libc> {
    case.image().and_then(|image| image.libc())
}

fn is_alpine(case: &Case) -> bool {
    let distribution = case.image().and_then(|image| image.distribution.as_ref());
    distribution.is_some_and(|it| it.family == Family::Alpine)
}
