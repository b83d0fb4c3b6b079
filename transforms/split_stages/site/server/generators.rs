//! Generators that serve what they make: the site is made once, by the same generator with the same options.

use super::super::super::Stop;
use super::super::super::emit;
use super::Read;
use super::settings::{address, all_settings, setting};
use crate::facts::{Origin, resolve};
use crate::shell;
use crate::syntax::Keyword;

/// What makes the site, and serves it in the old image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Generator {
    Hugo,
    Jekyll,
    MdBook,
    MkDocs,
}

/// Where the site is made: nothing else is there.
const SITE: &str = "/srv/www";

/// The options of a server, by what becomes of them when the site is made once.
struct Options {
    host: &'static str,
    port: &'static str,
    /// What the build is told, too: switches, and those with a value.
    kept: &'static str,
    kept_values: &'static str,
    /// What only those notice who write the site.
    left: &'static str,
    left_values: &'static str,
    /// What is looked at here.
    read: &'static str,
}

const HUGO: Options = Options {
    host: "--bind",
    port: "-p --port",
    kept: "-D --buildDrafts -E --buildExpired -F --buildFuture --debug --enableGitInfo --gc --ignoreCache \
        --minify --noChmod --noTimes --panicOnWarning --printI18nWarnings --printPathWarnings --quiet -v --verbose",
    kept_values: "--cacheDir --clock --config --configDir -c --contentDir -e --environment -l --layoutDir \
        --logLevel -s --source -t --theme --themesDir",
    left: "--disableBrowserError --disableFastRender --disableLiveReload -N --navigateToChanged \
        --renderStaticToDisk --renderToDisk --renderToMemory -w --watch",
    left_values: "-d --destination --liveReloadPort --poll",
    read: "-b --baseURL --baseUrl",
};

/// Where Hugo looks for its settings.
const HUGO_SETTINGS: &[&str] = &[
    "hugo.toml",
    "hugo.yaml",
    "hugo.yml",
    "hugo.json",
    "config.toml",
    "config.yaml",
    "config.yml",
    "config.json",
    "config/_default/hugo.toml",
    "config/_default/hugo.yaml",
    "config/_default/config.toml",
    "config/_default/config.yaml",
];

const JEKYLL: Options = Options {
    host: "-H --host",
    port: "-P --port",
    kept: "-D --drafts --disable-disk-cache --future --lsi -q --quiet --safe --strict_front_matter -t --trace \
        --unpublished -V --verbose",
    kept_values: "--layouts --limit_posts -p --plugins -s --source",
    left: "--force_polling -I --incremental -l --livereload --no-watch -o --open-url -w --watch",
    left_values: "-d --destination --livereload-ignore --livereload-max-delay --livereload-min-delay \
        --livereload-port",
    read: "-b --baseurl --config",
};

const MDBOOK: Options = Options {
    host: "-i --interface -n --hostname",
    port: "-p --port",
    kept: "",
    kept_values: "",
    left: "-o --open",
    left_values: "-d --dest-dir --watcher -w --websocket-address --websocket-hostname --websocket-port",
    read: "",
};

const MKDOCS: Options = Options {
    host: "",
    port: "",
    kept: "--no-directory-urls -q --quiet -s --strict --use-directory-urls -v --verbose",
    kept_values: "-t --theme",
    left: "-c --clean --dirty --dirtyreload --livereload --no-livereload -o --open --watch-theme",
    left_values: "-w --watch",
    read: "-a --dev-addr -f --config-file",
};

/// What a server is told.
#[derive(Default)]
struct Told {
    /// For the build.
    kept: Vec<String>,
    given: Vec<(String, String)>,
    free: Vec<String>,
}

impl Told {
    /// What an option says; names stand as in [`Options`].
    fn value(&self, names: &str) -> Option<&str> {
        let is_it = |name: &str| names.split_whitespace().any(|it| it == name);
        self.given.iter().rev().find(|it| is_it(&it.0)).map(|it| it.1.as_str())
    }

    fn is_off(&self, name: &str) -> bool {
        self.value(name) == Some("false")
    }
}

