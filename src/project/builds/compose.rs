//! Compose files: `services.*.build`.
//!
//! Semantics: the Compose specification (build, extends, merge, interpolation) and what compose-go makes of
//! it. The context is relative to the folder of the file, the Dockerfile to the context.

use super::dotenv::{self, Values, interpolate, pattern};
use super::paths::{folder, is_remote, join, run_from};
use super::{Build, Builds, Draft, File, Known, Place, Runs, Unclear, assignment, documents};
use crate::yaml::{self, Node, Style, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// The names that Compose looks for itself, the preferred first.
const NAMES: [&str; 4] =
    ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Files that one file may lead to.
const DEEPEST: usize = 16;

/// Whether a file is a Compose file by its name without `.yaml`.
pub(super) fn is_stem(stem: &str) -> bool {
    let rest = stem.strip_prefix("docker-").unwrap_or(stem).strip_prefix("compose");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-', '_']))
}

/// Reads a Compose file. One with another name than [`NAMES`] may be an override: what it says of a service
/// is put over what the main file in its folder says of that.
pub(super) fn read(file: &File<'_>) -> Builds {
    let documents = match documents(file, "Compose file") {
        Ok(documents) => documents,
        Err(refused) => return refused,
    };
    let mut builds = Builds::default();
    let project = Project::new(file.path, file);
    let base = project.main_file();
    let mut services: BTreeMap<String, Service> = BTreeMap::new();
    for document in &documents {
        for (name, mut service) in project.services(document) {
            if let Some(before) = services.remove(&name) {
                service = service.over(before);
            }
            services.insert(name, service);
        }
        for (included, base) in included(document, &project) {
            let Some(text) = (file.other)(&included) else { continue };
            // A file with a name of its own is read for itself, as long as nothing else is said of it.
            let own = super::reader_for(&included).is_some() && base == folder(&included);
            if included == file.path {
                continue;
            }
            let file = File { path: &included, text: &text, ..*file };
            let name = project.name(document);
            if !own {
                builds.extend(read_included(&file, base, name));
            } else if Project::new(&included, &file).own_name(&text) != name {
                let mut found = read_included(&file, base, name.clone());
                found.only_named_by(&name);
                builds.extend(found);
            }
        }
    }
    let mut services: Vec<_> = services.into_iter().collect();
    services.sort_by_key(|(_, service)| service.line);
    for (name, service) in services {
        if !service.describes {
            continue;
        }
        let merged = match base.as_ref().and_then(|base| base.get(&name)) {
            Some(before) => service.over(before.clone()),
            None => service,
        };
        merged.finish(file, &project.base, &name, &mut builds);
    }
    builds
}

/// `base` is the folder to which its paths are relative, and `name` that of the project that includes it.
fn read_included(file: &File<'_>, base: PathBuf, name: String) -> Builds {
    match documents(file, "Compose file") {
        Ok(documents) => {
            let mut builds = Builds::default();
            let project = Project { called: Some(name), ..Project::within(file.path, base, file) };
            for (name, service) in documents.iter().flat_map(|it| project.services(it)) {
                service.finish(file, &project.base, &name, &mut builds);
            }
            builds
        }
        Err(refused) => refused,
    }
}

impl Builds {
    /// What a file that is read for itself tells under another name where the project called `name`
    /// includes it.
    fn only_named_by(&mut self, name: &str) {
        let default = |build: &Build| match build.place.what.strip_prefix("service `") {
            Some(service) => format!("{name}-{}", service.trim_end_matches('`')),
            None => String::new(),
        };
        self.builds.retain(|build| build.names.contains(&default(build)));
        self.unclear.clear();
        self.inline.clear();
    }
}

/// The files under `include:`, and the folders to which their paths are relative.
fn included(document: &Node, project: &Project<'_>) -> Vec<(PathBuf, PathBuf)> {
    let Some(include) = document.get("include") else { return Vec::new() };
    let mut found = Vec::new();
    for item in include.items() {
        let path = item.get("path").unwrap_or(item);
        // Other files in a list are put over the first.
        let first = path.items().first().unwrap_or(path);
        if let Some(Ok(path)) = project.text(first) {
            let path = join(&project.base, &path);
            let base = match item.get("project_directory").map(|base| project.text(base)) {
                None => folder(&path).to_path_buf(),
                Some(Some(Ok(base))) => join(&project.base, &base),
                Some(_) => continue,
            };
            found.push((path, base));
        }
    }
    found
}

/// A Compose file with what it is read against.
struct Project<'f> {
    path: &'f Path,
    /// The folder to which paths are relative.
    base: PathBuf,
    file: &'f File<'f>,
    values: Values,
    /// By another file, which includes this one.
    called: Option<String>,
}

