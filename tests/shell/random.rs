//! Random words and scripts, the same ones on every run.

pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let base = std::env::var("SHELL_SEED").ok().and_then(|base| base.parse::<u64>().ok());
        let seed = seed + base.unwrap_or_default() * 100;
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    pub(crate) fn pick<'choice>(&mut self, choices: &[&'choice str]) -> &'choice str {
        choices[self.below(choices.len())]
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A word of up to five pieces, few of which expand.
    pub(crate) fn word(&mut self) -> String {
        let pieces = [
            "a",
            "bc",
            "x.y",
            "-o",
            "/usr/lib",
            "=",
            "A=",
            "--b=",
            "1",
            "%",
            "+",
            "@",
            "^",
            ",",
            ":",
            "..",
            "é",
            "→",
            "#",
            "!",
            "]",
            "}",
            "{",
            "{a,b}",
            "{1..3}",
            "{}",
            "{x}",
            "[",
            "~",
            "~/b",
            "*",
            "?",
            "$",
            "'a b'",
            "''",
            "'$x'",
            "'\"'",
            "'\\'",
            "'a\nb'",
            "'{'",
            "\"a b\"",
            "\"\"",
            "\"'\"",
            "\"\\\"\"",
            "\"\\$x\"",
            "\"\\`\"",
            "\"\\\\\"",
            "\"\\a\"",
            "\"\\\n\"",
            "\"a\nb\"",
            "\"$\"",
            "\"*\"",
            "\"~\"",
            "\"#\"",
            "\"!\"",
            "\"\t\"",
            "\\ ",
            "\\a",
            "\\\\",
            "\\'",
            "\\\"",
            "\\$",
            "\\*",
            "\\#",
            "\\;",
            "\\&",
            "\\|",
            "\\(",
            "\\)",
            "\\<",
            "\\>",
            "\\~",
            "\\{",
            "\\,",
            "\\\n",
            "\\é",
            "$u",
            "\"$u\"",
            "${u:-d}",
            "\"${u:-'d'}\"",
            "$'a\\nb'",
            "$'\\''",
            "$((1+2))",
            "$(echo a)",
            "`echo b`",
            "\"$(echo \"c d\")\"",
        ];
        let count = 1 + self.below(5);
        (0..count).map(|_| self.pick(&pieces)).collect()
    }

    /// Tokens one after the other, most of which make no script.
    pub(crate) fn tokens(&mut self) -> String {
        let tokens = [
            "a", "b c", "A=1", "x+=2", "if", "then", "else", "elif", "fi", "while", "until", "do",
            "done", "for", "i", "in", "case", "esac", "a)", "(b|c)", ";;", ";", ";", "\n", "\n",
            "&&", "||", "|", "&", "!", "{", "}", "(", ")", "f()", "$(", ")", "`", "\"", "'", "$((",
            "))", "${a", "${a:-", "}", ">f", "2>&1", "<f", ">>g", "<<E\n", "\nE\n", "E", "<<-'E'",
            "#c\n", "[", "]", "[[", "]]", "time", "\\\n", "\\", "$a", "$", "*", "~", "{a,b}", "=",
            "function", "<(", "&>f", "<<<w", "export", "1", "-p",
        ];
        let count = 1 + self.below(9);
        let separator = if self.chance(80) { " " } else { "" };
        (0..count).map(|_| self.pick(&tokens)).collect::<Vec<_>>().join(separator)
    }

    /// A script that a shell accepts.
    pub(crate) fn script(&mut self, depth: usize) -> String {
        let count = 1 + self.below(3);
        let mut text = String::new();
        for _ in 0..count {
            text += &self.and_or(depth);
            text += self.pick(&["; ", "\n", " ;\n", " & ", "&\n", " # c ; (\n", "\n\n", " \\\n;"]);
        }
        text
    }

    fn and_or(&mut self, depth: usize) -> String {
        let mut text = self.pipeline(depth);
        while self.chance(40) {
            text += self.pick(&["&&", " && ", " || ", "||\n", " && # c\n", " \\\n && "]);
            text += &self.pipeline(depth);
        }
        text
    }

    fn pipeline(&mut self, depth: usize) -> String {
        let first = self.command(depth);
        // The second opinion does not know compound commands after `!`.
        let simple = first.starts_with(['a', 'b', 'e', '/', '"']);
        let negation = if simple { self.pick(&["", "", "! "]) } else { "" };
        let mut text = negation.to_owned() + &first;
        while self.chance(25) {
            text += self.pick(&["|", " | ", " |\n"]);
            text += &self.command(depth);
        }
        text
    }

    fn command(&mut self, depth: usize) -> String {
        if depth == 0 || self.chance(60) {
            return self.simple(depth);
        }
        let body = self.script(depth - 1);
        let other = self.script(depth - 1);
        let third = self.script(depth - 1);
        let text = match self.below(10) {
            0 => format!("{{ {body}}}"),
            1 => format!("( {body})"),
            2 => format!("if {body}then {other}fi"),
            3 => format!("if {body}then {other}else {third}fi"),
            4 => format!("if {body}then\n{other}elif {third}then a; fi"),
            5 => format!("while {body}do {other}done"),
            6 => format!("until {body}do\n{other}done"),
            7 => format!("for x in a 'b c' $d; do {body}done"),
            8 => format!("case $x in a|b*) {body};; (c) {other};; \"d\" ) esac"),
            _ => format!("f() {{ {body}}}"),
        };
        text + self.pick(&["", "", "", " > f", " 2>&1", " <g >> h"])
    }

    fn simple(&mut self, depth: usize) -> String {
        if self.chance(10) {
            return self
                .pick(&["[ x ]", "export A=1 B", "A=b", ">f", "test -f c", "[ \"$a\" = b ]"])
                .into();
        }
        let mut text = self.pick(&["", "", "", "A=1 ", "A='x y' B= ", "A=$b "]).to_owned();
        text += self.pick(&["a", "b", "echo", "/usr/bin/c", "\"d\""]);
        for _ in 0..self.below(4) {
            text.push_str(self.pick(&[" ", "  ", "\t", " \\\n"]));
            if depth > 0 && self.chance(15) {
                let body = self.script(depth - 1);
                text += &match self.below(3) {
                    0 => format!("$( {body})"),
                    1 => format!("\"x $( {body}) y\""),
                    _ => format!("\"${{a:-$( {body})}}\""),
                };
            } else {
                text += self.pick(&[
                    "a",
                    "-b",
                    "'c d'",
                    "\"e $f g\"",
                    "$h",
                    "${i}",
                    "\"${j:-k}\"",
                    "*.l",
                    "~/m",
                    "$((1 + p))",
                    "q=r",
                    "{}",
                    "\\;",
                    "if",
                    "}",
                    "#s",
                    "a#b",
                    "> t",
                    "2>/dev/null",
                    "< u",
                    ">&2",
                    "2>&1",
                ]);
                // A comment would take the rest of the line.
                text =
                    text.replace(" #s", " \\#s").replace("\t#s", "\t\\#s").replace("\n#s", "\ns");
            }
        }
        if self.chance(6) && depth > 0 {
            let delimiter = self.pick(&["E", "'E'", "\\E", "\"E\""]);
            let operator = self.pick(&["<<", "<<-"]);
            let lines = self.pick(&["", "x\n", "a $b\n c\n", "\\$d\n'\n", "\ttab\n"]);
            text += &format!(" {operator}{delimiter}\n{lines}E\n:");
        }
        text
    }
}
