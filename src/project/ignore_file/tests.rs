//! How ignore files are read, and what is told of them. What they match is compared with moby's own
//! answers in `tests/ignore_file.rs`; here are the cases that a reader should know.

use proptest::prelude::*;

use super::{Decision, IgnoreFile, LineKind, Visit};

fn file(text: &str) -> IgnoreFile {
    IgnoreFile::parse(text).unwrap()
}

fn texts(text: &str) -> Vec<String> {
    let mark = |exception| if exception { "!" } else { "" };
    let patterns = file(text).patterns;
    patterns.iter().map(|it| format!("{}{}", mark(it.exception), it.text)).collect()
}

fn excluded(text: &str, path: &str) -> bool {
    file(text).walk_to(path).unwrap().excluded
}

#[test]
fn patterns_are_trimmed_and_cleaned() {
    assert_eq!(texts("  a \r\n\t/b/\n./c//d/.\ne/../f\n"), ["a", "b", "c/d", "f"]);
    assert_eq!(texts("! /a/\n!\u{3000}b"), ["!a", "!b"]);
    assert_eq!(texts("..\n/..\n/\n."), ["..", "/", "/", "."]);
}

#[test]
fn patterns_are_read_twice() {
    assert_eq!(texts("/!a\n/ b\n/ /\n/#c\n!!d"), ["!a", "b", "#c", "!!d"]);
}

#[test]
fn comments_start_in_the_first_column() {
    assert_eq!(texts("#a\n #b\n\u{feff}#c"), ["#b", "\u{feff}#c"]);
    assert!(texts("\u{feff}#a").is_empty());
}

#[test]
fn each_line_and_pattern_is_found_in_the_text() {
    let text = "\u{feff}# x\r\n\n  !a/ \r\n/ /\nb";
    let read = file(text);
    let kinds: Vec<_> = read.lines.iter().map(|line| (line.span.of(text), line.kind)).collect();
    let expected = [
        ("# x", LineKind::Comment),
        ("", LineKind::Blank),
        ("  !a/ ", LineKind::Pattern(0)),
        ("/ /", LineKind::Blank),
        ("b", LineKind::Pattern(1)),
    ];
    assert_eq!(kinds, expected);
    let patterns: Vec<_> = read.patterns.iter().map(|it| (it.span.of(text), it.line)).collect();
    assert_eq!(patterns, [("!a/", 3), ("b", 5)]);
}

#[test]
fn errors_say_where_and_what_to_do() {
    let error = |text: &str| IgnoreFile::parse(text).unwrap_err().to_string();
    assert_eq!(
        error("a\n !  \n"),
        "line 2, column 2: `!` without a pattern; write the path to keep behind the `!`, or remove the line"
    );
    assert_eq!(
        error("!é/[a\n"),
        "line 1, column 4: `[` is never closed; close it with `]`, or write `\\[` for the character itself"
    );
    assert_eq!(
        error("./x//[]\n"),
        "line 1, column 1: `-` and `]` cannot stand here in `[…]`; write `\\-` or `\\]`"
    );
    assert!(error("! /").starts_with("line 1, column 1: `!`"));
}

#[test]
fn a_line_of_64_kib_is_an_error_wherever_it_is() {
    let long = |length: usize| format!("a[\n#{}\n", "x".repeat(length - 1));
    let error = |text: &str| IgnoreFile::parse(text).unwrap_err().position.line;
    assert_eq!(error(&long(65_535)), 1);
    assert_eq!(error(&long(65_536)), 2);
    let marked = format!("\u{feff}{}", "x".repeat(65_533));
    assert_eq!(error(&marked), 1);
    assert!(IgnoreFile::parse(&marked[..65_535]).is_ok());
}

#[test]
fn the_last_match_wins() {
    assert!(excluded("*\n!a", "b"));
    assert!(!excluded("*\n!a", "a"));
    assert!(excluded("*\n!a\na", "a"));
    assert!(!excluded("!a\n", "a"));
}

#[test]
fn a_folder_stands_for_all_in_it() {
    assert!(excluded("a", "a/b/c"));
    assert!(excluded("a/", "a"));
    assert!(!excluded("a/*\n!a/b", "a/b/c"));
    assert!(!excluded("a", "b/a"));
    assert!(excluded("**/a", "b/a/c"));
    assert!(!excluded("a/**", "a"));
}

#[test]
fn case_counts() {
    assert!(!excluded("readme*", "README.md"));
}

#[test]
fn special_characters_mean_what_gos_regexp_makes_of_them() {
    assert!(excluded("[\\d]x", "1x"));
    assert!(excluded("*.[[:alpha:]]", "a.b"));
    assert!(excluded("[!a]", "!") && excluded("[!a]", "a") && !excluded("[!a]", "b"));
    assert!(!excluded("[*].js", "a.js"));
    assert!(excluded("[*].js", "[^].js"));
    assert!(excluded("^a*", "ab") && !excluded("^a*", "^ab"));
    assert!(excluded("\\Qa*", "a[^/]*$"));
    assert!(!excluded("*.{js,ts}", "a.js") && excluded("*.{js,ts}", "a.{js,ts}"));
    assert!(excluded("x?{2}", "xab") && !excluded("x?{2}", "xa"));
    assert!(excluded("a|*b", "ac") && excluded("a|*b", "cb"));
}

