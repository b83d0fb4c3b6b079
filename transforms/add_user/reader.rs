//! Reads the commands and scripts that a container runs.

use super::copied::{package, sources};
use super::known::{DAEMONS, DROPPERS, PLAIN, SWITCHERS, WRAPPERS, WRITERS, is_harmless};
use super::made::{compiles, makes};
use super::program::Program;
use super::source;
use super::{Stop, shortened};
use crate::facts::{Base, resolve};
use crate::shell::command::base;
use crate::shell::{self, CommandKind, Dialect, Script, Simple};
use crate::syntax::{Body, Command};
use crate::text::Span;
use crate::transform::Context;

/// Folders of the search path in which a Dockerfile puts programs; what is in `/usr/sbin` is root's.
const FOLDERS: &[&str] = &["/usr/local/bin/", "/usr/bin/", "/bin/", "/usr/local/sbin/", "/go/bin/"];

/// What an instruction says that runs.
pub(super) enum Said {
    Words(Vec<String>),
    Script(String),
}

/// Takes note of what the programs of a stage need.
pub(super) struct Reader<'c, 'a> {
    pub(super) cx: &'c Context<'a>,
    pub(super) stage: usize,
    /// What messages are about.
    pub(super) at: Span,
}

impl Reader<'_, '_> {
    pub(super) fn said(&self, at: usize) -> Result<Said, Stop> {
        let instruction = &self.cx.file.instructions[at];
        match &instruction.body {
            Body::Cmd(Command::Exec(words)) | Body::Entrypoint(Command::Exec(words)) => {
                Ok(Said::Words(words.iter().map(|word| word.text.to_string()).collect()))
            }
            _ => match instruction.script() {
                Some(script) => Ok(Said::Script(script.text.to_string())),
                None => self.stop("unreadable", "what it runs depends on the builder".to_owned()),
            },
        }
    }

    fn stop<T>(&self, code: &'static str, reason: String) -> Result<T, Stop> {
        Err(Stop { code, at: self.at, reason })
    }

    pub(super) fn script(&self, text: &str, found: &mut Program, depth: usize) -> Result<(), Stop> {
        match shell::parse(text, Dialect::Unknown).or_else(|| shell::parse(text, Dialect::Bash)) {
            Some(script) => self.commands(&script, found, depth),
            None => self.stop("unreadable", format!("`{}` cannot be read", shortened(text))),
        }
    }

    fn commands(&self, script: &Script, found: &mut Program, depth: usize) -> Result<(), Stop> {
        // Whatever else a script does: where it changes the user, it has to start as root.
        for (command, simple, _) in script.simple_commands() {
            let words = simple.words.iter().map(|word| word.literal.as_deref().unwrap_or_default());
            let mut programs = words.map(base).skip_while(|it| WRAPPERS.contains(it));
            if programs.next().is_some_and(|it| DROPPERS.contains(&it)) {
                let text = shortened(command.span.of(&script.text));
                let reason =
                    format!("`{text}` changes the user by itself, for which it has to be root");
                return self.stop("drops-privileges", reason);
            }
        }
        found.functions.extend(functions(script));
        for (command, simple, _) in script.simple_commands() {
            for redirect in &command.redirects {
                let target = redirect.target.span.of(&script.text).trim_matches('"');
                let writes = redirect.operator.contains('>') && !redirect.operator.contains('&');
                if writes && !target.starts_with("/dev/") && !target.starts_with("/tmp/") {
                    found.redirects.push(target.to_owned());
                }
            }
            let words = simple.words.iter().map(|word| match &word.literal {
                Some(text) => text.to_string(),
                None => word.span.of(&script.text).trim_matches('"').to_owned(),
            });
            let words: Vec<String> = words.collect();
            if !words.is_empty() {
                self.command(&words, found, depth)?;
            }
        }
        Ok(())
    }

