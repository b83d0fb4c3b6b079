use super::command::Invocation;
use super::visit::Context;
use super::{CommandKind, Dialect, Part, Script, parse};
use std::sync::Arc;

fn read(text: &str) -> Arc<Script> {
    parse(text, Dialect::Dash).unwrap_or_else(|| panic!("not read: {text}"))
}

/// The tree in short: words in quotes, `>f` for a redirect, `B` before a background job.
fn tree(text: &str, dialect: Dialect) -> String {
    let script = parse(text, dialect).unwrap_or_else(|| panic!("not read: {text}"));
    short_list(&script, &script.body)
}

fn short_list(script: &Script, list: &super::List) -> String {
    let statements = list.statements.iter().map(|statement| {
        let mut out = short_pipeline(script, &statement.first);
        for (connector, pipeline) in &statement.rest {
            out += if connector.kind == super::ConnectorKind::And { " && " } else { " || " };
            out += &short_pipeline(script, pipeline);
        }
        let terminator = statement.terminator.map(|end| end.kind);
        if terminator == Some(super::TerminatorKind::Background) { out + " &" } else { out }
    });
    statements.collect::<Vec<_>>().join("; ")
}

fn short_pipeline(script: &Script, pipeline: &super::Pipeline) -> String {
    let commands = pipeline.commands.iter().map(|command| short_command(script, command));
    let negation = if pipeline.negated { "! " } else { "" };
    negation.to_owned() + &commands.collect::<Vec<_>>().join(" | ")
}

fn short_command(script: &Script, command: &super::Command) -> String {
    let raw = |word: &super::Word| word.span.of(&script.text).to_owned();
    let list = |list: &super::List| short_list(script, list);
    let mut out = match &command.kind {
        CommandKind::Simple(simple) => {
            let assigned = simple.assignments.iter().map(|assignment| {
                format!(
                    "{}:={}",
                    assignment.name,
                    assignment.value.as_ref().map_or("()".into(), raw)
                )
            });
            let words = simple.words.iter().map(|word| format!("<{}>", raw(word)));
            assigned.chain(words).collect::<Vec<_>>().join("")
        }
        CommandKind::Group(body) => format!("group[{}]", list(body)),
        CommandKind::Subshell(body) => format!("sub[{}]", list(body)),
        CommandKind::If { arms, otherwise } => {
            let arms = arms.iter().map(|(test, body)| format!("{}?{}", list(test), list(body)));
            let otherwise = otherwise.iter().map(list);
            format!("if[{}]", arms.chain(otherwise).collect::<Vec<_>>().join(":"))
        }
        CommandKind::Loop { until, condition, body } => {
            format!(
                "{}[{}?{}]",
                if *until { "until" } else { "while" },
                list(condition),
                list(body)
            )
        }
        CommandKind::For { variable, words, body } => {
            let words = words.iter().flatten().map(raw).collect::<Vec<_>>().join(",");
            format!("for[{variable}:{words}:{}]", list(body))
        }
        CommandKind::Case { subject, arms } => {
            let arms = arms.iter().map(|arm| {
                let patterns = arm.patterns.iter().map(raw).collect::<Vec<_>>().join(",");
                format!("{patterns}?{}{}", list(&arm.body), arm.end)
            });
            format!("case[{}:{}]", raw(subject), arms.collect::<Vec<_>>().join(":"))
        }
        CommandKind::Function { name, body } => {
            format!("fn[{name}:{}]", short_command(script, body))
        }
        CommandKind::Bash { .. } => "bash".to_owned(),
    };
    for redirect in &command.redirects {
        let descriptor = redirect.file_descriptor.as_deref().unwrap_or_default();
        out += &format!("{descriptor}{}{}", redirect.operator, raw(&redirect.target));
    }
    out
}

