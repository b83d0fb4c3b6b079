//! What holds for every text: nothing is lost, every place is inside, nothing panics.

#![allow(clippy::unwrap_used)]

use jettison::syntax::image_reference::ImageReference;
use jettison::syntax::pragma::pragma;
use jettison::syntax::{
    Body, Command, Dockerfile, Earlier, Instruction, ItemKind, Joined, Piece, expand, frontend,
    parse,
};
use jettison::text::Span;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

/// Texts that are near to Dockerfiles, and any others.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => select(PARTS.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[ -~\n]{0,8}",
    ];
    let near = proptest::collection::vec(part, 0..16)
        .prop_map(|parts| format!("FROM a\n{}", parts.concat()));
    prop_oneof![4 => near, 1 => any::<String>()]
}

const PARTS: [&str; 62] = [
    "\n",
    "\r\n",
    "\r",
    "\\\n",
    "\\\r\n",
    "\\ \t\n",
    "\\",
    "`",
    "`\n",
    " ",
    "\t",
    "\u{b}",
    "\u{a0}",
    "\u{feff}",
    "\0",
    "é",
    "à",
    "#",
    "\n# c\n",
    "# escape=`\n",
    "# hadolint ignore=DL3008, SC1 x\n",
    "<<EOF",
    "<<-EOF",
    "<<'E O'",
    "3<<X",
    "<< EOF",
    "\nEOF\n",
    "\n\tEOF\n",
    "\nX\n",
    "E O\n",
    "$",
    "${x:-",
    "}",
    "${x}",
    "'",
    "\"",
    "\\\"",
    "[",
    "]",
    "[\"a\", \"b\\u00e9\"]",
    "[]",
    "# c",
    ",",
    "=",
    "FROM b AS c",
    "\nRUN ",
    "\nONBUILD ",
    "\nENV ",
    "\nLABEL a=b",
    "\nARG a b=c ",
    "\nCOPY ",
    "\nADD a ",
    "\nCMD ",
    "\nHEALTHCHECK CMD ",
    "\nVOLUME ",
    "\nEXPOSE 1 ",
    "--mount=type=cache ",
    "--from=b ",
    "--x",
    "a b",
    "\u{2003}",
    "\u{2028}",
];

fn check(source: &str) {
    let _ = frontend(source);
    for escape in ['\\', '`'] {
        let _ = expand::expand(source, escape, |_| expand::Value::Set("v/w".into()));
        let _ = expand::expand_body(source, escape, |_| expand::Value::Unset);
        for word in
            expand::expand_words(source, escape, |_| expand::Value::Unset).unwrap_or_default()
        {
            assert!(source.get(word.span.range()).is_some());
        }
        for used in expand::variables(source, escape).unwrap_or_default() {
            assert!(source[used.span.range()].starts_with('$'));
        }
    }
    if let Some(reference) = ImageReference::parse(source) {
        assert_eq!(reference.repository.span.of(source), reference.repository.text);
    }
    match parse(source) {
        Ok(file) => check_file(&file),
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(source.get(error.span.range()).is_some(), "{error:?}");
                assert!(!error.message.is_empty() && !error.message.ends_with('.'));
            }
        }
    }
}

fn check_file(file: &Dockerfile) {
    let source = file.source;
    let mut at = 0;
    for item in &file.items {
        assert_eq!(item.span.start, at);
        assert!(!item.span.is_empty());
        at = item.span.end;
    }
    assert_eq!(at, source.len());

    for comment in file.comments() {
        assert!(comment.of(source).starts_with('#'));
        if let Some(pragma) = pragma(source, comment) {
            for code in pragma.codes.iter().chain(&pragma.rest) {
                assert!(comment.contains(code.span));
                assert_eq!(code.span.of(source), code.text);
            }
        }
    }
    for item in &file.items {
        // Lines that hold nothing but a continuation, and comments, may stand before the keyword.
        if let ItemKind::Instruction(at) = item.kind {
            let instruction = &file.instructions[at];
            assert!(item.span.contains(instruction.span));
            assert!(instruction.comments.iter().all(|comment| item.span.contains(*comment)));
            check_instruction(instruction);
        }
    }
}

fn check_instruction(instruction: &Instruction) {
    let whole = instruction.span;
    let source = instruction.source;
    let inside = |span: Span| {
        assert!(whole.contains(span), "{span:?} in {whole:?}");
        assert!(source.get(span.range()).is_some());
    };
    inside(instruction.keyword_span);
    inside(instruction.arguments.span);
    for flag in &instruction.flags {
        inside(flag.span);
        assert!(flag.span.contains(flag.name.span));
        assert!(flag.value.as_ref().is_none_or(|value| flag.span.contains(value.span)));
    }
    for heredoc in &instruction.heredocs {
        [heredoc.opener, heredoc.body, heredoc.terminator].into_iter().for_each(inside);
        assert_eq!(heredoc.body.end, heredoc.terminator.start);
    }
    check_joined(&instruction.arguments, source);
    if let Some(script) = instruction.script() {
        inside(script.span);
        check_joined(&script, source);
    }
    for piece in pieces(instruction) {
        inside(piece.span);
    }
    if let Body::Onbuild(trigger) = &instruction.body {
        check_instruction(trigger);
    }
}

fn check_joined(joined: &Joined, source: &str) {
    assert!(joined.pieces.is_empty() || joined.pieces[0].0 == 0 && joined.pieces.is_sorted());
    let parts: String = joined.parts().map(|part| part.of(source)).collect();
    assert_eq!(parts, joined.text);
    for (at, byte) in joined.text.bytes().enumerate() {
        assert_eq!(source.as_bytes()[joined.source_offset(at)], byte);
    }
    assert_eq!(joined.source_span(Span::new(0, joined.text.len())), joined.span);
}

fn pieces<'i, 'src>(instruction: &'i Instruction<'src>) -> Vec<&'i Piece<'src>> {
    let mut pieces = instruction.expanded();
    match &instruction.body {
        Body::Run(Command::Exec(list))
        | Body::Cmd(Command::Exec(list))
        | Body::Entrypoint(Command::Exec(list))
        | Body::Healthcheck(Some(Command::Exec(list)))
        | Body::Shell(list) => pieces.extend(list),
        Body::From { name, .. } => pieces.extend(name),
        Body::Maintainer(piece) | Body::OnbuildInvalid(piece) => pieces.push(piece),
        _ => {}
    }
    if let Earlier::Exec(list) = &instruction.earlier {
        pieces.extend(list);
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_text(source in text()) {
        check(&source);
    }
}

#[test]
fn every_seed_and_its_beginnings() {
    let seeds = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut count = 0;
    for entry in std::fs::read_dir(seeds).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else { continue };
        count += 1;
        for (at, _) in text.char_indices() {
            check(&text[..at]);
            check(&text[at..]);
        }
        check(&text);
    }
    assert!(count > 30);
}