    /// Looks at one command with all its words.
    pub(super) fn command(
        &self,
        words: &[String],
        found: &mut Program,
        depth: usize,
    ) -> Result<(), Stop> {
        let Some((given, rest)) = words.split_first() else { return Ok(()) };
        let name = base(given);
        let text = || shortened(&words.join(" "));
        if WRAPPERS.contains(&name) {
            let option = |word: &&String| {
                word.starts_with('-') || (word.contains('=') && !word.starts_with('/'))
            };
            let skipped = rest.iter().take_while(option).count();
            return self.command(&rest[skipped..], found, depth);
        }
        // What a script was called with.
        if matches!(given.as_str(), "$@" | "$*" | "${@}") {
            return Ok(());
        }
        // What a function runs is read where it stands.
        if let Some(runs_more) = found.functions.get(given) {
            return if *runs_more { self.command(rest, found, depth) } else { Ok(()) };
        }
        if shell::command::is_shell(name) {
            return self.shell(rest, found, depth);
        }
        if DROPPERS.contains(&name) {
            let reason =
                format!("`{}` changes the user by itself, for which it has to be root", text());
            return self.stop("drops-privileges", reason);
        }
        if switches_user(name, rest) {
            let reason =
                format!("`{}` changes the user by itself, for which it has to be root", text());
            return self.stop("drops-privileges", reason);
        }
        if DAEMONS.contains(&name) {
            let hint = match name {
                "nginx" => "; `nginxinc/nginx-unprivileged` does not, and listens on 8080",
                _ => "",
            };
            return self.stop("daemon", format!("`{name}` starts as root by design{hint}"));
        }
        let waits = match name {
            "sleep" => rest.first().is_some_and(|it| it == "infinity" || it == "inf"),
            "tail" => rest.last().is_some_and(|it| it == "/dev/null"),
            _ => false,
        };
        if waits {
            let reason = format!("`{}` waits for somebody who works in it", text());
            return self.stop("shell", reason);
        }
        if is_harmless(name, rest) {
            if name == "cd" {
                found.goes_to = rest.first().cloned();
            }
            return Ok(());
        }
        if let ("." | "source", Some(path)) = (name, rest.first()) {
            // It only sets variables of its shell.
            let of_python = base(path) == "activate";
            return if of_python { Ok(()) } else { self.file(path, rest, found, depth) };
        }
        // What it is told runs at the end.
        if name == "trap" {
            let action =
                rest.iter().find(|it| *it != "--").filter(|it| !it.is_empty() && *it != "-");
            return action.map_or(Ok(()), |action| self.script(action, found, depth));
        }
        found.commands.push(words.to_vec());
        self.leaves_its_files_alone(name, words)?;
        let version = |start: &str| {
            let end = name.strip_prefix(start).unwrap_or("x");
            end.chars().all(|it| it.is_ascii_digit() || it == '.')
        };
        if self.is_own(given) {
            return self.file(given, words, found, depth);
        }
        if PLAIN.contains(&name) || version("python") {
            return self.interpreter(name, rest, found);
        }
        if WRITERS.contains(&name) {
            found.next |= self.is_next(words);
            if let Some(script) = self.script_of_project(rest) {
                let words: Vec<String> = script.split_whitespace().map(str::to_owned).collect();
                let at =
                    words.iter().position(|it| matches!(it.as_str(), "node" | "tsx" | "ts-node"));
                at.into_iter()
                    .for_each(|at| self.source_writes(&words[at], &words[at + 1..], found));
                found.scripts.push(script);
            }
            found.writes.get_or_insert_with(|| format!("`{}` may write there", text()));
            return Ok(());
        }
        self.file(given, words, found, depth)
    }