/// What a service says of its image.
#[derive(Debug, Clone, Default)]
struct Service {
    line: usize,
    /// The file itself says something of the build or of the image.
    describes: bool,
    builds: bool,
    /// With the folder to which it is relative.
    context: Option<(Known<String>, PathBuf)>,
    dockerfile: Option<Known<String>>,
    /// A Dockerfile, with `*` for what is not known.
    inline: Option<String>,
    target: Option<Known<String>>,
    arguments: BTreeMap<String, Option<String>>,
    contexts: BTreeMap<String, String>,
    tags: Vec<String>,
    /// As it is, and with `*` for what is not known.
    image: Option<(Known<String>, String)>,
    /// Names with a part that is not known.
    names: Vec<String>,
    /// How Compose itself calls what has no image.
    default: Option<String>,
    platforms: Vec<String>,
    platform: Option<String>,
    /// As whom it runs.
    user: Option<String>,
    runs: Runs,
    /// Keys with `!reset` or `!override`: nothing of them is kept from what is below.
    cleared: Vec<String>,
}

/// What a service says that only root can use.
fn for_root(node: &Node) -> Option<String> {
    if node.get("privileged").and_then(|it| it.text()) == Some("true") {
        return Some("`privileged: true`".to_owned());
    }
    if let Some(added) = node.get("cap_add").and_then(|it| it.items().first()?.text()) {
        return Some(format!("the capability `{added}`"));
    }
    if let Some(device) = node.get("devices").and_then(|it| it.items().first()?.text()) {
        return Some(format!("the device `{}`", device.split(':').next().unwrap_or(device)));
    }
    let socket = |it: &Rc<Node>| {
        it.text().or_else(|| it.get("source")?.text()).is_some_and(|it| it.contains("docker.sock"))
    };
    let mounts = node.get("volumes").map(|it| it.items()).unwrap_or_default();
    mounts.iter().any(socket).then(|| "the socket of Docker".to_owned())
}

/// Where volumes are mounted that are no folders of the host, to be written to.
fn volumes(node: &Node) -> Vec<String> {
    let one = |mount: &Rc<Node>| {
        let Some(text) = mount.text() else {
            let is_volume = mount.get("type").and_then(|it| it.text()) == Some("volume");
            let read_only = mount.get("read_only").and_then(|it| it.text()) == Some("true");
            let target = mount.get("target")?.text()?;
            return (is_volume && !read_only).then(|| target.to_owned());
        };
        let mut parts = text.split(':');
        match (parts.next()?, parts.next(), parts.next()) {
            (path, None, None) => Some(path.to_owned()),
            (source, Some(path), None | Some("rw"))
                if !source.starts_with(['/', '.', '~', '$']) =>
            {
                Some(path.to_owned())
            }
            _ => None,
        }
    };
    let mounts = node.get("volumes").map(|it| it.items()).unwrap_or_default();
    mounts.iter().filter_map(one).filter(|it| it.starts_with('/') && !it.contains('$')).collect()
}

