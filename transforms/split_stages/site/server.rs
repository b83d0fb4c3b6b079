//! The servers that are known: where they listen, and what they answer.

use super::super::Stop;
use super::super::case::Case;
use super::super::commands::Work;
use super::called::{Called, PORT};
use super::knows_node;
use crate::facts::resolve;
use crate::shell::command::base;
use crate::text::Span;
use serde_json::Value;

mod docusaurus;
mod generators;
mod settings;

pub(super) use generators::Generator;

/// What serves the site in the old image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    /// <https://github.com/vercel/serve>
    Serve,
    /// <https://github.com/http-party/http-server>
    Http,
    /// `python -m http.server`
    Python,
    /// `vite preview`
    Preview,
    /// `docusaurus serve`
    Docusaurus,
    /// What makes the site serves it, too.
    Generated(Generator),
    /// It makes the site anew when a source changes, or is made for those who write it: why.
    Development(&'static str),
}

/// Where it listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Port {
    Fixed(u32),
    /// What `PORT` says when the container starts, and otherwise this.
    Variable(Option<u32>),
}

impl Port {
    /// The one that it has if nobody says otherwise; 8080 stands for what only the start tells.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Fixed(number) => number,
            Self::Variable(number) => number.unwrap_or(8080),
        }
    }
}

/// A site as the old server serves it.
#[derive(Debug)]
pub(super) struct Site {
    /// The folder, absolute.
    pub(super) root: String,
    pub(super) port: Port,
    pub(super) server: Server,
    /// Every path that is no file is the start page.
    pub(super) single: bool,
    /// Folders without a start page are listed.
    pub(super) lists: bool,
    /// What is sent is compressed, if the client takes it.
    pub(super) gzip: bool,
    /// Files that end in `.gz` are sent for those without.
    pub(super) gzip_static: bool,
    /// `Cache-Control`
    pub(super) cache: Option<String>,
    /// Pages of other sites may read it.
    pub(super) cors: bool,
    /// The path below which it is: `/blog`, or nothing.
    pub(super) base: String,
    /// The command that makes it, where the server did that.
    pub(super) made: Option<String>,
    pub(super) notes: Vec<String>,
    /// What only a build tells.
    pub(super) doubts: Vec<String>,
}

const WATCHES: &str = "makes the site anew when a source changes";

/// The server that words start.
pub(super) fn of(words: &[String]) -> Option<Server> {
    let name = base(words.first()?);
    let rest: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let has = |word: &str| rest.contains(&word);
    let watches = Some(Server::Development(WATCHES));
    match (name, rest.first().copied()) {
        ("serve", _) => Some(Server::Serve),
        // One with a folder before it is more likely made by the build.
        ("http-server", _) if !words[0].contains('/') || words[0].contains("node_modules") => {
            Some(Server::Http)
        }
        ("python" | "python2" | "python3", Some("-m")) => match rest.get(1)? {
            &"http.server" | &"SimpleHTTPServer" => Some(Server::Python),
            _ => None,
        },
        ("vite", Some("preview")) => Some(Server::Preview),
        ("vite", None | Some("dev" | "serve")) => watches,
        ("vite", Some(option)) if option.starts_with('-') => watches,
        ("docusaurus", Some("serve")) => Some(Server::Docusaurus),
        ("hugo", Some("server" | "serve")) => Some(Server::Generated(Generator::Hugo)),
        ("jekyll", Some("s" | "serve" | "server")) => Some(Server::Generated(Generator::Jekyll)),
        ("mdbook", Some("serve")) => Some(Server::Generated(Generator::MdBook)),
        ("mkdocs", Some("serve")) => Some(Server::Generated(Generator::MkDocs)),
        ("react-scripts" | "craco" | "docusaurus", Some("start"))
        | ("vue-cli-service" | "ng" | "ionic" | "webpack" | "gulp" | "gitbook", Some("serve"))
        | ("gatsby", Some("develop"))
        | ("astro", Some("dev"))
        | ("ember", Some("serve" | "server" | "s"))
        | ("webpack-dev-server" | "live-server" | "browser-sync" | "sphinx-autobuild", _) => {
            watches
        }
        ("eleventy", _) if has("--serve") || has("--watch") => watches,
        _ => None,
    }
}

