//! Gradle's build and settings scripts in Groovy and Kotlin, as far as they are literal.

use super::code::{self, GROOVY, Token};
use super::{Group, Holds, Manifest, Role};

/// Configurations of dependencies, by their ends: `testImplementation`, `kapt`, `runtimeOnly`.
const CONFIGURATIONS: [(&str, Group); 9] = [
    ("implementation", Group::Normal),
    ("api", Group::Normal),
    ("compile", Group::Normal),
    ("runtime", Group::Normal),
    ("compileOnly", Group::Build),
    ("runtimeOnly", Group::Normal),
    ("annotationProcessor", Group::Build),
    ("developmentOnly", Group::Development),
    ("classpath", Group::Build),
];

/// Tokens of one statement.
const LONGEST: usize = 1024;

pub(super) fn read(text: &str, manifest: &mut Manifest) {
    let tokens = code::tokens(text, GROOVY);
    manifest.fills(Holds::Build, "build", None);
    manifest.fills(Holds::Build, ".gradle", None);
    for at in 0..tokens.len() {
        // `id 'x' version 'y'` is no version of the project.
        let starts = at == 0 || tokens[at - 1].value == code::Value::End || tokens[at - 1].is('{');
        if let Some(word) = tokens[at].word().filter(|word| starts || *word != "version") {
            statement(word, &tokens[at + 1..], tokens[at].line, manifest);
        }
    }
    code::literals(&tokens, manifest);
}

/// What follows a word, with or without parentheses: `id 'x'`, `id("x")`, `name = 'x'`.
fn statement(word: &str, rest: &[Token<'_>], line: usize, manifest: &mut Manifest) {
    let argument = match rest {
        [open, value, ..] if open.is('(') || open.is('=') => Some(value),
        [value, ..] => Some(value),
        [] => None,
    };
    let text = argument.and_then(Token::text);
    match (word, text) {
        ("id", Some(id)) => {
            // The rest of the line may say the version.
            let line_rest =
                rest.iter().take(LONGEST).take_while(|token| token.value != code::Value::End);
            let mut after = line_rest.skip_while(|token| token.word() != Some("version"));
            let version = after.find_map(Token::text);
            manifest.plugin(id, version, line);
        }
        ("kotlin", Some(name)) => {
            manifest.plugin(&format!("org.jetbrains.kotlin.{name}"), None, line)
        }
        ("apply", _) => applied(rest, line, manifest),
        ("include", _) => {
            listed(rest).filter_map(Token::text).for_each(|name| {
                let path = name.trim_start_matches(':').replace(':', "/");
                manifest.names(Role::Package, &path, line);
            });
        }
        ("includeBuild" | "includeFlat", Some(path)) => manifest.names(Role::Package, path, line),
        ("rootProject.name", Some(name)) => manifest.name = Some(name.to_owned()),
        ("version", Some(version))
            if rest.first().is_some_and(|it| it.is('=') || it.text().is_some()) =>
        {
            manifest.version = manifest.version.take().or(Some(version.to_owned()));
        }
        ("buildDir", Some(folder)) => manifest.fills(Holds::Build, folder, Some(line)),
        (
            "sourceCompatibility"
            | "targetCompatibility"
            | "jvmTarget"
            | "release"
            | "jvmToolchain",
            _,
        )
        | ("JavaLanguageVersion.of", _) => java(argument, line, manifest),
        ("file" | "files" | "fileTree" | "from" | "dir" | "srcDir" | "dirs", Some(path)) => {
            manifest.names(Role::Content, path, line);
        }
        _ => dependency(word, rest, text, line, manifest),
    }
}

/// The tokens of a list of arguments, which goes on in the next line after a comma and in parentheses.
fn listed<'a, 't>(rest: &'a [Token<'t>]) -> impl Iterator<Item = &'a Token<'t>> {
    let (mut open, mut comma) = (0usize, false);
    rest.iter().take(LONGEST).take_while(move |token| {
        let ends = token.value == code::Value::End && open == 0 && !comma;
        open = open + usize::from(token.is('(')) - usize::from(token.is(')') && open > 0);
        comma = token.is(',') || (comma && token.value == code::Value::End);
        !ends
    })
}

/// `apply plugin: 'x'`, `apply from: 'y.gradle'`, `apply(plugin = "x")`.
fn applied(rest: &[Token<'_>], line: usize, manifest: &mut Manifest) {
    let mut tokens = rest.iter().take(LONGEST).take_while(|token| token.value != code::Value::End);
    while let Some(token) = tokens.next() {
        match (token.word(), tokens.clone().nth(1).and_then(Token::text)) {
            (Some("plugin"), Some(name)) => manifest.plugin(name, None, line),
            (Some("from"), Some(path)) => manifest.names(Role::Manifest, path, line),
            (Some("from"), None) => {
                manifest.unclear(line, "the script that is applied is not known")
            }
            _ => {}
        }
    }
}

/// `17`, `'17'`, `JavaVersion.VERSION_17`.
fn java(argument: Option<&Token<'_>>, line: usize, manifest: &mut Manifest) {
    let word = argument.and_then(|it| it.word().or(it.text()));
    let version =
        word.and_then(|it| it.rsplit("VERSION_").next()).unwrap_or_default().replace('_', ".");
    if version.starts_with(|char: char| char.is_ascii_digit()) {
        manifest.wants("java", &version, line);
    }
}

fn dependency(
    word: &str,
    rest: &[Token<'_>],
    text: Option<&str>,
    line: usize,
    manifest: &mut Manifest,
) {
    let lower = word.to_ascii_lowercase();
    let found = CONFIGURATIONS.iter().find(|(name, _)| lower.ends_with(&name.to_ascii_lowercase()));
    let Some((_, group)) = found else { return };
    let group = if lower.contains("test") { Group::Development } else { *group };
    // `implementation project(':x')`, which settings map to a folder.
    let project = rest.iter().take(2).position(|token| token.word() == Some("project"));
    if let Some(at) = project {
        let path = rest.iter().skip(at + 1).take(2).find_map(Token::text);
        let path = path.map(|path| path.trim_start_matches(':').replace(':', "/"));
        manifest.depends(group, &path.unwrap_or_else(|| "project".to_owned()), None, line);
        return;
    }
    let written = text.or_else(|| rest.iter().take(2).find_map(Token::mixed));
    let Some((name, version)) = written.and_then(coordinates) else { return };
    manifest.depends(group, &name, version, line);
}

/// `group:name:version`; a version in a variable is not known.
fn coordinates(text: &str) -> Option<(String, Option<&str>)> {
    let mut parts = text.split(':');
    let (group, name) = (parts.next()?, parts.next()?);
    let known = |text: &&str| !text.contains('$');
    let name = Some(format!("{group}:{name}")).filter(|name| known(&&**name))?;
    Some((name, parts.next().filter(known)))
}