/// Where folders or files of the host lie over those of the image.
fn bound(node: &Node) -> Vec<String> {
    let one = |mount: &Rc<Node>| {
        let Some(text) = mount.text() else {
            let is_bind = mount.get("type").and_then(|it| it.text()) == Some("bind");
            return mount.get("target").filter(|_| is_bind)?.text().map(str::to_owned);
        };
        let mut parts = text.split(':');
        let (source, path) = (parts.next()?, parts.next()?);
        source.starts_with(['/', '.', '~', '$']).then(|| path.to_owned())
    };
    let mounts = node.get("volumes").map(|it| it.items()).unwrap_or_default();
    mounts.iter().filter_map(one).filter(|it| it.starts_with('/') && !it.contains('$')).collect()
}

/// Where `docker compose watch` copies files to, as the user of the container.
fn synced(node: &Node) -> Option<String> {
    let one = |rule: &Rc<Node>| {
        let syncs = rule.get("action")?.text()?.starts_with("sync");
        rule.get("target").and_then(|it| it.text()).filter(|_| syncs).map(str::to_owned)
    };
    node.get("develop")?.get("watch")?.items().iter().find_map(one)
}

/// What runs in the place of the image's own command.
fn command(node: &Node) -> Option<Vec<String>> {
    let words = |key| {
        let said = node.get(key)?;
        let listed = said.items().iter().filter_map(|it| it.text()).map(str::to_owned);
        let split = said.text().into_iter().flat_map(str::split_whitespace);
        let words: Vec<String> = listed.chain(split.map(str::to_owned)).collect();
        Some(words).filter(|it| !it.is_empty())
    };
    words("entrypoint").or_else(|| words("command"))
}

/// `healthcheck`, if it asks something: a text is a script.
fn health(node: &Node) -> Option<Vec<String>> {
    let check = node.get("healthcheck")?;
    if check.get("disable").and_then(|it| it.text()) == Some("true") {
        return None;
    }
    let test = check.get("test")?;
    let unescaped = |it: &str| it.replace("$$", "$");
    let words: Vec<String> = match test.text() {
        Some(script) => vec!["CMD-SHELL".to_owned(), unescaped(script)],
        None => test.items().iter().filter_map(|it| it.text()).map(unescaped).collect(),
    };
    let asks = matches!(words.first().map(String::as_str), Some("CMD" | "CMD-SHELL"));
    (asks && words.len() > 1).then_some(words)
}

/// Ports below 1024 of the container that are published: of `80`, `8080:80`, `127.0.0.1:8080:80/tcp` the last.
fn low_ports(node: &Node) -> Vec<u16> {
    let one = |port: &Rc<Node>| {
        let text = port.text().or_else(|| port.get("target")?.text())?;
        let inside = text.rsplit(':').next()?.split(['-', '/']).next()?;
        inside.parse::<u16>().ok().filter(|port| (1..1024).contains(port))
    };
    let ports = node.get("ports").map(|it| it.items()).unwrap_or_default();
    ports.iter().filter_map(one).collect()
}

impl<'f> Project<'f> {
    fn new(path: &'f Path, file: &'f File<'f>) -> Self {
        Self::within(path, folder(path).to_path_buf(), file)
    }

    fn within(path: &'f Path, base: PathBuf, file: &'f File<'f>) -> Self {
        let text = (file.other)(&join(&base, ".env"));
        Self {
            path,
            base,
            file,
            values: text.map(|text| dotenv::values(&text)).unwrap_or_default(),
            called: None,
        }
    }

    /// The services of the file over which this one is put, if it is not that file itself.
    fn main_file(&self) -> Option<BTreeMap<String, Service>> {
        let name = self.path.file_name()?.to_str()?;
        if NAMES.contains(&name) {
            return None;
        }
        let paths = NAMES.iter().map(|name| join(folder(self.path), name));
        let path = paths.into_iter().find(|path| (self.file.other)(path).is_some())?;
        let services = self.of_file(&path, |project, document| Some(project.services(document)));
        Some(services.into_iter().flatten().collect())
    }

