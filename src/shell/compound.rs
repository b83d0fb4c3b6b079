//! Compound commands: groups, subshells, conditions, loops, `case`, functions, and those of bash.

use super::cursor::{Cursor, ends_word};
use super::word::Text;
use super::{Arm, Command, CommandKind, Dialect, List, Word};

impl Cursor<'_> {
    /// Reads a compound command if one starts here.
    pub(super) fn compound(&mut self) -> Option<Option<CommandKind>> {
        if self.byte(0) == Some(b'(') {
            return self.nested(Self::parenthesized).map(Some);
        }
        let keyword = match self.byte(0) {
            Some(b'a'..=b'z' | b'!' | b'{' | b'}' | b'[' | b']') => self.raw_token(),
            _ => return Some(None),
        };
        let read = match keyword {
            "{" => Self::group,
            "if" => Self::condition,
            "while" | "until" => Self::repetition,
            "for" => Self::iteration,
            "case" => Self::choice,
            "[[" if self.dialect == Dialect::Ash => return Some(None),
            "[[" => Self::test,
            "function" => Self::function_keyword,
            "time" if self.dialect == Dialect::Bash => return Some(None),
            // Commands elsewhere, or nothing that can stand here.
            _ if super::parser::is_reserved(keyword) && keyword != "time" => return None,
            _ => return Some(None),
        };
        self.nested(read).map(Some)
    }

    /// Steps over `word`, which has to be next, after blanks and line ends.
    fn keyword(&mut self, word: &str) -> Option<()> {
        self.skip_lines()?;
        if self.raw_token() == word { self.expect(word) } else { None }
    }

    fn parenthesized(&mut self) -> Option<CommandKind> {
        self.expect("(")?;
        if self.byte(0) == Some(b'(') {
            self.bash()?;
            self.at += 1;
            let words = self.arithmetic("))")?;
            return Some(CommandKind::Bash { words, bodies: Vec::new() });
        }
        let list = self.commands()?;
        self.expect(")")?;
        Some(CommandKind::Subshell(list))
    }

    fn group(&mut self) -> Option<CommandKind> {
        self.expect("{")?;
        let list = self.commands()?;
        self.keyword("}")?;
        Some(CommandKind::Group(list))
    }

    fn condition(&mut self) -> Option<CommandKind> {
        self.expect("if")?;
        let mut arms = Vec::new();
        loop {
            let condition = self.commands()?;
            self.keyword("then")?;
            arms.push((condition, self.commands()?));
            match self.raw_token() {
                "elif" => self.at += "elif".len(),
                "else" => {
                    self.at += "else".len();
                    let otherwise = Some(self.commands()?);
                    self.keyword("fi")?;
                    return Some(CommandKind::If { arms, otherwise });
                }
                _ => {
                    self.keyword("fi")?;
                    return Some(CommandKind::If { arms, otherwise: None });
                }
            }
        }
    }

    fn repetition(&mut self) -> Option<CommandKind> {
        let until = self.raw_token() == "until";
        self.at += "while".len();
        let condition = self.commands()?;
        let body = self.repeated()?;
        Some(CommandKind::Loop { until, condition, body })
    }

    /// `do …; done`
    fn repeated(&mut self) -> Option<List> {
        self.keyword("do")?;
        let body = self.commands()?;
        self.keyword("done")?;
        Some(body)
    }

    fn iteration(&mut self) -> Option<CommandKind> {
        self.expect("for")?;
        self.skip_blanks();
        if self.looking_at("((") {
            return self.counted();
        }
        let start = self.at;
        self.at = self.name_end(0)?;
        let variable = self.since(start).into();
        self.byte(0).filter(|byte| ends_word(*byte))?;
        self.skip_lines()?;
        let mut words = None;
        if self.raw_token() == "in" {
            self.at += "in".len();
            words = Some(self.items()?);
        } else if self.byte(0) == Some(b';') {
            self.at += 1;
        }
        let body = self.repeated()?;
        Some(CommandKind::For { variable, words, body })
    }

    /// The words of `for … in` and what ends them.
    fn items(&mut self) -> Option<Vec<Word>> {
        let mut words = Vec::new();
        self.skip_blanks();
        while self.at_word() {
            words.push(self.word(Text::Argument)?);
            self.skip_blanks();
        }
        match self.byte(0)? {
            b';' => self.at += 1,
            b'\n' => self.end_line()?,
            _ => return None,
        }
        Some(words)
    }

    /// `for ((…; …; …))` in bash.
    fn counted(&mut self) -> Option<CommandKind> {
        self.bash()?;
        self.at += 2;
        let words = self.arithmetic("))")?;
        self.skip_blanks();
        if self.byte(0) == Some(b';') {
            self.at += 1;
        }
        let body = self.repeated()?;
        Some(CommandKind::Bash { words, bodies: vec![body] })
    }

    fn choice(&mut self) -> Option<CommandKind> {
        self.expect("case")?;
        self.skip_blanks();
        let subject = self.word(Text::Value)?;
        self.keyword("in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_lines()?;
            if self.raw_token() == "esac" {
                self.at += "esac".len();
                return Some(CommandKind::Case { subject, arms });
            }
            let arm = self.arm()?;
            let last = arm.end.is_empty();
            arms.push(arm);
            if last {
                self.keyword("esac")?;
                return Some(CommandKind::Case { subject, arms });
            }
        }
    }

    fn arm(&mut self) -> Option<Arm> {
        if self.byte(0) == Some(b'(') {
            self.at += 1;
            self.skip_blanks();
        }
        let mut patterns = Vec::new();
        loop {
            patterns.push(self.word(Text::Pattern)?);
            self.skip_blanks();
            match self.byte(0)? {
                b'|' => self.at += 1,
                b')' => break,
                _ => return None,
            }
            self.skip_blanks();
        }
        self.at += 1;
        let body = self.list()?;
        let end = [";;&", ";;", ";&", ""].into_iter().find(|end| self.looking_at(end))?;
        if end.contains('&') {
            self.bash()?;
        }
        self.at += end.len();
        Some(Arm { patterns, body, end: end.into() })
    }

    /// `name() command`, at the parenthesis.
    pub(super) fn function(&mut self, start: usize, words: Vec<Word>) -> Option<Command> {
        let [name] = &*words else { return None };
        let raw = name.span.of(self.text);
        self.expect("(")?;
        self.skip_blanks();
        self.expect(")")?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if !raw.bytes().all(plain) || raw.starts_with(|first: char| first.is_ascii_digit()) {
            self.bash()?;
            let also = |byte: u8| plain(byte) || b"-.:+@/".contains(&byte);
            raw.bytes().all(also).then_some(())?;
        }
        let kind = self.function_body(raw.into())?;
        Some(Command { span: self.span(start), kind, redirects: Vec::new() })
    }

    fn function_body(&mut self, name: Box<str>) -> Option<CommandKind> {
        self.skip_lines()?;
        let body = self.nested(Self::command)?;
        if let CommandKind::Simple(_) | CommandKind::Function { .. } = body.kind {
            return None;
        }
        Some(CommandKind::Function { name, body: Box::new(body) })
    }

    /// `function name { …; }` in bash.
    fn function_keyword(&mut self) -> Option<CommandKind> {
        self.bash()?;
        self.expect("function")?;
        self.skip_blanks();
        let name = self.word(Text::Value)?.literal?;
        self.skip_blanks();
        if self.byte(0) == Some(b'(') {
            self.at += 1;
            self.skip_blanks();
            self.expect(")")?;
        }
        self.function_body(name.as_str().into())
    }

    /// `[[ … ]]` in bash.
    fn test(&mut self) -> Option<CommandKind> {
        self.bash()?;
        self.expect("[[")?;
        let mut words: Vec<Word> = Vec::new();
        self.alternatives(&mut words)?;
        self.keyword("]]")?;
        Some(CommandKind::Bash { words, bodies: Vec::new() })
    }

    /// Terms joined by `&&` and `||`.
    fn alternatives(&mut self, words: &mut Vec<Word>) -> Option<()> {
        loop {
            self.skip_lines()?;
            self.nested(|cursor| cursor.term(words))?;
            self.skip_lines()?;
            if !self.looking_at("&&") && !self.looking_at("||") {
                return Some(());
            }
            self.at += 2;
        }
    }

    fn term(&mut self, words: &mut Vec<Word>) -> Option<()> {
        if self.raw_token() == "!" {
            self.at += 1;
            self.skip_blanks();
            return self.nested(|cursor| cursor.term(words));
        }
        if self.byte(0) == Some(b'(') {
            self.at += 1;
            self.alternatives(words)?;
            return self.expect(")");
        }

        if self.raw_token() == "]]" {
            return None;
        }
        let first = self.word(Text::Pattern)?;
        let unary =
            matches!(first.span.of(self.text).as_bytes(), [b'-', b'a'..=b'z' | b'A'..=b'Z']);
        words.push(first);
        self.skip_blanks();
        let ends = matches!(self.byte(0), Some(b'&' | b'|' | b')' | b'\n'));
        if ends || self.raw_token() == "]]" {
            return (!unary).then_some(());
        }
        if unary {
            words.push(self.word(Text::Pattern)?);
            return Some(());
        }
        let operator = match self.byte(0)? {
            b'<' | b'>' => {
                self.at += 1;
                "<"
            }
            _ => self.comparison()?,
        };
        self.skip_blanks();
        words.push(self.word(if operator == "=~" { Text::Regex } else { Text::Pattern })?);
        Some(())
    }

    /// Steps over the operator between two words of `[[ … ]]`.
    fn comparison(&mut self) -> Option<&'static str> {
        let operators =
            ["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-ef", "-nt", "-ot"];
        let token = self.raw_token();
        self.at += token.len();
        operators.into_iter().find(|operator| *operator == token)
    }
}