    /// Whether a program called by its name alone is a file that the Dockerfile puts on the search path.
    fn is_own(&self, given: &str) -> bool {
        let copies = self.cx.facts.copies(self.stage);
        let brings = |at: usize| {
            let instruction = &self.cx.file.instructions[at];
            let Body::Copy { sources, .. } = &instruction.body else { return false };
            let Some(to) = self.cx.facts.destination(at).map(|it| it.place.path) else {
                return false;
            };
            let on_path =
                |it: &str| FOLDERS.iter().any(|folder| it == folder.trim_end_matches('/'));
            let (folder, name) = to.rsplit_once('/').unwrap_or(("", &to));
            (name == given && on_path(folder))
                || (on_path(&to) && sources.iter().any(|it| base(&it.text) == given))
        };
        !given.contains('/') && copies.into_iter().any(brings)
    }

    /// Refuses what writes beside its code, installs when it starts, or is at home with root.
    fn leaves_its_files_alone(&self, name: &str, words: &[String]) -> Result<(), Stop> {
        let rest = &words[1..];
        let text = || shortened(&words.join(" "));
        if self.development(name, rest) {
            let reason =
                format!("`{}` is a development server, which writes beside its code", text());
            return self.stop("development", reason);
        }
        if matches!(name, "pdm" | "pipenv" | "poetry" | "uv") {
            let reason = format!("`{}` may have its environment in the home of root", text());
            return self.stop("home-of-root", reason);
        }
        let compiles = matches!(
            (name, rest.first().map(String::as_str)),
            ("go" | "cargo", Some("run")) | ("dotnet", Some("run" | "watch"))
        );
        if compiles {
            let reason =
                format!("`{}` compiles when it starts, into caches that belong to root", text());
            return self.stop("compiles-at-start", reason);
        }
        const INSTALL: &[&str] = &["add", "ci", "i", "install"];
        let installs = WRITERS.contains(&name)
            && (rest.iter().any(|it| INSTALL.contains(&it.as_str()))
                || (name == "yarn" && rest.is_empty()));
        if installs || (name.starts_with("python") && rest.iter().any(|it| it == "install")) {
            let reason = format!("`{}` installs when it starts, over what root installed", text());
            return self.stop("installs-at-start", reason);
        }
        Ok(())
    }

    fn shell(&self, rest: &[String], found: &mut Program, depth: usize) -> Result<(), Stop> {
        let is_option = |word: &&String| word.starts_with('-') || *word == "pipefail";
        let options: Vec<&String> = rest.iter().take_while(is_option).collect();
        let Some(next) = rest.get(options.len()) else {
            return self.stop("shell", "it starts a shell for somebody who works in it".to_owned());
        };
        match options.iter().any(|it| it.starts_with('-') && it.ends_with('c')) {
            true => self.script(next, found, depth + 1),
            false => self.file(next, &rest[options.len()..], found, depth),
        }
    }

    /// Servers that compile beside the code and restart when it changes.
    fn development(&self, name: &str, words: &[String]) -> bool {
        let has = |wanted: &[&str]| words.iter().any(|it| wanted.contains(&it.as_str()));
        match name {
            "npm" | "pnpm" | "yarn" => {
                let is_named = has(&["dev", "develop", "serve", "watch", "start:dev", "test"]);
                is_named && !self.starts_plainly(words) || self.starts_development_server(words)
            }
            "ng" | "gulp" | "grunt" | "webpack" | "webpack-dev-server" | "vite" => true,
            "next" | "npx" => has(&["dev", "ng", "vite", "webpack", "react-scripts"]),
            "fastapi" => has(&["dev", "--reload"]),
            // They put what they make of the pages beside them.
            "hexo" | "mdbook" | "trunk" | "zola" => has(&["s", "serve", "server", "watch"]),
            _ => has(&["--reload"]),
        }
    }

    /// A script of the project that starts one program as it is.
    fn starts_plainly(&self, words: &[String]) -> bool {
        let script = self.script_of_project(words);
        script.is_some_and(|it| {
            let program = it.split_whitespace().next().unwrap_or_default();
            let alone = !it.contains(['&', ';', '|']) && !it.contains("--watch");
            matches!(program, "http-server" | "node" | "serve") && alone
        })
    }