#[test]
fn a_script_becomes_its_tree() {
    let cases = [
        ("", ""),
        ("# only a comment", ""),
        ("a && b > f", "<a> && <b>>f"),
        (">x", ">x"),
        ("> x y 2>&1 z", "<y><z>>x2>&1"),
        ("a | b && c || d", "<a> | <b> && <c> || <d>"),
        ("! a | b", "! <a> | <b>"),
        ("{ a; b; } > f", "group[<a>; <b>]>f"),
        ("(a;b)>f 2>g", "sub[<a>; <b>]>f2>g"),
        ("a; b & c", "<a>; <b> &; <c>"),
        ("a &\nb &", "<a> &; <b> &"),
        ("a\n\n# c\nb ;\n", "<a>; <b>"),
        ("a &&\n# c\nb", "<a> && <b>"),
        ("A=1 B='x y' c D=2", "A:=1B:='x y'<c><D=2>"),
        ("A=1", "A:=1"),
        ("A= b", "A:=<b>"),
        ("export A=1 B=\"$x\"", "<export><A=1><B=\"$x\">"),
        ("[ -f \"$a\" ] || test -e b", "<[><-f><\"$a\"><]> || <test><-e><b>"),
        ("if a; then b; elif c; then d; else e; fi >f", "if[<a>?<b>:<c>?<d>:<e>]>f"),
        ("while a; do b; done < f", "while[<a>?<b>]<f"),
        ("until a\ndo b\ndone", "until[<a>?<b>]"),
        ("for x in a 'b c'; do d; done", "for[x:a,'b c':<d>]"),
        ("for x\ndo d; done", "for[x::<d>]"),
        ("case $x in a|b) c;; (d) ;; *) e; esac", "case[$x:a,b?<c>;;:d?;;:*?<e>]"),
        ("f() { a; }; f", "fn[f:group[<a>]]; <f>"),
        ("f () ( a ) > g", "fn[f:sub[<a>]>g]"),
        ("echo a#b '#c' # d", "<echo><a#b><'#c'>"),
        ("cat <<EOF > f\nx;y\nEOF\nnext", "<cat><<EOF>f; <next>"),
        ("cat <<A <<'B' && c\n1\nA\n2\nB\nd", "<cat><<A<<'B' && <c>; <d>"),
        ("cat <<-E | d\n\tx\n\tE\n", "<cat><<-E | <d>"),
        ("if a; then cat <<E\nfi\nE\nfi", "if[<a>?<cat><<E]"),
        ("a \\\n  b\\\n c", "<a><b\\\n><c>"),
        ("echo if then { }", "<echo><if><then><{><}>"),
        ("time a", "<time><a>"),
        ("a&&b||c;d|e", "<a> && <b> || <c>; <d> | <e>"),
        ("find . -exec a {} \\;", "<find><.><-exec><a><{}><\\;>"),
        ("echo $((1 + (2))) \"${x:-$(c d)}\" `e`", "<echo><$((1 + (2)))><\"${x:-$(c d)}\"><`e`>"),
        ("a 2> b 1>&2 <&- >| c <> d", "<a>2>b1>&2<&->|c<>d"),
    ];
    for (text, expected) in cases {
        assert_eq!(tree(text, Dialect::Dash), expected, "{text}");
        assert_eq!(tree(text, Dialect::Bash), expected, "{text}");
    }
}

#[test]
fn what_only_bash_has_is_read_for_bash_alone() {
    let cases = [
        ("[[ a == b* && ! ( -f c || $d =~ ^(e|f)$ ) ]] && g", "bash && <g>"),
        ("(( i++ )); a", "bash; <a>"),
        ("for ((i=0; i<3; i++)); do a; done", "bash"),
        ("a <<< 'b'", "<a><<<'b'"),
        ("function f { a; }", "fn[f:group[<a>]]"),
        ("a <(b)", "<a><<(b)>"),
        ("A=(b \"c d\") e", "A:=()<e>"),
        ("A+=b", "A:=b"),
        ("a >& f", "<a>>&f"),
        ("a &>> f", "<a>&>>f"),
        ("echo ${x^^} ${!y} ${z[@]}", "<echo><${x^^}><${!y}><${z[@]}>"),
        ("case a in b) c;& *) d;; esac", "case[a:b?<c>;&:*?<d>;;]"),
        ("a $(<f)", "<a><$(<f)>"),
    ];
    for (text, expected) in cases {
        assert_eq!(tree(text, Dialect::Bash), expected, "{text}");
        for dialect in [Dialect::Dash, Dialect::Ash, Dialect::Unknown] {
            assert!(parse(text, dialect).is_none(), "{dialect:?}: {text}");
        }
    }
}