/// What the server does for the site; where nginx cannot do the same, why.
pub(super) fn site(case: &Case, server: Server, called: &Called, at: Span) -> Result<Site, Stop> {
    let mut site = Site {
        root: String::new(),
        port: Port::Variable(None),
        server,
        single: false,
        lists: true,
        gzip: false,
        gzip_static: false,
        cache: None,
        cors: false,
        base: String::new(),
        made: None,
        notes: Vec::new(),
        doubts: Vec::new(),
    };
    let mut read = Read { case, called, at, site: &mut site, port: None, root: None };
    match server {
        Server::Serve => read.serve()?,
        Server::Http => read.http_server()?,
        Server::Python => read.python()?,
        Server::Preview => read.preview()?,
        Server::Docusaurus => read.docusaurus()?,
        Server::Generated(generator) => read.generated(generator)?,
        Server::Development(_) => (),
    }
    let root = read.root.take();
    let workdir = case.workdir()?;
    site.root = resolve(Some(workdir), root.as_deref().unwrap_or(".")).unwrap_or_default();
    let stop = |reason: String| Err(Stop { code: "served-folder", at, reason });
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"/._-@+".contains(&it);
    if matches!(site.root.as_str(), "" | "/" | "/root" | "/tmp" | "/home") {
        return stop("it serves a folder that has more than the site".to_owned());
    }
    if !site.root.bytes().all(is_plain) {
        return stop(format!("how nginx would name `{}` is not certain", site.root));
    }
    if site.root.starts_with("/root/") {
        return stop(format!("only root may read `{}`", site.root));
    }
    let is_other = case.stage().user().is_some_and(|user| !matches!(user, "root" | "0"));
    if is_other && matches!(site.port, Port::Variable(_)) {
        // That user may not write the configuration.
        let number = site.port.number();
        site.notes.push(format!("it listens on port {number}, whatever `PORT` says later"));
        site.port = Port::Fixed(number);
    }
    Ok(site)
}

struct Read<'r, 'c, 'a> {
    case: &'r Case<'c, 'a>,
    called: &'r Called,
    at: Span,
    site: &'r mut Site,
    port: Option<String>,
    root: Option<String>,
}

