//! What the parser makes of small files: places, scripts and errors. That it understands them as
//! BuildKit does is the oracle's business.

#![allow(clippy::unwrap_used)]

use jettison::syntax::{
    Body, Command, Dockerfile, Earlier, Instruction, ItemKind, SyntaxError, decode, frontend, parse,
};
use jettison::text::LineIndex;

/// Parses a text that is a Dockerfile.
fn file(source: &str) -> Dockerfile<'_> {
    parse(source).unwrap_or_else(|errors| panic!("{source:?}: {errors:?}"))
}

fn last<'src>(source: &'src str) -> Instruction<'src> {
    file(source).instructions.pop().unwrap()
}

fn script(source: &str) -> Option<String> {
    last(source).script().map(|script| script.text.into_owned())
}

#[test]
fn logical_lines() {
    let cases = [
        ("RUN a b", "a b"),
        ("run\ta b ", "a b"),
        ("RUN a \\\n  b", "a   b"),
        ("RUN a\\\nb", "ab"),
        ("RU\\\nN a", "a"),
        ("RUN a \\  \t\n b", "a  b"),
        ("RUN a \\\r\n b\r\n", "a  b"),
        ("RUN a \\\n\n\n b", "a  b"),
        ("RUN a \\\n  # c \\\n b", "a  b"),
        ("RUN a \\\n#\n\n# d\n b # e", "a  b # e"),
        ("RUN a \\", "a"),
        ("RUN a \\\n\n# c\n", "a"),
        ("RUN a \\\\\nUSER b", "b"),
        ("RUN a \\\\\\\nUSER b", "b"),
        ("RUN a\u{b}\u{c}b", "a\u{b}\u{c}b"),
        ("RUN\u{b}a\u{a0}", "a"),
        ("\u{a0}RUN a", "a"),
        ("\\\n\\\nRUN a", "a"),
        ("RUN a # b \\\n c", "a # b  c"),
        ("RUN", ""),
    ];
    for (source, arguments) in cases {
        let source = format!("FROM x\n{source}");
        assert_eq!(last(&source).arguments.text, arguments, "{source:?}");
    }
}

#[test]
fn the_backtick_as_escape_character() {
    let source = "\u{feff}# escape = `\nFROM a\nCOPY a C:\\temp\\\nRUN a `\n b\\\nCMD `\n";
    let file = file(source);
    assert_eq!(file.escape, '`');
    let arguments: Vec<_> = file.instructions.iter().map(|it| it.arguments.text.as_ref()).collect();
    assert_eq!(arguments, ["a", "a C:\\temp\\", "a  b\\", ""]);
}

#[test]
fn directives_end_at_the_first_other_line() {
    let cases = [
        ("# escape=`\nFROM a", '`', 1),
        ("#escape=`\nFROM a", '`', 1),
        ("  # ESCAPE  =  ` \nFROM a", '`', 1),
        ("# check=skip=all\n# syntax=x\n# escape=`\nFROM a", '`', 3),
        ("# note\n# escape=`\nFROM a", '\\', 0),
        ("\n# escape=`\nFROM a", '\\', 0),
        ("# unknown=x\n# escape=`\nFROM a", '\\', 0),
        ("#!shebang\n# escape=`\nFROM a", '\\', 0),
        ("FROM a\n# escape=`\n", '\\', 0),
    ];
    for (source, escape, count) in cases {
        let file = file(source);
        assert_eq!((file.escape, file.directives.len()), (escape, count), "{source:?}");
    }
}