#[test]
fn what_bash_and_busybox_have_is_read_for_them() {
    let cases = [
        ("a &> f", "<a>&>f"),
        ("echo $'a\\nb'", "<echo><$'a\\nb'>"),
        ("echo ${x//a/b} ${x:1:2}", "<echo><${x//a/b}><${x:1:2}>"),
    ];
    for (text, expected) in cases {
        assert_eq!(tree(text, Dialect::Bash), expected, "{text}");
        assert_eq!(tree(text, Dialect::Ash), expected, "{text}");
        assert!(parse(text, Dialect::Dash).is_none(), "{text}");
        assert!(parse(text, Dialect::Unknown).is_none(), "{text}");
    }
}

#[test]
fn what_is_not_certain_is_not_read() {
    let cases = [
        "a |& b",
        "echo $[1+2]",
        "echo $\"a\"",
        "select x in a; do b; done",
        "coproc a",
        "a b(c)",
        "rm !(a)",
        "alias a=b",
        "a[1]=b",
        "cat <<E\nno end",
        "echo 'a",
        "echo \"a",
        "echo `a",
        "echo $(a",
        "echo ${a",
        "a &&",
        "| a",
        "a ;; b",
        "; a",
        "if a; then fi",
        "( )",
        "a )",
        "a }; }",
        "while a; do b",
        "echo `a \\`b\\``",
        "a\\",
        "a\u{0}b",
        "f() a",
        "! ! a",
        "a | ! b",
        "$((1",
        "echo $(( a",
        "cat <<E $(b\n)\nE\n",
        "10>",
        "a > ",
        "a 2>&1<f",
        "fi",
        "{a; }",
        "for 1 in a; do b; done",
        "case a in b) c;; ",
        "echo \"${a:-'}'}\"",
        "A=1 if a; then b; fi",
        "echo ${a b}",
        "a {fd}>f",
        "If ($a) { b }; Write-Host 'c'",
        "((a); b)",
    ];
    for text in cases {
        for dialect in [Dialect::Dash, Dialect::Ash, Dialect::Unknown, Dialect::Bash] {
            assert!(parse(text, dialect).is_none(), "{dialect:?}: {text}");
        }
    }
}

fn literal(word: &str, dialect: Dialect) -> Option<String> {
    let script = parse(&format!("x {word}"), dialect).unwrap();
    let (_, simple, _) = script.simple_commands()[0];
    assert_eq!(simple.words.len(), 2, "{word}");
    simple.words[1].literal.as_deref().map(String::from)
}

