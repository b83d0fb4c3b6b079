//! Where the source of a program writes, as far as its text tells: its own files, and those that it imports.

use super::copied::sources;
use crate::facts::resolve;
use crate::transform::Context;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Files that are looked for on behalf of one program.
const MOST: usize = 400;

/// Variables that are followed from one to the next.
const DEEPEST: usize = 8;

/// What writes the file, or makes the folder, that stands first behind it. Blanks are left out.
const FILES: &[&str] = &[
    "DailyRotateFile(",
    "File.write(",
    "FileHandler(",
    "SQLite3::Database.new(",
    "TinyDB(",
    "appendFile(",
    "appendFileSync(",
    "basicConfig(filename=",
    "createWriteStream(",
    "dbm.open(",
    "imwrite(",
    "outputFile(",
    "outputFileSync(",
    "outputJson(",
    "outputJsonSync(",
    "savefig(",
    "shelve.open(",
    "sqlite3.Database(",
    "sqlite3.connect(",
    "transports.File({filename:",
    "writeFile(",
    "writeFileSync(",
    "writeJson(",
    "writeJsonSync(",
];
const FOLDERS: &[&str] = &[
    "FileUtils.mkdir_p(",
    "ensureDir(",
    "ensureDirSync(",
    "makedirs(",
    "mkdirSync(",
    "mkdirp(",
    "({dest:",
];

/// What writes somewhere: where, stands before it or in another place.
const SOMEWHERE: &[&str] = &[
    "Logger.new(\"",
    "Logger.new('",
    "copyFile(",
    "copyFileSync(",
    "better-sqlite3",
    "diskStorage(",
    "joblib.dump(",
    "lowdb",
    "nedb",
    "shutil.copy",
    "shutil.move(",
    ".save(os.path",
    ".save(\"",
    ".save('",
    ".to_csv(\"",
    ".to_csv('",
    ".to_excel(",
    ".to_parquet(",
    "torch.save(",
    "urlretrieve(",
];

/// What a path does: where, stands before it.
const METHODS: &[&str] = &[".touch(", ".write_bytes(", ".write_text("];

/// What a program's source tells.
#[derive(Debug, Default)]
pub(super) struct Writing {
    /// What writes in a folder that is not known from the text: the one in which the program starts.
    pub(super) word: Option<String>,
    /// Folders with what writes there: whole paths, and such as begin where the program starts.
    pub(super) folders: Vec<(String, String)>,
    /// All that was read.
    pub(super) texts: Vec<Arc<str>>,
}

/// Reads the first of these files that is known, and what it imports from `root`, or from its own folder. The paths
/// are those in the image.
pub(super) fn read(
    cx: &Context,
    stage: usize,
    starts: &[String],
    root: Option<&str>,
) -> Option<Writing> {
    let below_top = cx.facts.stages[stage].workdir().is_some_and(|it| it != "/");
    let mut reading = Reading { cx, stage, asked: BTreeSet::new() };
    let (start, text) = starts.iter().find_map(|path| Some((path, reading.text(path)?)))?;
    let root = root.unwrap_or_else(|| folder_of(start)).to_owned();
    let mut writing = Writing::default();
    let mut rest = vec![(start.clone(), text)];
    while let Some((path, text)) = rest.pop() {
        for candidates in imports(&text, &path, &root) {
            let found =
                candidates.into_iter().find_map(|it| reading.text(&it).map(|text| (it, text)));
            rest.extend(found);
        }
        writing.texts.push(text);
    }
    for at in 0..writing.texts.len() {
        // What a text does not set, one that it imports may.
        let texts: Vec<Arc<str>> =
            writing.texts.iter().skip(at).chain(&writing.texts[..at]).cloned().collect();
        writing.look_at(&texts, below_top);
    }
    Some(writing)
}

struct Reading<'c, 'a> {
    cx: &'c Context<'a>,
    stage: usize,
    asked: BTreeSet<String>,
}