    /// The documents of another file, and how its texts are read.
    fn of_file<T>(&self, path: &Path, read: impl Fn(&Project<'_>, &Node) -> Option<T>) -> Vec<T> {
        let Some(text) = (self.file.other)(path) else { return Vec::new() };
        let base = folder(path).to_path_buf();
        let (values, called) = (self.values.clone(), self.called.clone());
        let project = Project { path, base, file: self.file, values, called };
        let documents = yaml::parse(&text).unwrap_or_default();
        documents.iter().filter_map(|document| read(&project, document)).collect()
    }

    fn services(&self, document: &Node) -> Vec<(String, Service)> {
        let Some(services) = document.get("services") else { return Vec::new() };
        let named = services.entries().iter().filter_map(|(key, node)| {
            let mut service = self.extended(services, node, 0);
            service.line = key.line;
            let name = key.text()?;
            service.default = Some(format!("{}-{name}", self.name(document)));
            Some((name.to_owned(), service))
        });
        named.collect()
    }

    fn own_name(&self, text: &str) -> String {
        let documents = yaml::parse(text).unwrap_or_default();
        documents.first().map(|document| self.name(document)).unwrap_or_default()
    }

    /// The name of the project, with which the names of images start that the file does not give.
    fn name(&self, document: &Node) -> String {
        if let Some(name) = &self.called {
            return name.clone();
        }
        let given = self.values.get("COMPOSE_PROJECT_NAME").cloned().flatten();
        let written = given.or_else(|| self.text(document.get("name")?)?.ok());
        let folder = || folder(self.path).file_name()?.to_str().map(str::to_owned);
        let name = written.or_else(folder).unwrap_or_default().to_lowercase();
        let kept = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_');
        name.chars().filter(kept).collect::<String>().trim_start_matches(['-', '_']).to_owned()
    }

    /// The service with what it `extends`.
    fn extended(&self, services: &Node, node: &Node, depth: usize) -> Service {
        let service = self.service(node);
        let Some(extends) = node.get("extends").filter(|_| depth < DEEPEST) else { return service };
        let name = extends.text().or_else(|| extends.get("service")?.text());
        let file = extends.get("file").and_then(|file| self.text(file));
        let base = match (name, file) {
            (Some(name), None) => {
                services.get(name).map(|base| self.extended(services, base, depth + 1))
            }
            (Some(name), Some(Ok(path))) => {
                let path = join(&self.base, &path);
                let extended = |project: &Project<'_>, document: &Node| {
                    let services = document.get("services")?;
                    Some(project.extended(services, services.get(name)?, depth + 1))
                };
                self.of_file(&path, extended).pop()
            }
            _ => None,
        };
        match base {
            Some(base) => service.over(base),
            None => service,
        }
    }

    fn service(&self, node: &Node) -> Service {
        let runs = Runs {
            as_root: for_root(node),
            volumes: volumes(node),
            bound: bound(node),
            ports: low_ports(node),
            synced: synced(node),
            command: command(node),
            health: health(node),
            ..Runs::default()
        };
        let says = ["build", "extends", "image", "platform", "user"];
        let mut service = Service {
            describes: runs != Runs::default() || says.iter().any(|key| node.get(key).is_some()),
            image: node
                .get("image")
                .and_then(|image| Some((self.text(image)?, pattern(image.text()?, &self.values)))),
            platform: node
                .get("platform")
                .and_then(|platform| self.text(platform)?.ok())
                .filter(|platform| !platform.is_empty()),
            user: node.get("user").and_then(|user| self.text(user)?.ok()),
            runs,
            ..Service::default()
        };
        let Some(build) = node.get("build") else { return service };
        if let Some(tag @ ("!reset" | "!override")) = build.tag.as_deref() {
            service.cleared.push("build".to_owned());
            if tag == "!reset" {
                return service;
            }
        }
        let folder = self.base.clone();
        service.builds = !build.is_null();
        if let Some(context) = self.context(build) {
            service.context = Some((context, folder));
            return service;
        }
        for (key, value) in build.named() {
            let tag = value.tag.as_deref();
            if matches!(tag, Some("!reset" | "!override")) {
                service.cleared.push(key.to_owned());
            }
            if tag != Some("!reset") {
                self.build_key(&mut service, key, value);
            }
        }
        service
    }