#[test]
fn frontends() {
    let cases = [
        ("# syntax=docker/dockerfile:1\nFROM a", Some("docker/dockerfile:1")),
        ("# check=x\n#Syntax = a/b c\nFROM a", Some("a/b")),
        ("#!/bin/x\n# syntax=a\nFROM a", Some("a")),
        ("\u{feff}# syntax=a\nFROM a", Some("a")),
        ("// syntax=a/b\n[x]\n", Some("a/b")),
        ("{\"syntax\": \"a/b\", \"x\": [1]}", Some("a/b")),
        ("{\"syntax\": 1}", None),
        ("# note\n# syntax=a\nFROM a", None),
        ("  # syntax=a\nFROM a", None),
        ("FROM a", None),
    ];
    for (source, image) in cases {
        let found = frontend(source);
        assert_eq!(found.map(|found| found.image.into_owned()).as_deref(), image, "{source:?}");
    }
}

#[test]
fn heredocs() {
    // The text after `RUN `, and the delimiters that it opens.
    let cases: [(&str, &[&str]); 22] = [
        ("<<EOF", &["EOF"]),
        ("cat <<EOF", &["EOF"]),
        ("cat << EOF", &["EOF"]),
        ("<<-EOF", &["EOF"]),
        ("cat 3<<'X'", &["X"]),
        ("cat <<A - <<\"B C\"", &["A", "B C"]),
        ("x | cat - <<EOF | tee y", &["EOF"]),
        ("cat <<E'O'F", &["EOF"]),
        ("cat <<EOF>x", &["EOF>x"]),
        ("cat <<EOF;", &["EOF;"]),
        ("cat <<$X", &["$X"]),
        ("echo $(( 1 << 2 ))", &["2"]),
        ("cat<<EOF", &[]),
        ("(<<EOF)", &[]),
        ("cat <<<EOF", &[]),
        ("cat <<< EOF", &[]),
        ("echo $((1<<2))", &[]),
        ("echo \"<<EOF\" '<<EOF' \\<<EOF", &[]),
        ("echo don't <<EOF", &[]),
        ("cat <<", &[]),
        ("cat <<''", &[]),
        ("cat <<${x:-EOF}", &[]),
    ];
    for (text, delimiters) in cases {
        let bodies: String =
            delimiters.iter().map(|delimiter| format!("b\n{delimiter}\n")).collect();
        let source = format!("FROM x\nRUN {text}\n{bodies}");
        let run = last(&source);
        let found: Vec<_> = run.heredocs.iter().map(|heredoc| heredoc.delimiter.as_ref()).collect();
        assert_eq!(found, delimiters, "{source:?}");
        for heredoc in &run.heredocs {
            assert_eq!(heredoc.body.of(&source), "b\n");
            assert_eq!(heredoc.terminator.of(&source), heredoc.delimiter);
            assert!(heredoc.opener.of(&source).contains("<<"), "{source:?}");
            assert!(run.span.contains(heredoc.terminator));
        }
    }
}

#[test]
fn parts_of_a_heredoc() {
    let source = "FROM x\nRUN cat 3<<-\"A B\" >f\n\t$x\n\tA B\nUSER y\n";
    let file = file(source);
    let heredoc = &file.instructions[1].heredocs[0];
    assert_eq!(heredoc.opener.of(source), "3<<-\"A B\"");
    assert_eq!(heredoc.terminator.of(source), "\tA B");
    assert_eq!((heredoc.file_descriptor, heredoc.expand, heredoc.strip_tabs), (3, false, true));
    assert_eq!(file.instructions[1].span.of(source), "RUN cat 3<<-\"A B\" >f\n\t$x\n\tA B");
    assert_eq!(file.instructions.len(), 3);
}

#[test]
fn heredocs_of_other_instructions_are_text() {
    for source in
        ["FROM a\nCMD cat <<EOF\n", "FROM a\nRUN [\"a\", \"<<EOF\"]\n", "FROM a\nENV a <<EOF\n"]
    {
        assert!(last(source).heredocs.is_empty(), "{source:?}");
    }
    assert_eq!(last("FROM a\nONBUILD COPY <<E /f\nx\nE\n").heredocs.len(), 1);
    assert_eq!(last("FROM a\nADD <<E <<F /f/\nx\nE\ny\nF\n").heredocs.len(), 2);
}