impl Reading<'_, '_> {
    /// The text of a file of the image that comes from the build context; each is given once.
    fn text(&mut self, path: &str) -> Option<Arc<str>> {
        let is_new = self.asked.len() < MOST && self.asked.insert(path.to_owned());
        let copied = is_new.then(|| sources(self.cx, self.stage, path))??;
        copied.text(self.cx)
    }
}

impl Writing {
    fn look_at(&mut self, texts: &[Arc<str>], below_top: bool) {
        let bare: String = texts[0].chars().filter(|it| !matches!(it, ' ' | '\t' | '\r')).collect();
        for (words, is_folder) in [(FILES, false), (FOLDERS, true)] {
            for word in words {
                for (at, _) in bare.match_indices(word) {
                    self.note(word, &bare[at + word.len()..], texts, is_folder);
                }
            }
        }
        for (at, word) in bare.match_indices("open(") {
            let call = &bare[at + word.len()..];
            // Who starts at the top names whole paths, which may be anywhere, also in his home.
            let whole = || place(texts, call, false).is_some_and(|it| it.starts_with('/'));
            if opens_to_write(call) && (below_top || whole()) {
                self.note(word, call, texts, false);
            }
        }
        for word in METHODS {
            for (at, _) in bare.match_indices(word) {
                self.add(path_before(texts, &bare[..at], false), word);
            }
        }
        // A function in JavaScript, Ruby and `os`, and a method of Python's `Path`.
        for (at, word) in bare.match_indices("mkdir(") {
            let path = || path_before(texts, bare[..at].strip_suffix('.')?, true);
            self.add(place(texts, &bare[at + word.len()..], true).or_else(path), word);
        }
        for (at, word) in bare.match_indices("sqlite:///") {
            let file = bare[at + word.len()..].split(['"', '\'', '`', '\n', '?']).next();
            let file = file.filter(|it| it.starts_with('/')).and_then(|it| resolve(None, it));
            self.add(file.map(|it| folder_of(&it).to_owned()), word);
        }
        if let Some(word) = SOMEWHERE.iter().find(|word| bare.contains(**word)) {
            self.add(None, word);
        }
    }

    fn note(&mut self, word: &str, arguments: &str, texts: &[Arc<str>], is_folder: bool) {
        let in_memory = literal(arguments).is_some_and(|it| it.starts_with(":memory:"));
        if !in_memory && !arguments.starts_with(')') {
            self.add(place(texts, arguments, is_folder), word);
        }
    }

    fn add(&mut self, folder: Option<String>, word: &str) {
        match folder {
            Some(folder) if self.folders.iter().any(|(known, _)| *known == folder) => (),
            Some(folder) => self.folders.push((folder, named(word))),
            None => {
                self.word.get_or_insert_with(|| named(word));
            }
        }
    }
}

/// A word for messages.
fn named(word: &str) -> String {
    word.split(['(', '"', '\'']).next().unwrap_or(word).trim_start_matches('.').to_owned()
}

/// Whether a call of `open` says that it writes: a mode such as `"w"`, `'ab'`, `"r+"` behind the name.
fn opens_to_write(call: &str) -> bool {
    let line = call.lines().next().unwrap_or_default();
    line.match_indices([',', '=']).any(|(at, _)| {
        let rest = &line[at + 1..];
        let Some(quote) = rest.chars().next().filter(|it| matches!(it, '"' | '\'')) else {
            return false;
        };
        let mode = rest[1..].split(quote).next().unwrap_or_default();
        let writes = mode.starts_with(['w', 'a', 'x']) || mode.contains('+');
        writes && mode.len() <= 3 && mode.chars().all(|it| "rwaxbt+".contains(it))
    })
}

/// The folder that the first argument of a call is in, or is.
fn place(texts: &[Arc<str>], arguments: &str, is_folder: bool) -> Option<String> {
    let found = expression(texts, arguments, 0)?;
    folder(&found.path, is_folder || found.goes_on)
}