    fn starts_development_server(&self, words: &[String]) -> bool {
        const SERVERS: &[&str] = &[
            "react-scripts start",
            "webpack",
            "vite",
            "ng serve",
            "next dev",
            "nuxt dev",
            "gulp",
            "vue-cli-service serve",
            "parcel",
        ];
        self.script_of_project(words)
            .is_some_and(|script| SERVERS.iter().any(|it| script.contains(it)))
    }

    /// What `npm start` or `yarn run web` runs, where the build context tells.
    fn script_of_project(&self, words: &[String]) -> Option<String> {
        let package = package(self.cx, self.stage)?;
        let scripts = package.get("scripts")?;
        words.iter().find_map(|word| scripts.get(word)?.text().map(str::to_owned))
    }

    /// Whether a command runs the server of Next.js.
    fn is_next(&self, words: &[String]) -> bool {
        let starts = words.iter().any(|it| it == "start");
        match base(&words[0]) {
            "next" | "npx" => starts && words.iter().any(|it| base(it) == "next"),
            "npm" | "pnpm" | "yarn" => {
                let script = self.script_of_project(&words[1..]);
                script.is_some_and(|it| it.contains("next start"))
            }
            _ => false,
        }
    }

    fn interpreter(&self, name: &str, rest: &[String], found: &mut Program) -> Result<(), Stop> {
        if name == "node" && rest.is_empty() || (name.starts_with("python") && rest.is_empty()) {
            return self.stop("shell", format!("`{name}` alone is for somebody who works in it"));
        }
        let has = |end: &str| rest.iter().any(|it| base(it) == end);
        if has("manage.py") {
            found
                .writes
                .get_or_insert_with(|| "`manage.py` may keep its database there".to_owned());
        }
        if has("setup.py") {
            found.writes.get_or_insert_with(|| "`setup.py` builds there".to_owned());
        }
        if name == "celery" && rest.iter().any(|it| it == "beat" || it == "-B") {
            let why = "`celery beat` keeps its schedule there".to_owned();
            found.writes.get_or_insert(why);
        }
        self.source_writes(name, rest, found);
        let modules = ["http.server", "pip", "pytest", "unittest", "jupyter", "notebook"];
        if rest.windows(2).any(|it| it[0] == "-m" && modules[1..].contains(&it[1].as_str())) {
            return self.stop(
                "unknown-program",
                format!("it is not known what `{}` writes", rest.join(" ")),
            );
        }
        Ok(())
    }

    /// Takes note of a source in the build context that writes files. Where it does not say where, the folder
    /// in which it starts is taken.
    fn source_writes(&self, name: &str, rest: &[String], found: &mut Program) {
        let Some((given, files, is_module)) = sources_of(name, rest) else { return };
        let workdir = self.cx.facts.stages[self.stage].workdir();
        let paths: Vec<String> = files.iter().filter_map(|it| resolve(workdir, it)).collect();
        let brought = paths.iter().find_map(|path| sources(self.cx, self.stage, path));
        if brought.is_some_and(|it| it.is_heredoc() && it.text(self.cx).is_none()) {
            let why = format!("`{given}` may write files: the build puts variables into it");
            found.writes.get_or_insert(why);
            return;
        }
        let root = workdir.filter(|_| is_module);
        let Some(writing) = source::read(self.cx, self.stage, &paths, root) else { return };
        found.texts.extend(writing.texts.iter().cloned());
        let why = |word: &str| format!("`{given}` writes files (`{word}`)");
        let is_writing = writing.word.is_some() || !writing.folders.is_empty();
        let mut word = writing.word;
        for (folder, by) in writing.folders {
            let path = resolve(workdir, &folder).unwrap_or_else(|| folder.clone());
            let mut runs = self.cx.facts.runs_of(self.stage);
            let is_made = folder != "./" && runs.any(|run| makes(run, &path));
            match folder.starts_with('/') || is_made {
                true => found.named.push((path, why(&by))),
                // The program makes it.
                false => word = word.or(Some(by)),
            }
        }
        if let Some(word) = word {
            found.writes.get_or_insert_with(|| why(&word));
        }
        if is_writing {
            found.source = Some((given, writing.texts.join("\n")));
        }
    }