#[test]
fn a_pattern_may_fail_only_when_it_is_asked() {
    let read = file("*/[z-a]\n");
    let error = read.walk_to("x").unwrap_err();
    let message =
        "line 1: BuildKit cannot match this pattern, because a range in `[…]` runs backwards";
    assert_eq!(error.to_string(), message);
    assert!(read.patterns[0].broken().is_some());
    assert!(!excluded("!*/[z-a]\n", "x"));
    assert!(file("x\n!*/[z-a]\n").walk_to("x").is_err());
}

#[test]
fn a_control_character_fails_the_build_where_all_is_ascii() {
    let line = |text| file(text).unsendable().map(|broken| broken.line);
    assert_eq!(line("a\nb\t# why\n"), Some(2));
    assert_eq!(line("!a\u{7f}\n"), Some(1));
    assert_eq!(line("**/\t/.\n"), Some(1));
    // What is around a pattern is not part of it, and with `é` all patterns are encoded.
    assert_eq!(line("# a\tb\n\ta\t\n!\tb\r\n"), None);
    assert_eq!(line("b\t# why\né\n"), None);
}

#[test]
fn the_walk_and_the_question_alone_differ() {
    let read = file("*/x\n!a\n");
    assert!(read.walk_to("a/x").unwrap().excluded);
    assert!(!read.matches_or_parent_matches("a/x").unwrap().excluded);
}

#[test]
fn the_pattern_that_decided_is_named() {
    let read = file("*\n!a\na/b\n");
    let decided = |path| read.walk_to(path).unwrap();
    assert_eq!(decided("c"), Decision { excluded: true, pattern: Some(0) });
    assert_eq!(decided("a/c"), Decision { excluded: false, pattern: Some(1) });
    assert_eq!(decided("a/b/c"), Decision { excluded: true, pattern: Some(2) });
    assert_eq!(file("x").walk_to("y").unwrap(), Decision { excluded: false, pattern: None });
}

#[test]
fn a_folder_is_skipped_unless_an_exception_may_match_in_it() {
    let skips = |text: &str| {
        let read = file(text);
        let visit = read.visit(&Visit::context(), "a").unwrap();
        read.skips_folder("a", &visit)
    };
    assert!(skips("a"));
    assert!(!skips("b"));
    assert!(skips("a\n!b/c"));
    assert!(skips("a\n!ab/c"));
    assert!(!skips("a\n!a/b/c"));
    assert!(!skips("a\n!a/**"));
    assert!(!skips("a\n!a/b/*\n"));
    assert!(!skips("a\n!**/b"));
    assert!(!skips("a\n!b?c"));
}

#[test]
fn hostile_patterns_take_a_bearable_time() {
    let path = ["a"; 2000].join("/");
    let patterns = [
        "*a".repeat(30_000),
        "**/a/".repeat(10_000),
        "***/?".repeat(10_000),
        "[^b]*".repeat(10_000),
        "*[a-z]{0,1000}".repeat(4_000),
        "*a|".repeat(20_000) + "*",
        "\\b".repeat(30_000),
        format!("[{}]*", "ab-z".repeat(15_000)),
    ];
    for pattern in patterns {
        let start = std::time::Instant::now();
        // An answer is not expected, only that there is one.
        let _ = IgnoreFile::parse(&pattern).map(|read| read.walk_to(&path[..200]));
        let took = start.elapsed();
        assert!(took.as_secs() < 20, "{took:?} for {}", &pattern[..20]);
    }
}

/// Lists and paths that have to do with each other.
const PATTERN: &str = "(\\*\\*/|[ab]/)?([ab]|\\*|a\\*|\\?|\\*\\*)(/[ab*])?";
const PATH: &str = "[ab]{1,2}(/[ab]{1,2}){0,3}";

proptest! {
    #[test]
    fn without_exceptions_more_patterns_exclude_more(
        patterns in prop::collection::vec(PATTERN, 1..6), path in PATH
    ) {
        let all = file(&patterns.join("\n"));
        let some = file(&patterns[1..].join("\n"));
        let walked = all.walk_to(&path).unwrap();
        prop_assert!(walked.excluded || !some.walk_to(&path).unwrap().excluded);
        prop_assert_eq!(walked.excluded, all.matches_or_parent_matches(&path).unwrap().excluded);
        prop_assert!(walked.excluded || !excluded(&patterns.join("\n"), path.split('/').next().unwrap()));
    }

    #[test]
    fn nothing_below_a_skipped_folder_would_be_sent(
        patterns in prop::collection::vec(("!?", PATTERN), 1..6), path in PATH
    ) {
        let lines: Vec<String> = patterns.into_iter().map(|(mark, it)| mark + &it).collect();
        let read = file(&lines.join("\n"));
        let mut visit = Visit::context();
        let mut skipped = false;
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            visit = read.visit(&visit, &path[..end]).unwrap();
            prop_assert!(!skipped || visit.decision.excluded, "{lines:?}");
            skipped |= read.skips_folder(&path[..end], &visit);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_and_its_lines_join_again(text in "\\PC*|[a-c!#*?\\[\\]\\\\^/ \r\n|{}0-2,-]*") {
        if let Ok(read) = IgnoreFile::parse(&text) {
            for pair in read.lines.windows(2) {
                let between = &text[pair[0].span.end..pair[1].span.start];
                prop_assert!(matches!(between, "\n" | "\r\n"));
            }
            let _ = read.walk_to("a/b");
        }
    }
}