#[test]
fn a_word_knows_what_the_shell_passes() {
    let cases = [
        ("a'b c'\"d\"\\ e", Some("ab cd e")),
        ("\"a\\\"\\$\\`\\\\\\n\"", Some("a\"$`\\\\n")),
        ("'a\\'", Some("a\\")),
        ("a\\\nb", Some("ab")),
        ("\"a\\\nb\"", Some("ab")),
        ("''", Some("")),
        ("a$", Some("a$")),
        ("\"$\"", Some("$")),
        ("\\*\"*\"'?'", Some("**?")),
        ("[", Some("[")),
        ("{}", Some("{}")),
        ("{a}", Some("{a}")),
        ("a~", Some("a~")),
        ("\\~", Some("~")),
        ("--a=~/b", None),
        ("*", None),
        ("[ab]", None),
        ("~", None),
        ("$a", None),
        ("\"$a\"", None),
        ("${a}", None),
        ("`a`", None),
        ("$((1))", None),
    ];
    for (word, expected) in cases {
        for dialect in [Dialect::Dash, Dialect::Ash, Dialect::Bash, Dialect::Unknown] {
            assert_eq!(literal(word, dialect).as_deref(), expected, "{dialect:?}: {word}");
        }
    }
    for dialect in [Dialect::Dash, Dialect::Ash] {
        assert_eq!(literal("{a,b}", dialect).as_deref(), Some("{a,b}"));
    }
    for dialect in [Dialect::Bash, Dialect::Unknown] {
        assert_eq!(literal("{a,b}", dialect), None);
        assert_eq!(literal("{a..b}", dialect), None);
    }
}

#[test]
fn parts_say_what_expands() {
    let script = read("x $a\"${b:-$(c)}\"*~{d,e}$((f + 1))`g`");
    let (_, simple, _) = script.simple_commands()[0];
    let parts = simple.words[1].parts.iter().map(|part| match part {
        Part::Parameter { name, quoted, words, .. } => format!("{name} {quoted} {}", words.len()),
        Part::Substitution { span, .. } => span.of(&script.text).to_owned(),
        Part::Arithmetic { span, words } => format!("{} {}", span.of(&script.text), words.len()),
        Part::Pattern(span) | Part::Brace(span) | Part::Tilde(span) => {
            span.of(&script.text).to_owned()
        }
    });
    let parts: Vec<_> = parts.collect();
    assert_eq!(parts, ["a false 0", "b true 1", "*", "$((f + 1)) 1", "`g`"]);
}

#[test]
fn a_heredoc_knows_its_lines() {
    let cases = [
        ("cat <<E\na $b\nE\nc", "a $b\nE", None),
        ("cat <<E\na \\$b \\\nc\nE", "a \\$b \\\nc\nE", Some("a $b c\n")),
        ("cat <<'E'\na $b\\\nE\n", "a $b\\\nE", Some("a $b\\\n")),
        ("cat <<-\\E\n\ta\n\tE\n", "\ta\n\tE", Some("a\n")),
        ("cat <<E\nE", "E", Some("")),
        ("x $(cat <<E\na\nE\n)", "a\nE", Some("a\n")),
    ];
    for (text, lines, content) in cases {
        let script = read(text);
        let found = script.simple_commands();
        let (command, ..) = found[found.len() - 1];
        let redirect = found.iter().flat_map(|(command, ..)| &command.redirects).next();
        let redirect = redirect.unwrap_or_else(|| &command.redirects[0]);
        assert_eq!(redirect.heredoc.unwrap().of(text), lines);
        assert_eq!(redirect.content.as_ref().unwrap().literal.as_deref(), content, "{text}");
    }
}

#[test]
fn equal_trees_have_one_canonical_form() {
    let canonical = |text: &str| read(text).canonical_list(&read(text).body);
    let equal = [
        ("a b;c", "a   b # d\n\nc\n"),
        ("a&&b", "a \\\n && \\\n b"),
        ("if a; then b; fi", "if a\nthen\n b\nfi"),
        ("{ a; }", "{\na\n}"),
        ("case a in b) c;; esac", "case a in (b) c\nesac"),
        ("cat <<E; b\nx\nE\n", "cat << E\nx\nE\nb"),
    ];
    for (one, other) in equal {
        assert_eq!(canonical(one), canonical(other), "{one} / {other}");
    }
    let different = [
        "a b",
        "a 'b'",
        "ab",
        "a; b",
        "a & b",
        "a && b",
        "a || b",
        "a | b",
        "! a b",
        "(a b)",
        "{ a b; }",
        "a b > c",
        "a b >c",
        "a b 2> c",
        "a b >> c",
        "a=b",
        "a= b",
        "f() { a b; }",
        "f() ( a b )",
        "if a; then b; fi",
        "while a; do b; done",
        "until a; do b; done",
        "for a in b; do a; done",
        "a <<b\nb",
        "a <<b\n\nb",
        "a <<'b'\nb",
        "case a in b) ;; esac",
        "case a in (b|c) ;; esac",
        "case a in b) c ;; esac",
    ];
    for (at, one) in different.iter().enumerate() {
        for other in &different[at + 1..] {
            let same = one.replace(' ', "") == other.replace(' ', "") && one.contains('>');
            assert_eq!(canonical(one) == canonical(other), same, "{one} / {other}");
        }
    }
}

