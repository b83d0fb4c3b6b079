//! Each verdict on the library's own: what is the same, what is declared, what was broken before.

use crate::bench::{Bench, plain};
use jettison::effect::Difference;
use jettison::effect::account::Account;
use jettison::verify::case::{Case, Texts, Verdict, Verification};
use jettison::verify::compare::noise::Label;

const UPDATES: &str =
    "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y curl\nCMD [\"curl\"]\n";
const UPDATES_ONCE: &str =
    "FROM debian:12\nRUN apt-get update && apt-get install -y curl\nCMD [\"curl\"]\n";
const CLEANS: &str = "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf \
                      /var/lib/apt/lists/*\nCMD [\"curl\"]\n";

pub(crate) fn cleans() -> Difference {
    Difference::EditProgram { instruction: 1, edits: Vec::new() }
}

fn declaring(mut case: Case, declares: &[&[Difference]]) -> Case {
    for (step, declares) in case.steps.iter_mut().zip(declares) {
        step.declares = declares.to_vec();
    }
    case
}

fn declared(found: &Verification) -> (usize, usize, usize) {
    (found.declared.gone, found.declared.come, found.declared.changed)
}

#[test]
fn fewer_layers_are_the_same() {
    let bench = Bench::that_starts();
    let found = bench.verify(&bench.case(&[UPDATES, UPDATES_ONCE]));
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
    let (before, after) = (found.before.unwrap(), found.after.unwrap());
    assert_eq!((before.layers.len(), after.layers.len()), (3, 2));
    assert_eq!((before.packages, before.user.as_str()), (2, "root"));
    // Without cache, without a registry, and with the folder of the texts outside of the context.
    let built = bench.fake.calls("build");
    assert!(built.len() == 3 && built.iter().all(|it| it.contains(" --no-cache ")), "{built:?}");
    let context = bench.context.path().to_str().unwrap();
    let texts = |it: &String| it.split(" --file ").nth(1).unwrap().starts_with(context);
    assert!(!built.iter().any(texts));
}

#[test]
fn packed_layers_are_read_as_well() {
    let bench = Bench::new();
    bench.fake.packs();
    let found = bench.verify(&bench.case(&[UPDATES, UPDATES_ONCE]));
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
}

#[test]
fn a_cache_that_is_cleaned_is_declared() {
    let bench = Bench::new();
    let case = bench.case(&[UPDATES, UPDATES_ONCE, CLEANS]);
    let found = bench.verify(&declaring(case.clone(), &[&[], &[cleans()]]));
    assert_eq!(found.verdict, Verdict::SameExceptDeclared, "{found:?}");
    assert_eq!((declared(&found), found.declared.freed), ((2, 0, 0), 1089));
    assert_eq!(
        found.declared.paths,
        ["/var/lib/apt/lists/deb_Packages", "/var/lib/apt/lists/lock"]
    );
    // The same where nobody declares it.
    let merges = Difference::MergeRuns { first: 1, count: 2 };
    let found = bench.verify(&declaring(case, &[&[merges]]));
    assert_eq!((found.verdict, found.differences.len()), (Verdict::Differs, 2));
}

pub(crate) fn account(commands: &[&str]) -> Difference {
    Difference::RunAs(Account {
        before: 2,
        user: 10001,
        commands: commands.iter().map(|it| (*it).to_owned()).collect(),
        appended_to: None,
        owned: vec![1],
        owner: "10001:10001".to_owned(),
    })
}

#[test]
fn a_user_that_is_added_is_declared() {
    let bench = Bench::new();
    bench.write("data", "x");
    let before = "FROM debian:12\nCOPY data /srv/data\nCMD [\"sh\"]\n";
    let after = "FROM debian:12\nCOPY --chown=10001:10001 data /srv/data\nRUN useradd 10001 app\nUSER 10001\n\
                 CMD [\"sh\"]\n";
    let case = declaring(bench.case(&[before, after]), &[&[account(&["useradd"])]]);
    let found = bench.verify(&case);
    assert_eq!(found.verdict, Verdict::SameExceptDeclared, "{found:?}");
    assert_eq!(found.declared.settings, ["User came: `10001`"]);
    assert_eq!(declared(&found), (0, 1, 2));
    assert_eq!(found.after.unwrap().user, "10001");
    // Another user than the declared one.
    let other = declaring(
        bench.case(&[before, &after.replace("USER 10001", "USER 10002")]),
        &[&[account(&["useradd"])]],
    );
    let found = bench.verify(&other);
    assert_eq!(found.differences, ["User came: `10002`"]);
}

fn excluding(bench: &Bench, before: &str, after: &str, patterns: &str) -> Case {
    let mut case = bench.case(&[before, after]);
    case.steps[0].after = Texts { ignore: Some(patterns.into()), ..plain(after) };
    let patterns = patterns.lines().map(str::to_owned).collect();
    declaring(case, &[&[Difference::Exclude { patterns, tracked: Vec::new() }]])
}