#[test]
fn scripts() {
    let cases = [
        ("RUN a && b", Some("a && b")),
        ("RUN --network=none a \\\n # c\n b", Some("a  b")),
        ("RUN <<EOF\na\nb\nEOF", Some("a\nb\n")),
        ("RUN <<EOF\nEOF", Some("")),
        ("RUN <<-EOF\n\t\ta\n\n\tb\t\n\tEOF", Some("a\n\nb\t\n")),
        ("RUN <<'EOF'\r\na\r\nEOF\r\n", Some("a\r\n")),
        ("RUN bash <<EOF\na\nEOF", Some("bash <<EOF\na\nEOF")),
        ("RUN a <<-E \\\n | b  \n\tx\n\tE", Some("a <<-E  | b\n\tx\nE")),
        ("RUN a <<E <<'F'\nx\nE\ny\nF", Some("a <<E <<'F'\nx\nE\ny\nF")),
        ("RUN a <<E\r\nx\r\nE\r\n", Some("a <<E\nx\r\nE")),
        ("RUN <<EOF\n#!/bin/sh\na\nEOF", None),
        ("RUN bash <<EOF\n#!/bin/sh\na\nEOF", Some("bash <<EOF\n#!/bin/sh\na\nEOF")),
        ("RUN [\"a\", \"b\"]", None),
        ("RUN [\"a\", ]", Some("[\"a\", ]")),
        ("RUN [\"a\"] # c", None),
        ("RUN", Some("")),
        ("CMD a b", Some("a b")),
        ("CMD [\"a\"]", None),
        ("ENTRYPOINT exec a", Some("exec a")),
        ("ENTRYPOINT []", None),
        ("HEALTHCHECK --retries=3 CMD  a || b", Some("a || b")),
        ("HEALTHCHECK CMD [\"a\"]", None),
        ("HEALTHCHECK NONE", None),
        ("ONBUILD RUN a", None),
        ("USER a", None),
    ];
    for (instruction, text) in cases {
        let source = format!("FROM x\n{instruction}");
        assert_eq!(script(&source).as_deref(), text, "{source:?}");
        if let Some(script) = last(&source).script() {
            for (at, byte) in script.text.bytes().enumerate() {
                assert_eq!(source.as_bytes()[script.source_offset(at)], byte, "{source:?} at {at}");
            }
        }
    }
    let Body::Onbuild(trigger) = last("FROM x\nONBUILD RUN <<E\na\nE\n").body else { panic!() };
    assert_eq!(trigger.script().unwrap().text, "a\n");
}

#[test]
fn flags_and_their_places() {
    let source = "FROM x\nCOPY --from=\"a b\" \\\n --link --chown=c\\ d --exclude=e=f src dst\n";
    let copy = last(source);
    let flags: Vec<_> = copy
        .flags
        .iter()
        .map(|flag| (flag.span.of(source), flag.value.as_ref().map(|value| value.text.as_ref())))
        .collect();
    let expected = [
        ("--from=\"a b\"", Some("a b")),
        ("--link", None),
        ("--chown=c\\ d", Some("c d")),
        ("--exclude=e=f", Some("e=f")),
    ];
    assert_eq!(flags, expected);
    assert_eq!(copy.flag("from").unwrap().unwrap().span.of(source), "\"a b\"");
    assert_eq!(copy.flag("link"), Some(None));
    assert_eq!(copy.flag("chmod"), None);
    assert_eq!(copy.arguments.text, "src dst");
}

