//! `go run` at start.

use super::super::case::Case;
use super::super::install::Made;
use super::super::plan::Plan;
use super::super::program::Program;
use super::super::{Stop, emit};
use super::output::{VALUES, names};
use super::packages::Roots;

/// What `go run` compiles each time is compiled once, by the build stage.
pub(super) fn built_before(
    case: &Case,
    program: &mut Program,
    made: &mut Made,
    roots: &mut Roots,
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
    roots.add(workdir, &packages);
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
    plan.built.push((emit::tail(case), format!("RUN {}", command.join(" "))));
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