    /// A program that the file itself brings.
    fn file(
        &self,
        given: &str,
        words: &[String],
        found: &mut Program,
        depth: usize,
    ) -> Result<(), Stop> {
        let text = || shortened(&words.join(" "));
        let unknown = |why: &str| {
            self.stop("unknown-program", format!("it is not known what `{}` needs{why}", text()))
        };
        if given.contains('$') || depth > 1 {
            return unknown("");
        }
        let workdir = self.cx.facts.stages[self.stage].workdir();
        let scratch = self.cx.facts.stages[self.stage].base == Base::Scratch;
        let workdir = workdir.or(scratch.then_some("/"));
        self.erlang_release(workdir, words, found)?;
        let folders: &[&str] = match given.contains('/') {
            true => &[""],
            false => FOLDERS,
        };
        let paths =
            folders.iter().filter_map(|folder| resolve(workdir, &format!("{folder}{given}")));
        let Some(copied) = paths.into_iter().find_map(|path| sources(self.cx, self.stage, &path))
        else {
            return match self.is_built() {
                true if !base(given).contains('.') => Ok(()),
                _ => unknown(""),
            };
        };
        match copied.text(self.cx) {
            Some(script) if script.starts_with("#!") || given.ends_with(".sh") => {
                self.entry_script(given, &script, found, depth)?;
                // What an entrypoint ends in is given to it.
                let more = &words[1..];
                match script.contains("\"$@\"") && more.iter().any(|it| !it.starts_with('-')) {
                    true => self.command(more, found, depth),
                    false => Ok(()),
                }
            }
            Some(_) => unknown(""),
            None if copied.is_heredoc() => unknown(", into which the build puts variables"),
            None if scratch => Ok(()),
            None if copied.from_stage && !base(given).contains(".sh") => Ok(()),
            None if self.is_compiled(workdir, given) => Ok(()),
            None if copied.from_stage => unknown(", which may come from another stage"),
            None => unknown(", of which no text is known"),
        }
    }

    /// The script that starts a release of Erlang or Elixir writes the settings beside it.
    fn erlang_release(
        &self,
        workdir: Option<&str>,
        words: &[String],
        found: &mut Program,
    ) -> Result<(), Stop> {
        let verb = words.get(1).map(String::as_str);
        let source = self.cx.file.source;
        let is_elixir = source.contains("mix ") && source.contains("release");
        if !(verb == Some("foreground")
            || is_elixir && verb.is_some_and(|it| it.starts_with("start")))
        {
            return Ok(());
        }
        let path = resolve(workdir, &words[0]);
        let Some((root, _)) = path.as_deref().and_then(|path| path.rsplit_once("/bin/")) else {
            return Ok(());
        };
        let text = shortened(&words.join(" "));
        if workdir == Some(root) {
            let why = format!("`{text}` writes its settings there when it starts");
            found.writes.get_or_insert(why);
            return Ok(());
        }
        let reason = format!("`{text}` writes its settings to `{root}` when it starts");
        self.stop("writes-beside-itself", reason)
    }

    fn entry_script(
        &self,
        name: &str,
        text: &str,
        found: &mut Program,
        depth: usize,
    ) -> Result<(), Stop> {
        let first = text.lines().next().unwrap_or_default();
        let interpreters = ["python", "node", "ruby", "perl"];
        if first.starts_with("#!") && interpreters.iter().any(|it| first.contains(it)) {
            return Ok(());
        }
        let inside = |stop: Stop| Stop { reason: format!("in `{name}`: {}", stop.reason), ..stop };
        self.script(text, found, depth + 1).map_err(inside)
    }

    /// Whether a `RUN` of the stage makes the program of that path.
    fn is_compiled(&self, workdir: Option<&str>, given: &str) -> bool {
        let path = resolve(workdir, given).filter(|_| given.contains('/'));
        path.is_some_and(|path| self.cx.facts.runs_of(self.stage).any(|run| compiles(run, &path)))
    }

