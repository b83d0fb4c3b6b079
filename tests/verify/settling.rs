//! Which of three steps are kept: those that pass together, each other one named with the reason.

use crate::bench::{Bench, STEPS};
use jettison::verify::case::{Case, Verdict};
use jettison::verify::settle::Settled;

const BEFORE: &str =
    "FROM debian:12\nENV MODE=fast\nRUN put /srv/a 1\nRUN put /srv/b 2\nCMD [\"sh\"]\n";
const MERGES: [&str; 2] = ["1\nRUN put", "1 && put"];
const REMARKS: [&str; 2] = ["CMD", "# the program\nCMD"];

/// What each step replaces.
type Changes = [[&'static str; 2]; 3];

/// The case that some steps make.
fn cases(bench: &Bench, before: &str, changes: &Changes, wanted: &[String]) -> Vec<Case> {
    let (mut texts, mut names) = (vec![before.to_owned()], Vec::new());
    for (name, [from, to]) in STEPS.iter().zip(changes) {
        if wanted.iter().any(|it| it == name) {
            texts.push(texts.last().unwrap().replace(from, to));
            names.push((*name).to_owned());
        }
    }
    let mut case = bench.case(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    case.steps.iter_mut().zip(names).for_each(|(step, name)| step.transform = name);
    vec![case]
}

fn settled(bench: &Bench, before: &str, changes: &Changes) -> Settled {
    bench.settle(&|wanted| cases(bench, before, changes, wanted))
}

#[test]
fn all_steps_are_kept_where_all_pass() {
    let bench = Bench::new();
    let settled = settled(&bench, BEFORE, &[MERGES, ["2\n", "2 && true\n"], REMARKS]);
    assert_eq!(settled.kept, STEPS);
    let [only] = &settled.verifications[..] else { panic!() };
    assert_eq!((&only.verdict, only.steps.len()), (&Verdict::Same, 3));
    assert!(only.dropped.is_empty() && only.before.is_some() && only.after.is_some());
    assert_eq!(bench.fake.calls("build").len(), 3);
}

#[test]
fn a_step_that_makes_a_difference_is_dropped_and_the_others_are_verified_again() {
    let bench = Bench::new();
    let settled = settled(&bench, BEFORE, &[MERGES, ["ENV MODE=fast\n", ""], REMARKS]);
    assert_eq!(settled.kept, [STEPS[0], STEPS[2]]);
    let [only] = &settled.verifications[..] else { panic!() };
    assert_eq!((&only.verdict, only.steps.len()), (&Verdict::Same, 2));
    assert!(only.differences.is_empty() && only.notes.is_empty());
    let why = "Env `MODE` went: it was `fast`".to_owned();
    assert_eq!(only.dropped, [(STEPS[1].to_owned(), why)]);
    // Twice before, all, each of three, and what is left: the last one is without cache again.
    let built = bench.fake.calls("build");
    let cached: Vec<bool> = built.iter().map(|it| !it.contains("--no-cache")).collect();
    assert_eq!(cached, [false, false, false, true, true, true, false]);
}

#[test]
fn a_step_that_does_not_build_is_dropped() {
    let bench = Bench::new();
    let settled = settled(&bench, BEFORE, &[MERGES, ["put /srv/b", "fail"], REMARKS]);
    assert_eq!(settled.kept, [STEPS[0], STEPS[2]]);
    let why =
        "it no longer builds: line 3 of the rewritten file fails, `RUN put /srv/a 1 && fail 2`";
    let dropped = (STEPS[1].to_owned(), why.to_owned());
    assert_eq!(settled.verifications[0].dropped, [dropped]);
    assert_eq!(settled.verifications[0].verdict, Verdict::Same);
}

#[test]
fn what_a_dropped_step_printed_is_no_remark_on_the_others() {
    let bench = Bench::new();
    let settled = settled(&bench, BEFORE, &[MERGES, ["put /srv/b", "fail"], REMARKS]);
    assert_eq!(settled.verifications[0].notes, [""; 0]);
}

#[test]
fn nothing_is_kept_where_each_step_breaks() {
    let bench = Bench::new();
    let changes = [["a 1", "a 3"], ["MODE=fast", "MODE=slow"], ["put /srv/b", "fail"]];
    let settled = settled(&bench, BEFORE, &changes);
    assert_eq!(settled.kept, [""; 0]);
    let [only] = &settled.verifications[..] else { panic!() };
    let names: Vec<&str> = only.dropped.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((names, only.steps.len()), (STEPS.to_vec(), 3));
    assert!(matches!(only.verdict, Verdict::Broken { .. }), "{only:?}");
}

#[test]
fn nothing_is_kept_where_it_was_broken() {
    let bench = Bench::new();
    let before = BEFORE.replace("put /srv/b", "fail");
    let settled = settled(&bench, &before, &[MERGES, ["fail", "true"], REMARKS]);
    assert_eq!(settled.kept, [""; 0]);
    let [only] = &settled.verifications[..] else { panic!() };
    assert!(matches!(only.verdict, Verdict::WasBroken(_)) && only.dropped.is_empty());
}

#[test]
fn a_step_has_to_pass_in_each_way_in_which_a_file_is_built() {
    let bench = Bench::new();
    let before =
        "FROM debian:12 AS a\nRUN put /a 1\nRUN put /b 2\nFROM debian:12 AS b\nENV MODE=fast\n";
    let changes = [
        MERGES.map(|it| it.trim_start_matches("/srv")),
        ["ENV MODE=fast\n", ""],
        ["AS b", "AS b\n# b"],
    ];
    let settled = bench.settle(&|wanted| {
        let mut both =
            [cases(&bench, before, &changes, wanted), cases(&bench, before, &changes, wanted)]
                .concat();
        both[0].build.target = Some("a".to_owned());
        both
    });
    assert_eq!(settled.kept, [STEPS[0], STEPS[2]]);
    let verdicts: Vec<&Verdict> = settled.verifications.iter().map(|it| &it.verdict).collect();
    assert_eq!(verdicts, [&Verdict::Same; 2]);
}

#[test]
fn a_step_with_which_the_engine_dies_is_dropped() {
    let bench = Bench::new();
    let settled = settled(&bench, BEFORE, &[MERGES, ["2\n", "2 && die\n"], REMARKS]);
    assert_eq!(settled.kept, [STEPS[0], STEPS[2]]);
    let why = "`docker build --progress=plain` failed: killed by signal 9".to_owned();
    assert_eq!(settled.verifications[0].dropped, [(STEPS[1].to_owned(), why)]);
}