#[test]
fn words() {
    type Pairs<'t> = &'t [(&'t str, Option<&'t str>)];
    let cases: [(&str, Pairs); 11] = [
        ("ENV A= B=\"\"", &[("A", Some("")), ("B", Some("\"\""))]),
        (
            "ENV A=b\\ c D='e f' G=\"h \\\" i\"",
            &[("A", Some("b\\ c")), ("D", Some("'e f'")), ("G", Some("\"h \\\" i\""))],
        ),
        ("ENV A b c=d  \"e\"", &[("A", Some("b c=d  \"e\""))]),
        ("ENV A \\\n b", &[("A", Some("b"))]),
        ("ENV A=1 \\\n  B=2\\\n3", &[("A", Some("1")), ("B", Some("23"))]),
        ("ENV A=b=c", &[("A", Some("b=c"))]),
        ("LABEL 'a b'=c d.e=f", &[("'a b'", Some("c")), ("d.e", Some("f"))]),
        ("LABEL a b c", &[("a", Some("b c"))]),
        (
            "ARG a b=c d= e=\"f g\"",
            &[("a", None), ("b", Some("c")), ("d", Some("")), ("e", Some("\"f g\""))],
        ),
        ("ARG a", &[("a", None)]),
        ("ENV A=\u{e4}\u{2003}B=c", &[("A", Some("\u{e4}")), ("B", Some("c"))]),
    ];
    for (instruction, expected) in cases {
        let source = format!("FROM x\n{instruction}");
        let (Body::Env { pairs, .. } | Body::Label { pairs, .. } | Body::Arg(pairs)) =
            last(&source).body
        else {
            panic!("{source:?}")
        };
        let found: Vec<_> = pairs
            .iter()
            .map(|pair| {
                (pair.name.text.as_ref(), pair.value.as_ref().map(|value| value.text.as_ref()))
            })
            .collect();
        assert_eq!(found, expected, "{source:?}");
    }
}

#[test]
fn exec_form() {
    let source = "FROM x\nCMD [ \"a\\tb\", \\\n  \"\\u00e9\" , \"c\" ]\n";
    let Body::Cmd(Command::Exec(strings)) = last(source).body else { panic!() };
    let found: Vec<_> = strings.iter().map(|it| (it.span.of(source), it.text.as_ref())).collect();
    assert_eq!(found, [("\"a\\tb\"", "a\tb"), ("\"\\u00e9\"", "\u{e9}"), ("\"c\"", "c")]);

    let Body::Entrypoint(Command::Exec(none)) = last("FROM x\nENTRYPOINT []").body else {
        panic!()
    };
    assert!(none.is_empty());
    for broken in
        ["CMD ['a']", "CMD [\"a\"", "CMD [\"a\", ]", "CMD [\"a\\x\"]", "CMD [a]", "CMD []a"]
    {
        let source = format!("FROM x\n{broken}");
        assert!(matches!(last(&source).body, Body::Cmd(Command::Shell)), "{broken}");
    }
}

#[test]
fn what_follows_an_array_was_dropped_before() {
    let Earlier::Exec(strings) = last("FROM x\nCMD [\"a\"] # c").earlier else { panic!() };
    assert_eq!(strings[0].text, "a");
    assert_eq!(last("FROM x\nRUN [1] || b").earlier, Earlier::Refused);
    assert_eq!(last("FROM x\nCMD [\"a\"]").earlier, Earlier::Same);
    assert_eq!(last("FROM x\nCMD [\"a\" b").earlier, Earlier::Same);
}

#[test]
fn stages() {
    let source = "ARG V\nFROM --platform=linux/amd64 ${A:-x}:$V aS Build-1.a\n";
    let Body::From { image, name } = last(source).body else { panic!() };
    assert_eq!((image.text.as_ref(), name.unwrap().span.of(source)), ("${A:-x}:$V", "Build-1.a"));
}

#[test]
fn triggers() {
    let Body::Onbuild(trigger) = last("FROM x\nONBUILD copy --link a b").body else { panic!() };
    assert_eq!((trigger.keyword.name(), trigger.flags.len()), ("COPY", 1));
    for source in ["FROM x\nONBUILD FOO a", "FROM x\nONBUILD COPY a", "FROM x\nONBUILD RUN --x a"] {
        assert!(matches!(last(source).body, Body::OnbuildInvalid(_)), "{source:?}");
    }
}