/// The same of what stands before a method: a variable, or `Path("folder")`.
fn path_before(texts: &[Arc<str>], before: &str, is_folder: bool) -> Option<String> {
    let line = before.lines().last()?;
    if line.ends_with(')') {
        let (_, argument) = line.rsplit_once("Path(")?;
        return folder(literal(argument)?, is_folder || argument.contains(")/"));
    }
    let start = line.rfind(is_no_part).map_or(0, |at| at + 1);
    let found = assigned(texts, line.get(start..)?, 0)?;
    folder(&found.path, is_folder || found.goes_on)
}

/// What an expression says of a path.
struct Said {
    path: String,
    /// Something is put behind it: the path is a folder.
    goes_on: bool,
}

/// The path that a text without blanks begins with: a string, a variable, a function that joins such.
fn expression(texts: &[Arc<str>], text: &str, depth: usize) -> Option<Said> {
    const JOINS: &[&str] = &["os.path.join(", "path.join(", "pathlib.Path(", "Path(", "File.join("];
    const ASKS: &[&str] = &["os.environ", "os.getenv(", "process.env", "ENV["];
    if depth > DEEPEST {
        return None;
    }
    let join = JOINS.iter().find_map(|it| text.strip_prefix(it));
    let first = join.unwrap_or(text);
    let joined = join.is_some() && first.split(')').next().is_some_and(|it| it.contains(','));
    if let Some(literal) = literal(first) {
        let goes_on = joined
            || first[1..]
                .find(literal)
                .is_some_and(|at| continues(&first[1 + at + literal.len() + 1..]));
        return match variable_at_start(literal) {
            Some(name) => Some(Said { goes_on: true, ..assigned(texts, name, depth + 1)? }),
            None => Some(Said { path: literal.to_owned(), goes_on }),
        };
    }
    if ASKS.iter().any(|it| first.starts_with(it)) {
        return Some(Said { path: whole_path(first)?.to_owned(), goes_on: joined });
    }
    let name = first.split(is_no_part).next()?;
    let found = assigned(texts, name, depth + 1)?;
    let goes_on = found.goes_on || joined || continues(&first[name.len()..]);
    Some(Said { goes_on, ..found })
}

/// Whether something is put behind a path.
fn continues(rest: &str) -> bool {
    rest.trim_start_matches(')').starts_with(['/', '+'])
}

/// The folder of a path, or the path itself; `.` is where the program starts.
fn folder(path: &str, is_folder: bool) -> Option<String> {
    if path.starts_with('~') {
        return None;
    }
    // What is put in while it runs is a part of a name.
    let (path, is_folder) = match path.split_once(['$', '{', '%']) {
        Some((start, _)) => {
            (start.rsplit_once('/').filter(|(above, _)| !above.is_empty())?.0, true)
        }
        None => (path, is_folder),
    };
    let whole = resolve(Some("/"), path)?;
    let whole = if is_folder { whole.as_str() } else { folder_of(&whole) };
    match path.starts_with('/') {
        true => Some(whole.to_owned()),
        false if path.contains("..") => None,
        false => Some(format!(".{whole}")),
    }
}

fn is_no_part(it: char) -> bool {
    !(it.is_alphanumeric() || it == '_')
}

/// The string that a text begins with; `f` and the like may stand before it.
fn literal(text: &str) -> Option<&str> {
    let text =
        text.strip_prefix(['f', 'r', 'b']).filter(|it| it.starts_with(['"', '\''])).unwrap_or(text);
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\'' | '`'))?;
    let inside = &text[1..];
    inside.find(quote).map(|end| &inside[..end])
}

/// The variable of `{DATA}/file` or `${DATA}/file`.
fn variable_at_start(literal: &str) -> Option<&str> {
    let inside = literal.strip_prefix("${").or_else(|| literal.strip_prefix('{'))?;
    inside.split('}').next()
}