impl Read<'_, '_, '_> {
    fn stop<T>(&self, reason: impl Into<String>) -> Result<T, Stop> {
        Err(Stop { code: "server", at: self.at, reason: reason.into() })
    }

    fn words(&self) -> Vec<String> {
        self.called.words[1..].to_vec()
    }

    /// The folder, of which there is one.
    fn folder(&mut self, word: &str) -> Result<(), Stop> {
        if word.contains(PORT) || self.root.replace(word.to_owned()).is_some() {
            return self.stop("which folder it serves is not known");
        }
        Ok(())
    }

    /// The port that was given, or `PORT`, or `default`.
    fn settle_port(&mut self, follows: bool, default: u32) -> Result<(), Stop> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|it| (1..65536).contains(it));
        let assigned = self.called.assigned.iter().find(|it| it.0 == "PORT").map(|it| &it.1);
        let set = || self.case.variable("PORT");
        self.site.port = match self.port.as_deref() {
            Some(PORT) => {
                let known = set().as_deref().and_then(number).or(self.called.otherwise);
                Port::Variable(known)
            }
            Some(given) => match number(given) {
                Some(given) => Port::Fixed(given),
                None => return self.stop(format!("`{given}` is no port")),
            },
            None if !follows => Port::Fixed(default),
            None => match assigned {
                Some(text) => match number(text) {
                    Some(assigned) => Port::Fixed(assigned),
                    None => return self.stop("the port is not known"),
                },
                None => match set() {
                    Some(text) => match number(&text) {
                        Some(given) => Port::Variable(Some(given)),
                        None => return self.stop("the port is not known"),
                    },
                    None => Port::Variable(Some(default)),
                },
            },
        };
        Ok(())
    }

    /// Nobody outside of the container reaches it there.
    fn host(&self, host: &str) -> Result<(), Stop> {
        match host {
            "0.0.0.0" | "::" | "[::]" | "" => Ok(()),
            _ => self.stop(format!("it listens on `{host}` alone")),
        }
    }

    fn serve(&mut self) -> Result<(), Stop> {
        if !knows_node(self.case) {
            return self.stop("`serve` may be another program than that of npm");
        }
        let default = match version(self.case, "serve") {
            Some(..10) => return self.stop("`serve` before version 10 is another program"),
            Some(10..13) => 5000,
            _ => 3000,
        };
        self.site.gzip = true;
        let words = self.words();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(value)),
                _ => (word.as_str(), None),
            };
            match option {
                "--listen" => {
                    let value = value.or_else(|| rest.next().map(String::as_str));
                    self.endpoint(value.unwrap_or_default())?;
                }
                "--single" => self.site.single = true,
                "--cors" => self.site.cors = true,
                "--no-compression" => self.site.gzip = false,
                "--no-clipboard" | "--debug" | "--no-etag" | "--no-request-logging" => (),
                "--no-port-switching" | "--symlinks" => (),
                letters if letters.starts_with('-') && !letters.starts_with("--") => {
                    for letter in letters[1..].chars() {
                        let is_last = letters.ends_with(letter);
                        if matches!(letter, 'l' | 'p') && is_last {
                            let value = rest.next().map(String::as_str);
                            self.endpoint(value.unwrap_or_default())?;
                        } else {
                            self.letter(letter, word)?;
                        }
                    }
                }
                _ if option.starts_with('-') => {
                    return self.stop(format!("nginx has nothing like `{word}`"));
                }
                folder => self.folder(folder)?,
            }
        }
        self.has_no_rules()?;
        self.settle_port(true, default)
    }

    fn letter(&mut self, letter: char, word: &str) -> Result<(), Stop> {
        match letter {
            's' => self.site.single = true,
            'C' => self.site.cors = true,
            'u' => self.site.gzip = false,
            'n' | 'd' | 'L' | 'S' => (),
            _ => return self.stop(format!("what `{word}` means is not known")),
        }
        Ok(())
    }

    /// No file of the site says how it is to be served.
    fn has_no_rules(&self) -> Result<(), Stop> {
        let named = |name: &str| {
            let own = |it: &&str| base(it) == name && !it.contains("node_modules/");
            self.case.files().map(|all| all.iter().map(|it| &**it).find(own).map(str::to_owned))
        };
        for name in ["serve.json", "now.json"] {
            if let Some(path) = named(name)? {
                return self.stop(format!("`{path}` has rules for the server"));
            }
        }
        Ok(())
    }

    /// `3000`, `tcp://0.0.0.0:3000`
    fn endpoint(&mut self, text: &str) -> Result<(), Stop> {
        let text = text.strip_prefix("tcp://").map_or(Ok(text), |address| {
            let (host, port) = address.rsplit_once(':').unwrap_or((address, "3000"));
            self.host(host).map(|()| port)
        })?;
        match self.port.replace(text.to_owned()) {
            None => Ok(()),
            Some(_) => self.stop("it listens on several ports"),
        }
    }

    fn http_server(&mut self) -> Result<(), Stop> {
        if !knows_node(self.case) {
            return self.stop("`http-server` may be another program than that of npm");
        }
        self.site.cache = Some("max-age=3600".to_owned());
        let words = self.words();
        let mut rest = words.iter().peekable();
        while let Some(word) = rest.next() {
            if !word.starts_with('-') {
                self.folder(word)?;
                continue;
            }
            // `-p8080`, `-c-1`, `-p=8080`, and a word behind it that is no option.
            let (option, mut value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None if !word.starts_with("--") && word.len() > 2 => {
                    (&word[..2], Some(word[2..].to_owned()))
                }
                None => (word.as_str(), None),
            };
            if value.is_none() {
                let minus = |it: &&String| option == "-c" && it.parse::<i64>().is_ok();
                value = rest.next_if(|it| !it.starts_with('-') || minus(it)).cloned();
            }
            let is_set = value.as_deref().is_none_or(|it| it == "true");
            let is_switch = value.as_deref().is_none_or(|it| matches!(it, "true" | "false"));
            match (option, value.as_deref()) {
                ("-p" | "--port", Some(port)) => self.port = Some(port.to_owned()),
                ("-a", Some(host)) => self.host(host)?,
                ("-c", Some("-1")) => {
                    self.site.cache = Some("no-cache, no-store, must-revalidate".to_owned());
                }
                ("-c", Some(seconds)) if seconds.parse::<u32>().is_ok() => {
                    self.site.cache = Some(format!("max-age={seconds}"));
                }
                ("-d", _) if is_switch => self.site.lists = is_set,
                ("-g" | "--gzip", _) if is_switch => self.site.gzip_static = is_set,
                ("--cors", None) => self.site.cors = true,
                ("-s" | "--silent" | "-U" | "--utc" | "--log-ip" | "--no-dotfiles", None) => (),
                ("-e" | "--ext", Some("html")) | ("-t", Some(_)) | ("-i", Some("true")) => (),
                _ => return self.stop(format!("nginx has nothing like `{word}`")),
            }
        }
        self.default_root()?;
        self.settle_port(true, 8080)
    }

    /// `public`, if it is there.
    fn default_root(&mut self) -> Result<(), Stop> {
        if self.root.is_none() {
            let public = resolve(Some(self.case.workdir()?), "public").unwrap_or_default();
            let has_public = self.case.source(&public)?.is_some();
            self.root = has_public.then(|| "public".to_owned());
            if !has_public && !self.case.steps().is_empty() {
                return self.stop("it serves `public`, or all, if the build makes no such folder");
            }
        }
        Ok(())
    }

    fn python(&mut self) -> Result<(), Stop> {
        let words = self.words();
        let mut rest = words.iter().skip(2);
        while let Some(word) = rest.next() {
            match word.as_str() {
                "--bind" | "-b" => self.host(rest.next().map_or("", String::as_str))?,
                "--directory" | "-d" => {
                    let folder = rest.next().cloned().unwrap_or_default();
                    self.folder(&folder)?;
                }
                "-u" => (),
                _ if word.starts_with('-') || self.port.is_some() => {
                    return self.stop(format!("nginx has nothing like `{word}`"));
                }
                port => self.port = Some(port.to_owned()),
            }
        }
        self.settle_port(false, 8000)
    }

    fn preview(&mut self) -> Result<(), Stop> {
        let words = self.words();
        let mut rest = words.iter().skip(1).peekable();
        let mut is_open = false;
        while let Some(word) = rest.next() {
            let (option, value) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let mut value =
                || value.clone().or_else(|| rest.next_if(|it| !it.starts_with('-')).cloned());
            match option {
                "--host" => {
                    is_open = true;
                    self.host(&value().unwrap_or_default())?;
                }
                "--port" => self.port = value(),
                "--outDir" => self.root = value(),
                "--strictPort" => (),
                _ => return self.stop(format!("nginx has nothing like `{word}`")),
            }
        }
        let configured = self.vite()?;
        for word in ["preview", "proxy", "base:", "appType", "headers", "https", "root:"] {
            if configured.contains(word) {
                let reason =
                    format!("the configuration of Vite has rules for the server (`{word}`)");
                return self.stop(reason);
            }
        }
        if !is_open {
            return self.stop("it listens on `localhost` alone");
        }
        match (&self.root, configured.contains("outDir")) {
            (None, true) => return self.stop("the configuration of Vite names another folder"),
            (None, false) => self.root = Some("dist".to_owned()),
            _ => (),
        }
        self.site.single = true;
        self.site.lists = false;
        self.site
            .notes
            .push("nginx answers to every host, `vite preview` to those it knows".to_owned());
        self.settle_port(false, 4173)
    }

    /// The configuration of Vite.
    fn vite(&self) -> Result<String, Stop> {
        let workdir = self.case.workdir()?;
        for end in ["ts", "js", "mts", "mjs", "cts", "cjs"] {
            let place = resolve(Some(workdir), &format!("vite.config.{end}")).unwrap_or_default();
            if let Some(text) = self.case.source(&place)?.and_then(|it| self.case.text(&it)) {
                return Ok(text.to_string());
            }
        }
        Ok(String::new())
    }
}

/// The major version of a package of npm, where the file or its manifest says it.
fn version(case: &Case, name: &str) -> Option<u32> {
    let prefix = format!("{name}@");
    let installed = case.steps().iter().find_map(|step| match &step.work {
        Work::Program { name: "npm" | "yarn" | "pnpm" | "npx", words, .. } => {
            let word = words.iter().flatten().find_map(|it| it.strip_prefix(&prefix))?;
            major(word)
        }
        _ => None,
    });
    let listed = || {
        let manifest = resolve(case.stage().workdir(), "package.json")?;
        let text = case.text(&case.source(&manifest).ok()??)?;
        let parsed: Value = serde_json::from_str(&text).ok()?;
        let of = |kind: &str| major(parsed.get(kind)?.get(name)?.as_str()?);
        of("dependencies").or_else(|| of("devDependencies"))
    };
    installed.or_else(listed)
}

fn major(version: &str) -> Option<u32> {
    let digits = version.trim_start_matches(['^', '~', '=', 'v', '>', ' ']);
    digits.split('.').next()?.parse().ok()
}