    fn build_key(&self, service: &mut Service, key: &str, value: &Node) {
        match key {
            "context" => {
                let folder = self.base.clone();
                service.context = self.context(value).map(|text| (text, folder));
            }
            "dockerfile" => service.dockerfile = self.text(value),
            "dockerfile_inline" => {
                service.inline = value.text().map(|text| pattern(text, &self.values));
            }
            "target" => service.target = self.text(value),
            "args" => service.arguments = self.arguments(value),
            "additional_contexts" => service.contexts = self.contexts(value),
            "tags" => {
                service.tags = self.texts(value);
                let unknown = value.items().iter().filter_map(|tag| {
                    let text =
                        tag.text().filter(|text| interpolate(text, &self.values).is_err())?;
                    Some(pattern(text, &self.values))
                });
                service.names = unknown.collect();
            }
            "platforms" => service.platforms = self.texts(value),
            _ => {}
        }
    }

    /// A scalar with its variables replaced; `None` if it is none.
    fn text(&self, node: &Node) -> Option<Known<String>> {
        node.text().map(|text| interpolate(text, &self.values))
    }

    /// Of a URL the rest does not matter.
    fn context(&self, node: &Node) -> Option<Known<String>> {
        node.text()
            .filter(|text| is_remote(text))
            .map(|text| Ok(text.to_owned()))
            .or(self.text(node))
    }

    /// The items that are known.
    fn texts(&self, node: &Node) -> Vec<String> {
        node.items().iter().filter_map(|item| self.text(item)?.ok()).collect()
    }

    /// A mapping, or a list of `NAME=value` and `NAME`. A name without a value gets that of the environment.
    fn arguments(&self, node: &Node) -> BTreeMap<String, Option<String>> {
        let environment = |name: &str| self.values.get(name).cloned().flatten();
        let listed = node.items().iter().filter_map(|item| {
            let (name, value) = assignment(item.text()?);
            let value = match value {
                Some(value) => interpolate(value, &self.values).ok(),
                None => environment(name),
            };
            Some((interpolate(name, &self.values).ok()?, value))
        });
        let mapped = node.named().map(|(name, value)| {
            let known = match value.is_null() {
                true => environment(name),
                false => printed(value).and_then(|text| interpolate(text, &self.values).ok()),
            };
            (name.to_owned(), known)
        });
        listed.chain(mapped).collect()
    }

    fn contexts(&self, node: &Node) -> BTreeMap<String, String> {
        let written = |text: &str| interpolate(text, &self.values).unwrap_or(text.to_owned());
        let listed = node.items().iter().filter_map(|item| item.text()?.split_once('='));
        let mapped = node.named().filter_map(|(name, value)| Some((name, value.text()?)));
        listed.chain(mapped).map(|(name, value)| (name.to_owned(), written(value))).collect()
    }
}

/// A value as Compose prints it: `1.10` is a number, and its text another one.
fn printed(node: &Node) -> Option<&str> {
    let Value::Scalar { text, style } = &node.value else { return None };
    let number = text.parse::<f64>().is_ok() || text.starts_with("0x") || text.starts_with("0o");
    let whole = text.parse::<i64>().is_ok_and(|it| it.to_string() == **text);
    let same =
        whole || (text.len() < 15 && text.parse::<f64>().is_ok_and(|it| it.to_string() == **text));
    (*style != Style::Plain || !number || same).then_some(text)
}