/// The path that a variable gets where it is first set, be it only by default.
fn assigned(texts: &[Arc<str>], name: &str, depth: usize) -> Option<Said> {
    let name = Some(name).filter(|it| !it.is_empty())?;
    let mut values = texts.iter().filter_map(|text| {
        text.match_indices(name).find_map(|(at, _)| {
            let before = |it: char| !is_no_part(it) || matches!(it, '.' | '"' | '\'');
            let rest = text[at + name.len()..].trim_start_matches([' ', '\t']).strip_prefix('=')?;
            (!text[..at].ends_with(before) && !rest.starts_with('=')).then_some(rest)
        })
    });
    let line = values.next()?.lines().next()?;
    match whole_path(line) {
        Some(path) => Some(Said { path: path.to_owned(), goes_on: false }),
        None => {
            let bare: String = line.chars().filter(|it| !it.is_whitespace()).collect();
            expression(texts, &bare, depth + 1)
        }
    }
}

/// The last string of a line that is a whole path.
fn whole_path(line: &str) -> Option<&str> {
    let mut rest = line.lines().next()?;
    let mut found = None;
    while let Some(at) = rest.find(['"', '\'']) {
        let Some(inside) = literal(&rest[at..]) else { break };
        if inside.starts_with('/') && inside.len() > 1 {
            found = Some(inside);
        }
        rest = &rest[at + inside.len() + 2..];
    }
    found
}

/// A port on which a source listens.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listener {
    pub(super) port: String,
    /// Variables of the environment that may say another.
    pub(super) variables: Vec<String>,
}

/// The ports that sources give to what listens: `.listen(80)`, `app.run(port=80)`.
pub(super) fn listeners(texts: &[Arc<str>]) -> Vec<Listener> {
    let mut found = Vec::new();
    for text in texts {
        let bare: String = text.chars().filter(|it| !it.is_whitespace()).collect();
        for word in [".listen(", ".run(", "run_app(", "run_simple(", "serve("] {
            for (at, _) in bare.match_indices(word) {
                let arguments =
                    bare[at + word.len()..].split([')', ';']).next().unwrap_or_default();
                let first = Some(arguments).filter(|_| word == ".listen(");
                let named = ["port=", "port:"].iter().find_map(|it| behind(arguments, it));
                found.extend(named.or(first).and_then(|it| port(texts, it)));
            }
        }
    }
    found
}

/// What stands behind the first of such words that is a word of its own.
fn behind<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let mut starts = text.match_indices(word).map(|(at, _)| at);
    let start = starts.find(|at| text[..*at].ends_with(['(', ',', '{']) || *at == 0)?;
    Some(&text[start + word.len()..])
}

/// The port that an expression is: a number, or a variable with one that is its last resort.
fn port(texts: &[Arc<str>], expression: &str) -> Option<Listener> {
    let word: String = expression.chars().take_while(|it| !is_no_part(*it)).collect();
    if word.chars().all(|it| it.is_ascii_digit()) {
        let fixed = Listener { port: word, variables: Vec::new() };
        return Some(fixed).filter(|it| !it.port.is_empty());
    }
    let set = |line: &str| {
        let mut words = line.split_whitespace();
        let declared = words.next().filter(|it| !matches!(*it, "const" | "let" | "var"));
        let name = declared.or_else(|| words.next());
        name.and_then(|it| it.split(['=', ':']).next()) == Some(word.as_str())
    };
    let mut lines = texts.iter().flat_map(|text| text.lines());
    let (_, value) = lines.find(|line| line.contains('=') && set(line))?.split_once('=')?;
    let value = value.trim_end_matches([' ', ';', ')', '"', '\'', '\r']);
    let digits = value.chars().rev().take_while(char::is_ascii_digit).count();
    let (rest, port) = value.split_at(value.len() - digits);
    let is_name =
        |it: &&str| it.len() > 1 && it.chars().all(|it| it.is_ascii_uppercase() || it == '_');
    let variables = rest.split(is_no_part).filter(is_name).map(str::to_owned).collect();
    Some(Listener { port: port.to_owned(), variables }).filter(|it| !it.port.is_empty())
}

fn folder_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => "/",
        Some((folder, _)) => folder,
    }
}