#[test]
fn what_is_no_longer_sent_is_declared() {
    let bench = Bench::new();
    bench.write("a.log", "1").write("b.txt", "2").write("logs/c", "3").write("logs/d", "4");
    let text = "FROM debian:12\nCOPY . /srv\n";
    let found = bench.verify(&excluding(&bench, text, text, "*.log\nlogs\n!logs/d\n"));
    assert_eq!(found.verdict, Verdict::SameExceptDeclared, "{found:?}");
    assert_eq!(found.declared.paths, ["/srv/a.log", "/srv/logs/c"]);
}

#[test]
fn what_was_made_in_the_build_is_not_excluded() {
    let bench = Bench::new();
    bench.write("index.js", "1");
    let before = "FROM debian:12\nCOPY . /srv\nRUN put /srv/node_modules/x/index.js y\n";
    let after = "FROM debian:12\nCOPY . /srv\nRUN true\n";
    let found = bench.verify(&excluding(&bench, before, after, "node_modules\n"));
    assert_eq!(found.verdict, Verdict::Differs);
}

#[test]
fn what_differs_between_two_builds_of_the_same_is_noise() {
    let bench = Bench::new();
    let before = "FROM debian:12\nRUN noise /var/log/x\nRUN true\nCMD [\"sh\"]\n";
    let found = bench.verify(&bench.case(&[before, &before.replace("\nRUN true", " && true")]));
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
    let noise = found.noise.unwrap();
    assert!(noise[0].0.starts_with("`/var/log/x` changed: content"), "{noise:?}");
    assert_eq!((noise.len(), noise[0].1), (1, Label::Log));
    // It hides nothing else.
    let found =
        bench.verify(&bench.case(&[before, &before.replace("true", "chmod 600 /var/log/x")]));
    assert_eq!(found.differences, ["`/var/log/x` changed: mode 644 to 600"]);
}

#[test]
fn a_file_with_another_name_each_time_is_noise() {
    let bench = Bench::new();
    let before = "FROM debian:12\nRUN noise /root/.npm/_logs/*-debug-0.log\nRUN true\n";
    let found = bench.verify(&bench.case(&[before, &before.replace("\nRUN true", " && true")]));
    assert_eq!(found.verdict, Verdict::Same, "{:?}", found.differences);
}

#[test]
fn what_did_not_build_before_is_not_judged() {
    let bench = Bench::new();
    let before = "FROM debian:12\nRUN say why\nRUN fail\n";
    let found = bench.verify(&bench.case(&[before, "FROM debian:12\nRUN true\n"]));
    let Verdict::WasBroken(why) = found.verdict else { panic!("{found:?}") };
    assert!(why.starts_with("line 3: "), "{why}");
    assert!(why.contains("did not complete successfully: exit code: 1"), "{why}");
    assert_eq!(bench.fake.calls("build").len(), 1);
    assert!(found.before.is_none() && found.after.is_none());
}

#[test]
fn what_did_not_run_before_is_not_compared() {
    let bench = Bench::that_starts();
    let before = "FROM debian:12\nRUN put /a 1\nRUN put /b 2\nCMD [\"nothing\"]\n";
    let found = bench.verify(&bench.case(&[before, &before.replace("\nRUN put /b", " && put /b")]));
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
    let shown = format!("{:?}", found.findings);
    assert!(shown.contains("neither starts"), "{shown}");
}

#[test]
fn the_stage_that_is_wanted_is_built() {
    let bench = Bench::new();
    let before = "FROM debian:12 AS one\nRUN put /a 1\nRUN put /b 2\nFROM one AS two\nRUN fail\n";
    let mut case = bench.case(&[before, &before.replace("1\nRUN", "1 &&")]);
    case.build.target = Some("one".to_owned());
    case.build.arguments = vec!["A=1".to_owned()];
    let found = bench.verify(&case);
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
    assert!(bench.fake.calls("build")[0].contains(" --target one --build-arg A=1 "));
}

#[test]
fn what_a_build_makes_anew_each_time_may_be_printed() {
    let bench = Bench::that_starts();
    let before =
        "FROM debian:12\nRUN noise /id\nRUN put /bin/show print-file /id\nCMD [\"show\"]\n";
    let found = bench.verify(&bench.case(&[before, &before.replace("\nRUN put", " && put")]));
    assert_eq!(found.verdict, Verdict::Same, "{found:?}");
}

#[test]
fn a_difference_counts_if_it_is_there_again() {
    let text = |at: &str| {
        format!("FROM debian:12\nRUN true\nRUN put /bin/show at-start {at} late\nCMD [\"show\"]\n")
    };
    let found = |at: &str| {
        let bench = Bench::that_starts();
        let before = text(at);
        let found = bench.verify(&bench.case(&[&before, &before.replace("\nRUN put", " && put")]));
        (found.verdict, bench.fake.calls("run").len())
    };
    // The third container is the first of what comes after; two more decide.
    assert_eq!(found("3"), (Verdict::Same, 5));
    assert_eq!(found("9"), (Verdict::Same, 3));
}