#[test]
fn every_command_is_visited_in_order() {
    let script = read(
        "a $(b) | c && d || e\nif f; then g; fi; while h; do i; done; (j) & k() { l; }\n\
         A=\"${x:-$(m)}\" n > $(o) <<E\n$(p)\nE\n",
    );
    let found = script.simple_commands();
    let programs = found
        .iter()
        .map(|(_, simple, context)| (simple.words[0].literal.as_deref().unwrap(), *context));
    let programs: Vec<_> = programs.collect();
    let names: Vec<_> = programs.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.concat(), "abcdefghijlnmop");
    let context = |name| programs.iter().find(|(other, _)| *other == name).unwrap().1;
    let none = Context { expendable: true, ..Context::default() };
    assert_eq!(context("a"), Context { piped: true, ..none });
    assert_eq!(context("b"), Context { piped: true, substitution: true, ..none });
    let skipped = Context { after_and: true, skipped: true, ..none };
    assert_eq!(context("d"), skipped);
    assert_eq!(context("e"), Context { after_or: true, ..skipped });
    assert_eq!(context("f"), Context { condition: true, ..none });
    assert_eq!(context("g"), Context { branch: true, ..none });
    assert_eq!(context("h"), Context { condition: true, repeated: true, ..none });
    assert_eq!(context("j"), Context { subshell: true, background: true, ..none });
    assert_eq!(context("l"), Context { function: true, ..none });
    assert_eq!(context("p"), Context { substitution: true, ..Context::default() });
}

#[test]
fn what_always_runs_is_known() {
    let script = |text: &str| {
        let script = read(text);
        let found = script.simple_commands().into_iter();
        let always = found.filter(|(_, _, context)| context.always_runs());
        always
            .map(|(_, simple, _)| simple.words[0].literal.clone().unwrap().to_string())
            .collect::<String>()
    };
    let cases = [
        ("a && b && c", "abc"),
        ("a; b && c", "abc"),
        ("a && b; c", "ac"),
        ("cd x && b; c", "cdbc"),
        ("a && cd x && b; c", "ac"),
        ("a && b || c", "a"),
        ("a || b; c", "ac"),
        ("{ a && b; } && (c; d)", "abcd"),
        ("{ a && b; }; c", "ac"),
        ("a | b && c", "abc"),
        ("a & ! b && c", "c"),
        ("if a; then b; else c; fi && d", "d"),
        ("for x in y; do a; done; while b; do c; done", ""),
        ("a() { b; } && echo $(c)", "echo"),
    ];
    for (text, expected) in cases {
        assert_eq!(script(text), expected, "{text}");
    }
}

fn invocation(text: &str) -> Option<String> {
    let script = read(text);
    let (_, simple, _) = script.simple_commands()[0];
    let Invocation { program, given, wrappers, environment, .. } = script.invocation(simple)?;
    let arguments: Vec<_> =
        script.invocation(simple)?.literals().map(|word| word.unwrap_or("?")).collect();
    let wrappers: Vec<_> = wrappers
        .iter()
        .map(|wrapper| match wrapper.privilege {
            Some(user) => format!("{}@{}", wrapper.program, user.unwrap_or("?")),
            None => wrapper.program.to_owned(),
        })
        .collect();
    let environment: Vec<_> = environment
        .iter()
        .map(|(name, value)| format!("{name}={}", value.unwrap_or("?")))
        .collect();
    let path = if given == program { "" } else { " by path" };
    let parts = [wrappers.join(" "), environment.join(" "), arguments.join(" ")];
    Some(format!("{program}{path} | {}", parts.join(" | ")))
}