    /// Whether a `RUN` of the stage makes a program.
    fn is_built(&self) -> bool {
        let runs = self.cx.facts.runs_of(self.stage);
        let scripts = runs.filter_map(|run| run.script.as_ref());
        scripts.into_iter().any(|script| {
            script.parsed.simple_commands().iter().any(|(_, simple, _)| {
                let Some(call) = script.parsed.invocation(simple) else { return false };
                let verb = call.literals().next().flatten();
                match call.program {
                    "go" => matches!(verb, Some("build" | "install" | "get")),
                    "cargo" => matches!(verb, Some("build" | "install")),
                    "g++" | "gcc" | "rustc" => true,
                    _ => false,
                }
            })
        })
    }
}

/// The functions of a script, and whether they run what they are called with.
fn functions(script: &Script) -> Vec<(String, bool)> {
    let calls = script.simple_commands();
    let passes_on = |simple: &Simple| {
        let mut words = simple.words.iter().map(|it| it.span.of(&script.text).trim_matches('"'));
        words.next().is_some_and(|first| {
            let all = |it: &str| ["$@", "$*", "${@"].iter().any(|all| it.contains(all));
            all(first) || (words.any(all) && !is_harmless(base(first), &[]))
        })
    };
    let runs_more = |function: Span| {
        calls.iter().any(|(call, simple, _)| function.contains(call.span) && passes_on(simple))
    };
    let mut found = Vec::new();
    script.visit(&mut |command, _| {
        if let CommandKind::Function { name, .. } = &command.kind {
            found.push((name.to_string(), runs_more(command.span)));
        }
    });
    found
}

/// Whether a program changes its user or group: a server that is known for such an option, or any one that
/// names an account of servers with it.
fn switches_user(name: &str, rest: &[String]) -> bool {
    const OPTIONS: &[&str] = &["--gid", "--group", "--uid", "--user", "-g", "-u"];
    const ACCOUNTS: &[&str] = &["apache", "daemon", "nginx", "nobody", "nogroup", "www-data"];
    rest.iter().enumerate().any(|(at, word)| {
        let (option, value) = word.split_once('=').unwrap_or((word, ""));
        let value = if value.is_empty() { rest.get(at + 1).map_or("", |it| it) } else { value };
        OPTIONS.contains(&option) && (SWITCHERS.contains(&name) || ACCOUNTS.contains(&value))
    })
}

/// The source that a command of an interpreter or of a server names, the files that it may be, and whether it is
/// found as a module.
fn sources_of(name: &str, rest: &[String]) -> Option<(String, Vec<String>, bool)> {
    let module = |text: &str| {
        let path = text.split(':').next().unwrap_or_default().replace('.', "/");
        [".py", "/__init__.py", "/__main__.py", "/app.py", "/celery.py"]
            .map(|end| format!("{path}{end}"))
            .to_vec()
    };
    if let Some(at) = rest.iter().position(|it| matches!(it.as_str(), "-m" | "-A" | "--app")) {
        return rest.get(at + 1).map(|it| (it.clone(), module(it), true));
    }
    let python = ["daphne", "gunicorn", "hypercorn", "uvicorn", "waitress-serve"];
    if python.contains(&name) {
        let plain = |it: &&String| it.contains(':') && !it.starts_with('-') && !it.contains('/');
        let found = rest
            .iter()
            .rev()
            .filter(plain)
            .find(|it| !it.ends_with(|it: char| it.is_ascii_digit()));
        return found.map(|it| (it.clone(), module(it), true));
    }
    if name == "flask" {
        let files = ["app.py", "wsgi.py"].map(str::to_owned).to_vec();
        return Some((files[0].clone(), files, true));
    }
    let name = rest.iter().find(|word| !word.starts_with('-'))?;
    let files = vec![name.clone(), format!("{name}.js"), format!("{name}/index.js")];
    Some((name.clone(), files, false))
}