/// For each import of a file of the project: where it may be in the image.
fn imports(text: &str, path: &str, root: &str) -> Vec<Vec<String>> {
    match path.rsplit_once('.') {
        Some((_, "py")) => text.lines().flat_map(|line| of_python(line, path, root)).collect(),
        Some((_, "rb")) => quoted_behind(text, &["require_relative"])
            .into_iter()
            .map(|it| candidates(folder_of(path), it, &["", ".rb"]))
            .collect(),
        _ => quoted_behind(text, &["require(", "from", "import"])
            .into_iter()
            .filter(|it| it.starts_with('.'))
            .map(|it| {
                let ends = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", "/index.js", "/index.ts"];
                let mut found = candidates(folder_of(path), it, &ends);
                // TypeScript names the file that it makes.
                found.extend(
                    it.strip_suffix(".js")
                        .into_iter()
                        .flat_map(|it| candidates(folder_of(path), it, &[".ts"])),
                );
                found
            })
            .collect(),
    }
}

fn candidates(folder: &str, name: &str, ends: &[&str]) -> Vec<String> {
    ends.iter().filter_map(|end| resolve(Some(folder), &format!("{name}{end}"))).collect()
}

/// The strings that stand right behind one of these words.
fn quoted_behind<'t>(text: &'t str, words: &[&str]) -> Vec<&'t str> {
    let behind = |word: &&str| -> Vec<&'t str> {
        let rest = text.match_indices(*word).map(|(at, word)| text[at + word.len()..].trim_start());
        rest.filter_map(|rest| literal(rest.strip_prefix('(').unwrap_or(rest))).collect()
    };
    words.iter().flat_map(behind).collect()
}