#[test]
fn the_program_is_found_behind_its_wrappers() {
    let cases = [
        ("apt-get -y install a $b", "apt-get |  |  | -y install a ?"),
        ("/usr/bin/apt-get update", "apt-get by path |  |  | update"),
        ("A=1 B=$x c", "c |  | A=1 B=? | "),
        ("sudo -EH -u root apt update", "apt | sudo@root |  | update"),
        ("sudo --user=a A=1 b c", "b | sudo@a | A=1 | c"),
        ("doas -u a b", "b | doas@a |  | "),
        ("gosu a b c", "b | gosu@a |  | c"),
        ("env -i -u C A=1 \"B=$x\" d", "d | env | A=1 B=? | "),
        ("nice -n 5 timeout -k 5 10m time -p a", "a | nice timeout time |  | "),
        ("exec command -p a -v", "a | exec command |  | -v"),
        ("command -v a", "command |  |  | -v a"),
        ("stdbuf -oL nohup ionice -c2 -n7 a", "a | stdbuf nohup ionice |  | "),
        ("DEBIAN_FRONTEND=x eatmydata -- a", "a | eatmydata | DEBIAN_FRONTEND=x | "),
        ("xargs rm -f", "xargs |  |  | rm -f"),
        ("sudo", "sudo |  |  | "),
        ("exec > f", "exec |  |  | "),
    ];
    for (text, expected) in cases {
        assert_eq!(invocation(text).as_deref(), Some(expected), "{text}");
    }
    for text in ["$a b", "sudo -i a", "sudo $a b", "sudo --what a", "env -S 'a b'", "A=1", "> f"] {
        assert_eq!(invocation(text), None, "{text}");
    }
}

#[test]
fn spans_are_exact() {
    let text = "a 'b' && ( c ) >d ; e &\n";
    let script = read(text);
    let [first, second] = &*script.body.statements else { panic!("two statements") };
    assert_eq!(first.span.of(text), "a 'b' && ( c ) >d");
    assert_eq!(second.span.of(text), "e");
    assert_eq!(first.terminator.unwrap().span.of(text), ";");
    assert_eq!(second.terminator.unwrap().span.of(text), "&");
    assert_eq!(first.rest[0].0.span.of(text), "&&");
    assert_eq!(first.rest[0].1.span.of(text), "( c ) >d");
    let script = read("{ a; } # b\n # c");
    let comments: Vec<_> = script.comments.iter().map(|span| span.of(&script.text)).collect();
    assert_eq!(comments, ["# b", "# c"]);
}

#[test]
fn hostile_texts_are_read_in_linear_time_or_not_at_all() {
    let start = std::time::Instant::now();
    for open in ["(", "$(", "{ ", "\"$(a ", "${a:-", "if ", "f() ", "((", "[[ ( ", "case a in a) "]
    {
        assert!(parse(&open.repeat(5000), Dialect::Bash).is_none());
    }
    for text in ["'\"".repeat(50_000), "{".repeat(100_000), "\\\n".repeat(60_000)] {
        parse(&text, Dialect::Bash);
    }
    assert!(parse(&"a b;\n".repeat(20_000), Dialect::Dash).is_some());
    assert!(parse(&"a".repeat(1 << 20), Dialect::Dash).is_none());
    let nested = "( ".repeat(40) + "a" + &" )".repeat(40);
    assert!(parse(&nested, Dialect::Dash).is_some());
    assert!(start.elapsed().as_secs() < 10);
}