#[test]
fn comments_inside_and_between() {
    let source = "# check=skip=all\n# a\nFROM x\n  # b\r\nRUN a \\\n  # c\n  b\n#\n";
    let file = file(source);
    let comments: Vec<_> = file.comments().iter().map(|comment| comment.of(source)).collect();
    assert_eq!(comments, ["# check=skip=all", "# a", "# b", "# c", "#"]);
    assert_eq!(file.instructions[1].comments.len(), 1);
}

#[test]
fn items_are_the_source() {
    let source = "\u{feff}# escape=\\\n\n# a\r\nFROM x \\\n\n y\nRUN <<E\nE\n  ";
    // `FROM x y` is refused: join what can be parsed.
    assert!(parse(source).is_err());
    let source = source.replace(" y", " as y");
    let kinds: Vec<_> = file(&source).items.iter().map(|item| item.kind).collect();
    let expected = [
        ItemKind::ByteOrderMark,
        ItemKind::Directive(0),
        ItemKind::Blank,
        ItemKind::Comment,
        ItemKind::Instruction(0),
        ItemKind::Instruction(1),
        ItemKind::Blank,
    ];
    assert_eq!(kinds, expected);
    let joined: String = file(&source).items.iter().map(|item| item.span.of(&source)).collect();
    assert_eq!(joined, source);
}

/// The errors of a text, each as the marked text, message and help.
fn errors(source: &str) -> Vec<(String, String, String)> {
    let show = |error: SyntaxError| {
        (error.span.of(source).to_owned(), error.message, error.help.unwrap_or_default())
    };
    parse(source).unwrap_err().into_iter().map(show).collect()
}

#[test]
fn errors_say_where_what_and_what_to_do() {
    let cases = [
        ("", "", "file has no instructions"),
        ("# a\n\n", "", "file has no instructions"),
        ("FROM a\nRUNN b", "RUNN", "unknown instruction `RUNN`"),
        ("FROM a\n&& b", "&&", "unknown instruction `&&`"),
        ("RUN a", "RUN", "`RUN` stands before the first `FROM`"),
        ("FROM", "FROM", "`FROM` needs an argument"),
        ("FROM a b", "a b", "`FROM` takes an image, or an image, `AS` and a stage name"),
        ("FROM a as 1", "1", "`1` cannot be the name of a build stage"),
        ("FROM a\nCOPY --form=b c d", "--form=b", "`COPY` has no flag `--form`"),
        ("FROM a\nENV --x a=b", "--x", "`ENV` has no flag `--x`"),
        ("FROM a\nCOPY --link --link b c", "--link", "flag `--link` stands twice"),
        ("FROM a\nCOPY --link=no b c", "--link=no", "flag `--link` is `true` or `false`"),
        ("FROM a\nCOPY --from b c", "--from", "flag `--from` has no value"),
        ("FROM a\nRUN --network=x b", "--network=x", "flag `--network` cannot be `x`"),
        ("FROM a\nRUN --security=x b", "--security=x", "flag `--security` cannot be `x`"),
        ("FROM a\nRUN --mount=from=$b c", "--mount=from=$b", "`from` takes no variable in a mount"),
        (
            "FROM a\nRUN --mount=\\\"b\\\"c d",
            "--mount=\\\"b\\\"c",
            "flag `--mount` has a `\"` out of place",
        ),
        (
            "FROM a\nHEALTHCHECK --interval=1 CMD b",
            "--interval=1",
            "flag `--interval` cannot be `1`",
        ),
        (
            "FROM a\nHEALTHCHECK --retries=-1 CMD b",
            "--retries=-1",
            "flag `--retries` cannot be `-1`",
        ),
        ("FROM a\nHEALTHCHECK CMD", "CMD", "`HEALTHCHECK CMD` has no command"),
        ("FROM a\nHEALTHCHECK NONE b", "NONE", "`HEALTHCHECK NONE` takes no arguments"),
        ("FROM a\nHEALTHCHECK b", "b", "unknown type of `HEALTHCHECK`"),
        ("FROM a\nCOPY b", "COPY", "`COPY` needs an argument"),
        ("FROM a\nCOPY b <<EOF\nEOF", "<<EOF", "`COPY` cannot copy to a heredoc"),
        ("FROM a\nENV b", "b", "`ENV` has a name and no value"),
        ("FROM a\nENV b=c d", "d", "`d` has no `=`"),
        ("FROM a\nENV b=c =d", "=d", "`ENV` has a value without a name"),
        ("ARG =b", "=b", "`ARG` has a value without a name"),
        ("FROM a\nCMD [\"b\", 1]", "[\"b\", 1]", "JSON array holds something other than strings"),
        ("FROM a\nSHELL bash", "SHELL", "`SHELL` needs an argument"),
        ("FROM a\nVOLUME [\" \"]", "\" \"", "`VOLUME` has an empty path"),
        ("FROM a\nUSER", "USER", "`USER` needs an argument"),
        ("FROM a\nONBUILD FROM b", "FROM", "`FROM` cannot be a trigger of `ONBUILD`"),
        ("FROM a\nONBUILD ONBUILD RUN b", "ONBUILD", "`ONBUILD` cannot be a trigger of `ONBUILD`"),
        ("FROM a\nONBUILD", "ONBUILD", "`ONBUILD` needs an argument"),
        ("FROM a\nRUN <<EOF\nb", "<<EOF", "heredoc `EOF` is not terminated"),
        ("# escape=x\nFROM a", "# escape=x", "`x` cannot be the escape character"),
        ("# escape=`\n# escape=`\nFROM a", "# escape=`", "parser directive `escape` stands twice"),
        ("\\\n", "", "an instruction is missing"),
    ];
    for (source, marked, message) in cases {
        let errors = errors(source);
        assert_eq!(errors.len(), 1, "{source:?}: {errors:?}");
        assert_eq!((errors[0].0.as_str(), errors[0].1.as_str()), (marked, message), "{source:?}");
    }
}