impl Read<'_, '_, '_> {
    pub(super) fn generated(&mut self, generator: Generator) -> Result<(), Stop> {
        self.is_whole()?;
        match generator {
            Generator::Hugo => self.hugo(),
            Generator::Jekyll => self.jekyll(),
            Generator::MdBook => self.mdbook(),
            Generator::MkDocs => self.mkdocs(),
        }
    }

    /// All that is made into the site is there when the image is built.
    fn is_whole(&self) -> Result<(), Stop> {
        let case = self.case;
        if let Some(at) = case.stage().all(case.cx.file, Keyword::Volume).last() {
            let reason = "what the site is made of may come with a volume".to_owned();
            return Err(Stop { code: "volume", at: case.span(*at), reason });
        }
        let before = emit::tail(case).saturating_sub(1);
        match case.cx.facts.user_at(before) {
            None => Ok(()),
            Some(user) if matches!(user.as_str(), "root" | "0") => Ok(()),
            Some(user) => self.stop(format!("whether `{user}` may write the site is not certain")),
        }
    }

    fn told(&self, options: &Options) -> Result<Told, Stop> {
        let among = |names: &str, name: &str| names.split_whitespace().any(|it| it == name);
        let mut told = Told::default();
        let words = self.words();
        let mut rest = words.iter().skip(1);
        while let Some(word) = rest.next() {
            if !word.starts_with('-') {
                told.free.push(word.clone());
                continue;
            }
            let (name, attached) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let takes = [options.host, options.port, options.kept_values, options.left_values];
            let takes = takes.into_iter().chain([options.read]).any(|it| among(it, name));
            let is_switch = among(options.kept, name) || among(options.left, name);
            if !takes && !is_switch {
                return self
                    .stop(format!("what `{word}` is for a site that is made once is not known"));
            }
            let value = match (takes, attached.clone()) {
                (_, Some(value)) => value,
                (true, None) => match rest.next() {
                    Some(value) => value.clone(),
                    None => return self.stop(format!("`{word}` has no value")),
                },
                (false, None) => "true".to_owned(),
            };
            if among(options.kept, name) {
                told.kept.push(shell::quoted(word));
            } else if among(options.kept_values, name) {
                told.kept.extend([name.to_owned(), shell::quoted(&value)]);
            }
            told.given.push((name.to_owned(), value));
        }
        Ok(told)
    }

    fn has_options_alone(&self, told: &Told) -> Result<(), Stop> {
        match told.free.first() {
            Some(word) => self.stop(format!("what `{word}` means to it is not known")),
            None => Ok(()),
        }
    }

    /// Where it listens: `default` is the port, `settings` what a file says.
    fn listens(
        &mut self,
        host: Option<&str>,
        port: Option<&str>,
        default: u32,
    ) -> Result<u32, Stop> {
        self.host(host.unwrap_or("localhost"))?;
        match port.map_or(Some(default), |it| it.parse().ok().filter(|it| (1..65536).contains(it)))
        {
            Some(number) => {
                self.port = Some(number.to_string());
                self.settle_port(false, default)?;
                Ok(number)
            }
            None => self.stop("the port is known when it starts, and not when the site is made"),
        }
    }

    /// The command that makes the site, with what is set for it alone.
    fn make(&mut self, environment: &[(&str, &str)], words: &[String]) {
        let path = self.site.base.clone();
        let own = self.called.assigned.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all = environment.iter().copied().chain(own);
        let mut line: Vec<String> =
            all.map(|(name, value)| format!("{name}={}", shell::quoted(value))).collect();
        line.extend(self.called.launcher.iter().map(|it| shell::quoted(it)));
        line.push(shell::quoted(&self.called.words[0]));
        line.extend(words.iter().cloned());
        line.extend(["-d".to_owned(), format!("{SITE}{path}")]);
        self.site.made = Some(line.join(" "));
        self.root = Some(SITE.to_owned());
        let note = "the site is made when the image is built, and not when a container starts";
        self.site.notes.push(note.to_owned());
    }

    /// Pages were sent with a script that loads them anew when a source changes.
    fn reloads(&mut self) {
        let note = "pages no longer have the script that loads them anew when a source changes";
        self.site.notes.push(note.to_owned());
    }

    /// The path below which the site is, of an address or a path.
    fn below(&mut self, address: &str) -> Result<(), Stop> {
        let path = match address.split_once("//") {
            Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
            None => address,
        };
        let path = path.trim_matches('/');
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"/._-".contains(&it);
        if !path.bytes().all(is_plain) || path.contains("..") {
            return self.stop(format!("below which path `{address}` is served is not certain"));
        }
        self.site.base = if path.is_empty() { String::new() } else { format!("/{path}") };
        Ok(())
    }

    /// The files of settings that are there, of those that may be, with their texts.
    fn settings(&self, folder: &str, names: &[&str], what: &str) -> Result<Vec<String>, Stop> {
        let case = self.case;
        let top = resolve(Some(case.workdir()?), folder).unwrap_or_default();
        let mut texts = Vec::new();
        for name in names {
            let place = resolve(Some(&top), name).unwrap_or_default();
            texts.extend(
                case.source(&place)?.and_then(|it| case.text(&it)).map(|it| it.to_string()),
            );
        }
        let copies = case.arrivals.iter().any(|it| it.origin == Origin::Context);
        match texts.is_empty() {
            true if !copies => self.stop(format!("no file of the context is {what}")),
            true => self.stop(format!("{what} is not in it: the site comes from elsewhere")),
            false => Ok(texts),
        }
    }

    fn hugo(&mut self) -> Result<(), Stop> {
        let told = self.told(&HUGO)?;
        self.has_options_alone(&told)?;
        let number = self.listens(told.value(HUGO.host), told.value(HUGO.port), 1313)?;
        let own: Vec<&str> =
            told.value("--config").into_iter().flat_map(|it| it.split(',')).collect();
        let names = if own.is_empty() { HUGO_SETTINGS } else { &own };
        let folder = told.value("-s --source").unwrap_or(".").to_owned();
        let texts = self.settings(&folder, names, "the configuration of Hugo")?;
        let named: Vec<String> = texts.iter().flat_map(|it| all_settings(it, "baseurl")).collect();
        if named.len() > 1 {
            return self.stop("its languages may be served on ports of their own");
        }
        let has_rules = |it: &String| {
            it.contains("[server]") || it.contains("[[server.") || it.contains("\nserver:")
        };
        if texts.iter().any(has_rules) {
            return self.stop("the configuration of Hugo has rules for the server");
        }
        let appends = !told.is_off("--appendPort");
        let given = told.value("-b --baseURL --baseUrl");
        let address = address(given, named.first().map(String::as_str), appends.then_some(number));
        self.below(&address)?;
        let mut words = told.kept.clone();
        words.extend(["-b".to_owned(), shell::quoted(&address)]);
        // What serves is for development where nothing else is said, and what builds for production.
        let is_said = told.value("-e --environment").is_some()
            || ["HUGO_ENVIRONMENT", "HUGO_ENV"].iter().any(|it| self.is_named(it));
        let environment: &[_] = if is_said { &[] } else { &[("HUGO_ENVIRONMENT", "development")] };
        self.make(environment, &words);
        let quiet = ["--disableLiveReload", "-w", "--watch"];
        if !(told.value(quiet[0]) == Some("true") || quiet[1..].iter().any(|it| told.is_off(it))) {
            self.reloads();
        }
        self.asks("IsServer", "a template asks whether it is served (`IsServer`)");
        Ok(())
    }

    /// Whether the file names a variable, which no base image sets.
    fn is_named(&self, name: &str) -> bool {
        let source = self.case.cx.file.source;
        let mut all = self.case.stage().instructions.clone();
        all.any(|at| self.case.span(at).of(source).contains(name))
    }

    /// What pages are then can be told by a build alone.
    fn asks(&mut self, word: &str, why: &str) {
        let is_page = |it: &str| {
            let ends = [".html", ".htm", ".md", ".xml", ".liquid"];
            ends.iter().any(|end| it.ends_with(end)) && !it.contains("node_modules/")
        };
        if self.case.texts(is_page).iter().any(|it| it.contains(word)) {
            self.site.doubts.push(why.to_owned());
        }
    }

    fn jekyll(&mut self) -> Result<(), Stop> {
        let told = self.told(&JEKYLL)?;
        self.has_options_alone(&told)?;
        const NAMES: &[&str] = &["_config.yml", "_config.yaml"];
        let folder = told.value("-s --source").unwrap_or(".").to_owned();
        let own: Vec<&str> =
            told.value("--config").into_iter().flat_map(|it| it.split(',')).collect();
        let (top, names) = match own.is_empty() {
            true => (folder.as_str(), NAMES),
            false => (".", &own[..]),
        };
        let texts = self.settings(top, names, "the configuration of Jekyll")?;
        // Of several the last counts.
        let said = |key: &str| texts.iter().rev().find_map(|it| setting(it, key));
        let host = told.value(JEKYLL.host).map(str::to_owned).or_else(|| said("host"));
        let port = told.value(JEKYLL.port).map(str::to_owned).or_else(|| said("port"));
        let number = self.listens(host.as_deref(), port.as_deref(), 4000)?;
        let base = told.value("-b --baseurl").map(str::to_owned).or_else(|| said("baseurl"));
        self.below(base.as_deref().unwrap_or_default())?;
        let mut words = vec!["build".to_owned()];
        words.extend(told.kept.iter().cloned());
        if let Some(base) = told.value("-b --baseurl") {
            words.extend(["--baseurl".to_owned(), shell::quoted(base)]);
        }
        let cache = "private, max-age=0, proxy-revalidate, no-store, no-cache, must-revalidate";
        self.site.cache = Some(cache.to_owned());
        let develops = self.develops()?;
        let file = told.value("--config").map(str::to_owned).unwrap_or_else(|| {
            let is_second = texts.len() == 1 && self.settings(top, &NAMES[..1], "").is_err();
            let name = NAMES[usize::from(is_second)];
            if folder == "." {
                name.to_owned()
            } else {
                format!("{}/{name}", folder.trim_end_matches('/'))
            }
        });
        if develops {
            words.extend(["--config".to_owned(), shell::quoted(&format!("{file},/tmp/serve.yml"))]);
        } else if !own.is_empty() {
            words.extend(["--config".to_owned(), shell::quoted(&file)]);
        }
        self.make(&[], &words);
        if develops {
            self.names_its_server(&host.unwrap_or_default(), number);
        }
        if told.value("-l --livereload").is_some() {
            self.reloads();
        }
        self.asks("site.serving", "a page asks whether it is served (`site.serving`)");
        Ok(())
    }

    /// Whether Jekyll writes its pages for those who write the site.
    fn develops(&self) -> Result<bool, Stop> {
        const NAME: &str = "JEKYLL_ENV";
        let assigned = self.called.assigned.iter().find(|it| it.0 == NAME).map(|it| it.1.clone());
        let mode = assigned.or_else(|| self.case.variable(NAME).map(Into::into));
        if mode.is_none() && self.is_named(NAME) {
            return self.stop("what `JEKYLL_ENV` is when it starts is not known");
        }
        Ok(mode.is_none_or(|it| it == "development"))
    }

    /// For those Jekyll writes the address of its server before absolute links.
    fn names_its_server(&mut self, host: &str, number: u32) {
        let before = format!("echo 'url: http://{host}:{number}' > /tmp/serve.yml && ");
        self.site.made = self.site.made.take().map(|it| before + &it);
        let note = format!(
            "absolute links name `http://{host}:{number}`, as before: with `JEKYLL_ENV=production` they would name the `url` of the configuration"
        );
        self.site.notes.push(note);
    }

    fn mdbook(&mut self) -> Result<(), Stop> {
        let told = self.told(&MDBOOK)?;
        if told.free.len() > 1 {
            return self.stop("which book it serves is not known");
        }
        self.listens(told.value(MDBOOK.host), told.value(MDBOOK.port), 3000)?;
        let folder = told.free.first().map_or(".", String::as_str).to_owned();
        let texts = self.settings(&folder, &["book.toml"], "`book.toml`")?;
        let is_other = |line: &str| {
            let name = line.trim().strip_prefix("[output.");
            name.is_some_and(|it| !it.starts_with("html]") && !it.starts_with("html."))
        };
        if texts.iter().any(|it| it.lines().any(is_other)) {
            return self.stop("`book.toml` asks for more than pages");
        }
        let mut words = vec!["build".to_owned()];
        words.extend(told.free.iter().map(|it| shell::quoted(it)));
        let has_address = texts.iter().any(|it| it.contains("site-url"));
        let environment: &[_] =
            if has_address { &[("MDBOOK_OUTPUT__HTML__SITE_URL", "/")] } else { &[] };
        self.make(environment, &words);
        self.reloads();
        Ok(())
    }

    fn mkdocs(&mut self) -> Result<(), Stop> {
        let told = self.told(&MKDOCS)?;
        self.has_options_alone(&told)?;
        let file = told.value("-f --config-file");
        let names: &[&str] = &["mkdocs.yml", "mkdocs.yaml"];
        let own = file.map(|it| [it]);
        let texts =
            self.settings(".", own.as_ref().map_or(names, |it| it), "the configuration of MkDocs")?;
        let said = |key: &str| texts.iter().find_map(|it| setting(it, key));
        let address = told.value("-a --dev-addr").map(str::to_owned).or_else(|| said("dev_addr"));
        let address = address.unwrap_or_else(|| "localhost:8000".to_owned());
        let Some((host, port)) = address.rsplit_once(':') else {
            return self.stop(format!("where `{address}` is is not known"));
        };
        self.listens(Some(host), Some(port), 8000)?;
        let site = said("site_url").unwrap_or_default();
        if site.starts_with('!') || site.is_empty() && said("INHERIT").is_some() {
            return self.stop("below which path it is served is not certain");
        }
        self.below(&site)?;
        let mut words = vec!["build".to_owned()];
        words.extend(told.kept.iter().cloned());
        words.extend(file.into_iter().flat_map(|it| ["-f".to_owned(), shell::quoted(it)]));
        self.make(&[], &words);
        let note = format!(
            "what names the address of the site names `site_url`, and not `http://{address}/`"
        );
        self.site.notes.push(note);
        if told.value("--no-livereload").is_none() {
            self.reloads();
        }
        Ok(())
    }
}