/// `import a.b`, `from a.b import c, d` and `from . import c`.
fn of_python(line: &str, path: &str, root: &str) -> Vec<Vec<String>> {
    let mut words = line.split([' ', ',', '\t']).filter(|it| !it.is_empty());
    let module = |folder: &str, name: &str| {
        let name = name.replace('.', "/");
        candidates(folder, &name, &[".py", "/__init__.py"])
    };
    match words.next() {
        Some("import") => words.take_while(|it| *it != "as").map(|it| module(root, it)).collect(),
        Some("from") => {
            let Some(from) = words.next() else { return Vec::new() };
            let name = from.trim_start_matches('.');
            let mut folder = if name.len() < from.len() { folder_of(path) } else { root };
            for _ in 1..from.len() - name.len() {
                folder = folder_of(folder);
            }
            let parts = words.skip_while(|it| *it != "import").skip(1);
            let parts = parts.map(|it| it.trim_matches(['(', ')'])).filter(|it| !it.is_empty());
            let inner = |part: &str| match name {
                "" => module(folder, part),
                name => module(folder, &format!("{name}.{part}")),
            };
            let own = (!name.is_empty()).then(|| module(folder, name));
            own.into_iter().chain(parts.map(inner)).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Writing, imports, listeners};
    use std::sync::Arc;

    fn writing(text: &str) -> Writing {
        let mut writing = Writing::default();
        writing.look_at(&[Arc::from(text)], true);
        writing
    }

    #[test]
    fn where_a_source_writes_stands_in_the_call_or_where_its_variable_is_set() {
        for (text, folder) in [
            ("open('/data/a.txt', 'w')", "/data"),
            ("with open(f\"{ROOT}/a\", mode=\"ab\") as a:\nROOT = '/data'", "/data"),
            ("os.makedirs( \"/data/notes\" )", "/data/notes"),
            ("os.makedirs(\"notes\")", "./notes"),
            ("os.mkdir(\"/data\")", "/data"),
            ("fsp.mkdir('./out', { recursive: true })", "./out"),
            ("await mkdir('/data')", "/data"),
            ("D = os.environ.get(\"D\", \"/data\")\nopen(os.path.join(D, \"a\"), \"x\")", "/data"),
            ("sqlite3.connect(os.getenv('DB', '/data/a.db'))", "/data"),
            ("engine('sqlite:////data/a.db?x=1')", "/data"),
            (
                "fs.writeFileSync(`${DIR}/a`, 'b');\nconst DIR = process.env.DIR || '/data';",
                "/data",
            ),
            ("multer({ dest: 'uploads/' })", "./uploads"),
            ("out = Path('results/a.txt')\nout.write_text('b')", "./results"),
            ("Path('/data').mkdir(exist_ok=True)", "/data"),
            ("File.open('/data/a', 'a') { }", "/data"),
            ("fs.writeFile(`/data/${Date.now()}.txt`, 'a')", "/data"),
            ("open('/data/%s.txt' % name, 'w')", "/data"),
            ("A = os.getenv('A', '/data')\nB = os.path.join(A, 'b')\nos.makedirs(B)", "/data"),
            ("root = Path('data')\nfile = root / 'a.txt'\nfile.write_text('b')", "./data"),
            ("new winston.transports.File({ filename: '/data/a.log' })", "/data"),
        ] {
            let found = writing(text);
            let folders: Vec<&str> = found.folders.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!((folders, &found.word), (vec![folder], &None), "{text}");
        }
        for text in [
            "open(name, 'w')",
            "torch.save(model, path)",
            "make().write_text('a')",
            "DB('sqlite:///a.db')",
        ] {
            let found = writing(text);
            assert!(found.word.is_some() && found.folders.is_empty(), "{text}: {found:?}");
        }
        for text in [
            "open('/data/a')",
            "open('a', 'rb')",
            "sqlite3.connect(':memory:')",
            "reopen(a)",
            "f(a, 'w')",
        ] {
            let found = writing(text);
            assert!(found.word.is_none() && found.folders.is_empty(), "{text}: {found:?}");
        }
    }

    #[test]
    fn imports_are_files_of_the_project() {
        let first = |text: &str, path: &str| -> Vec<String> {
            imports(text, path, "/app").into_iter().map(|it| it[0].clone()).collect()
        };
        let found =
            first("import os, shop.db as db\nfrom .orders import (keep, lose)", "/app/shop/a.py");
        let expected = ["os", "shop/db", "shop/orders", "shop/orders/keep", "shop/orders/lose"];
        assert_eq!(found, expected.map(|it| format!("/app/{it}.py")));
        assert_eq!(first("from .. import x", "/app/a/b/c.py"), ["/app/a/x.py"]);
        let found = first(
            "const a = require('./a');\nimport b from \"../b.js\";\nimport 'express';",
            "/app/x/y.js",
        );
        assert_eq!(found, ["/app/x/a", "/app/b.js"]);
        assert_eq!(first("require_relative 'lib/a'\nrequire 'b'", "/app/a.rb"), ["/app/lib/a"]);
    }

    #[test]
    fn ports_stand_in_the_call_or_where_their_variable_is_set() {
        for (text, ports) in [
            ("app.run(host='0.0.0.0', port=80)", &["80"][..]),
            ("uvicorn.run(\n  app,\n  port = 80,\n)", &["80"]),
            ("require('http').createServer(f).listen(80)", &["80"]),
            ("await app.listen({ port: 443, host: '::' })", &["443"]),
            ("const port = process.env.PORT || 80;\napp.listen(port, () => {})", &["80"]),
            ("PORT = int(os.getenv('PORT', '81'))\nweb.run_app(app, port=PORT)", &["81"]),
            ("app.run(debug=True)\nsubprocess.run(['a'])", &[]),
            ("server.listen(path)\nrun(support=80)", &[]),
        ] {
            let found = listeners(&[Arc::from(text)]);
            assert_eq!(found.iter().map(|it| &*it.port).collect::<Vec<_>>(), ports, "{text}");
        }
        let asks = "const port = process.env.WEB_PORT ?? 80\napp.listen(port)";
        assert_eq!(listeners(&[Arc::from(asks)])[0].variables, ["WEB_PORT"]);
    }

    #[test]
    fn any_text_can_be_read() {
        let text = "ü=f\"ü{ü}/ü\"\nopen(ü,'w')\nPath(ü).mkdir()\nfrom.ü import(ü\n`${ü\"'open(f'ü";
        for (at, _) in text.char_indices() {
            for piece in [&text[at..], &text[..at]] {
                writing(piece);
                listeners(&[Arc::from(piece)]);
                imports(piece, "/a.py", "/");
                imports(piece, "/a.js", "/");
            }
        }
    }
}
