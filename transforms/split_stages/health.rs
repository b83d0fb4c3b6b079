//! Health checks that a shell starts, in words that need none.

use super::case::Case;
use crate::shell::command::base;
use crate::shell::{self, CommandKind, ConnectorKind, Dialect, Pipeline};
use crate::syntax::{Body, Command, Keyword};

/// The one command of a health check.
#[derive(Debug, Clone)]
pub(super) struct Check {
    /// The `HEALTHCHECK`.
    pub(super) at: usize,
    pub(super) words: Vec<String>,
}

/// What `curl` or `wget` asks.
struct Request<'w> {
    host: &'w str,
    port: u16,
    path: &'w str,
    /// An answer that says of an error fails.
    is_strict: bool,
}

/// The command of the last `HEALTHCHECK`, where a shell does no more than to start it: then it needs none.
/// Any status but 0 says that the container is not healthy, so that `|| exit 1` adds nothing.
pub(super) fn single(case: &Case) -> Option<Check> {
    let at = case.stage().all(case.cx.file, Keyword::Healthcheck).last().copied()?;
    let instruction = &case.cx.file.instructions[at];
    let Body::Healthcheck(Some(Command::Shell)) = &instruction.body else { return None };
    let text = instruction.script()?;
    let parsed = shell::parse(&text.text, Dialect::Unknown)?;
    let [statement] = &parsed.body.statements[..] else { return None };
    let fails = |(connector, pipeline): &(shell::Connector, Pipeline)| {
        connector.kind == ConnectorKind::Or
            && matches!(words(pipeline).as_deref(), Some([it, rest @ ..]) if is_failure(it, rest))
    };
    if statement.terminator.is_some() || !statement.rest.iter().all(fails) {
        return None;
    }
    let words = words(&statement.first).filter(|it| !it.is_empty())?;
    Some(Check { at, words })
}

/// `exit 1` and `false`.
fn is_failure(name: &str, rest: &[String]) -> bool {
    match (name, rest) {
        ("exit", []) | ("false", []) => true,
        ("exit", [status]) => status != "0",
        _ => false,
    }
}

/// The words of a command whose output goes nowhere, or where it would go anyway.
fn words(pipeline: &Pipeline) -> Option<Vec<String>> {
    let [command] = &pipeline.commands[..] else { return None };
    let CommandKind::Simple(simple) = &command.kind else { return None };
    let is_quiet = |it: &shell::Redirect| {
        matches!(it.target.literal.as_deref(), Some("/dev/null" | "1" | "2"))
            && it.operator.contains('>')
    };
    if pipeline.negated || !simple.assignments.is_empty() || !command.redirects.iter().all(is_quiet)
    {
        return None;
    }
    simple.words.iter().map(|it| it.literal.as_deref().map(str::to_owned)).collect()
}

/// What Python 3 does instead; `None` where that is not known.
pub(super) fn by_python(check: &Check) -> Option<Vec<String>> {
    let name = check.words[0].as_str();
    if matches!(name, "python" | "python3") {
        return Some(check.words.clone());
    }
    let Request { host, port, path, is_strict } = request(&check.words)?;
    let verdict = match is_strict {
        true => "raise SystemExit(c.getresponse().status >= 400)",
        false => "c.getresponse()",
    };
    let program = format!(
        "import http.client; c = http.client.HTTPConnection('{host}', {port}); c.request('GET', '{path}'); {verdict}"
    );
    Some(["python", "-c", &program].map(str::to_owned).to_vec())
}

/// What Node.js does instead, which is called `node`; `None` where that is not known.
pub(super) fn by_node(check: &Check, node: &str) -> Option<Vec<String>> {
    if check.words[0] == "node" {
        let rest = check.words.iter().skip(1).cloned();
        return Some(std::iter::once(node.to_owned()).chain(rest).collect());
    }
    let Request { host, port, path, is_strict } = request(&check.words)?;
    // Some versions take the first address of this name alone, and servers seldom listen there.
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    let verdict = if is_strict { "r.statusCode < 400 ? 0 : 1" } else { "0" };
    let program =
        format!("require('http').get('http://{host}:{port}{path}', r => process.exit({verdict}))");
    Some([node, "-e", &program].map(str::to_owned).to_vec())
}

/// What `curl` or `wget` asks of the container itself, with options that change nothing of it.
fn request(words: &[String]) -> Option<Request<'_>> {
    let (name, rest) = words.split_first()?;
    let is_curl = match base(name) {
        "curl" => true,
        "wget" => false,
        _ => return None,
    };
    let mut is_strict = !is_curl;
    let mut address = None;
    let mut rest = rest.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        match (is_curl, word) {
            (true, "--fail" | "--fail-with-body") => is_strict = true,
            (true, "--silent" | "--show-error") => (),
            (true, "-o" | "--output" | "-m" | "--max-time" | "--connect-timeout") => {
                rest.next()?;
            }
            (true, "-X" | "--request") => rest.next().filter(|it| *it == "GET").map(|_| ())?,
            (true, word) if is_short(word, "fsS") => is_strict |= word.contains('f'),
            (false, "--quiet" | "--spider" | "--no-verbose" | "-nv" | "-O-" | "-qO-") => (),
            (false, "-O" | "-qO" | "-T" | "-t") => {
                rest.next()?;
            }
            (false, word) if word.starts_with("--tries=") || word.starts_with("--timeout=") => (),
            (false, word) if is_short(word, "q") => (),
            (_, word) if word.starts_with('-') || address.is_some() => return None,
            (_, word) => address = Some(word),
        }
    }
    local(address?, is_strict)
}

/// `-fsS`: short options without values, of those that are known.
fn is_short(word: &str, known: &str) -> bool {
    let letters = word.strip_prefix('-').filter(|it| !it.is_empty());
    letters.is_some_and(|it| it.chars().all(|it| known.contains(it)))
}

/// An address of the container itself.
fn local(address: &str, is_strict: bool) -> Option<Request<'_>> {
    let address = match address.split_once("://") {
        Some(("http", rest)) => rest,
        Some(_) => return None,
        None => address,
    };
    let (server, path) = address.split_at(address.find(['/', '?']).unwrap_or(address.len()));
    let (host, port) = match server.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (server, 80),
    };
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || b"/-_.~?=&%+,:".contains(&it);
    let is_local = matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0");
    let path = if path.is_empty() { "/" } else { path };
    let is_known = is_local && path.starts_with('/') && path.bytes().all(is_plain);
    is_known.then_some(Request { host, port, path, is_strict })
}