#[test]
fn did_you_mean() {
    let cases = [
        ("FROM a\nRUNN b", "did you mean `RUN`?"),
        ("FROM a\nENTRPOINT b", "did you mean `ENTRYPOINT`?"),
        ("FROM a\nworkdri b", "did you mean `WORKDIR`?"),
        ("FROM a\napt-get b", ""),
        ("FROM a\nCOPY --form=b c d", "did you mean `--from`?"),
        ("FROM a\nUSER --x b", "`USER` has no flags"),
    ];
    for (source, help) in cases {
        assert_eq!(errors(source)[0].2, help, "{source:?}");
    }
}

#[test]
fn all_errors_are_told_in_order() {
    let source = "FROM a\nRUNN b\nCOPY c\nRUN [1]\nENV d\nRUN <<E\n";
    let lines = LineIndex::new(source);
    let found = parse(source).unwrap_err();
    let found: Vec<_> = found.iter().map(|error| lines.line(error.span.start)).collect();
    assert_eq!(found, [2, 3, 4, 5, 6]);
}

#[test]
fn long_lines() {
    let line = |length: usize| format!("FROM a\nRUN {}\n", "x".repeat(length - 4));
    assert!(parse(&line(65_535)).is_ok());
    assert!(errors(&line(65_536))[0].1.starts_with("line is longer than 65535 bytes"));
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(decode(b"FROM a"), Ok("FROM a"));
    let error = decode(b"FROM a\nRUN \xc3\xa9\xff").unwrap_err();
    assert_eq!((error.position.line, error.position.column), (2, 6));
    assert_eq!(error.message, "file is not UTF-8: byte 0xff");
    assert_eq!(decode(b"\xff\xfeF\0").unwrap_err().message, "file is UTF-16, save it as UTF-8");
}