impl Service {
    /// This service put over `below`, as Compose merges files and extended services.
    fn over(mut self, mut below: Self) -> Self {
        let cleared = |key: &str| self.cleared.iter().any(|it| it == key);
        if cleared("build") {
            let Self { image, platform, user, runs, .. } = below;
            below = Self { image, platform, user, runs, ..Self::default() };
        }
        for key in &self.cleared {
            match key.as_str() {
                "context" => below.context = None,
                "dockerfile" => below.dockerfile = None,
                "dockerfile_inline" => below.inline = None,
                "target" => below.target = None,
                "args" => below.arguments.clear(),
                "additional_contexts" => below.contexts.clear(),
                "tags" => {
                    below.tags.clear();
                    below.names.clear();
                }
                "platforms" => below.platforms.clear(),
                _ => {}
            }
        }
        below.arguments.append(&mut self.arguments);
        below.contexts.append(&mut self.contexts);
        below.tags.append(&mut self.tags);
        below.names.append(&mut self.names);
        below.platforms.append(&mut self.platforms);
        below.runs.volumes.append(&mut self.runs.volumes);
        below.runs.bound.append(&mut self.runs.bound);
        below.runs.ports.append(&mut self.runs.ports);
        let as_root = self.runs.as_root.or(below.runs.as_root);
        let synced = self.runs.synced.or(below.runs.synced);
        let command = self.runs.command.or(below.runs.command);
        let health = self.runs.health.or(below.runs.health);
        Self {
            runs: Runs { as_root, synced, command, health, ..below.runs },
            line: self.line,
            describes: self.describes,
            builds: self.builds || below.builds,
            context: self.context.or(below.context),
            dockerfile: self.dockerfile.or(below.dockerfile),
            inline: self.inline.or(below.inline),
            target: self.target.or(below.target),
            arguments: below.arguments,
            contexts: below.contexts,
            tags: below.tags,
            names: below.names,
            default: self.default.or(below.default),
            image: self.image.or(below.image),
            platforms: below.platforms,
            platform: self.platform.or(below.platform),
            user: self.user.or(below.user),
            cleared: self.cleared,
        }
    }

    fn finish(mut self, file: &File<'_>, base: &Path, name: &str, builds: &mut Builds) {
        if !self.builds {
            return;
        }
        let what = format!("service `{name}`");
        let place = Place { file: file.path.into(), line: self.line, what };
        let (context, folder) = match self.context {
            Some((context, folder)) => (Some(context), folder),
            None => (None, base.to_path_buf()),
        };
        if let Some(text) = self.inline {
            let local = match &context {
                Some(Ok(path)) if !is_remote(path) => Some(join(&folder, path)),
                None => Some(folder),
                _ => None,
            };
            let context = local.map(super::ContextSource::Folder);
            let reason = "its Dockerfile is written in the Compose file".to_owned();
            let (arguments, contexts) = (self.arguments, self.contexts);
            builds.push_inline(&place, text, Draft { arguments, contexts, ..Draft::default() });
            builds.push_unclear(Unclear { context, ..Unclear::new(place, reason) });
            return;
        }
        let folder = run_from(file, folder, context.as_ref(), self.dockerfile.as_ref());
        let mut images = std::mem::take(&mut self.tags);
        let mut names = std::mem::take(&mut self.names);
        match self.image {
            Some((Ok(image), _)) => images.insert(0, image),
            Some((Err(_), pattern)) => names.push(pattern),
            None => names.extend(self.default),
        }
        names.push(Build::own_name(file.path, &format!("service:{name}")));
        let platforms = match self.platforms.is_empty() {
            true => self.platform.into_iter().collect(),
            false => self.platforms,
        };
        let is_root = |it: &String| matches!(it.split(':').next(), Some("root" | "0"));
        let runs = match self.user {
            None => self.runs,
            Some(user) if is_root(&user) => {
                Runs { as_root: Some(format!("`user: {user}`")), ..self.runs }
            }
            // Whom the image names does not matter then.
            Some(_) => Runs { as_root: None, synced: None, command: None, ..self.runs },
        };
        let draft = Draft {
            context,
            dockerfile: self.dockerfile,
            target: self.target,
            arguments: self.arguments,
            contexts: self.contexts,
            images,
            names,
            platforms,
            runs,
            ..Draft::default()
        };
        builds.finish(place, &folder, draft);
    }
}
