//! JSON arrays of strings, as BuildKit's decoder takes them: the exec form. It builds no JSON tree.

/// A JSON array at the start of a text.
#[derive(Debug, PartialEq)]
pub(super) struct Array {
    /// Where each string is, quotes included, and what it says. `None` if it holds anything else.
    pub(super) strings: Option<Vec<(usize, usize, String)>>,
    /// Nothing follows it.
    pub(super) whole: bool,
}

/// Deeper JSON is no JSON to BuildKit.
const DEEPEST: usize = 10_000;

/// Reads the array that `text` starts with. `None` if that is broken, or no array.
pub(super) fn array(text: &str) -> Option<Array> {
    if !text.starts_with('[') {
        return None;
    }
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    let mut strings = Vec::new();
    let mut mixed = false;
    let whole = reader.document(&mut |event| match event {
        Event::String { depth: 1, start, end } => strings.push((start, end)),
        Event::Key { .. } | Event::String { .. } => {}
        Event::Other { depth } => mixed |= depth == 1,
    })?;
    let said = |(at, to): (usize, usize)| (at, to, unescape(&text[at + 1..to - 1]));
    let strings = (!mixed).then(|| strings.into_iter().map(said).collect());
    Some(Array { strings, whole })
}

/// The string that the member `name` of a JSON object is.
pub(super) fn member(text: &str, name: &str) -> Option<String> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    let mut key = false;
    let mut value = None;
    let whole = reader.document(&mut |event| match event {
        Event::Key { depth: 1, start, end } => key = unescape(&text[start + 1..end - 1]) == name,
        Event::String { depth: 1, start, end } if key => value = Some((start, end)),
        Event::Other { depth: 1 } if key => value = None,
        _ => {}
    })?;
    value.filter(|_| whole).map(|(start, end)| unescape(&text[start + 1..end - 1]))
}

/// What the reader passes; `depth` counts the open brackets around it.
enum Event {
    Key { depth: usize, start: usize, end: usize },
    String { depth: usize, start: usize, end: usize },
    Other { depth: usize },
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    /// Reads one value, and tells whether the text ends there. Without recursion: `open` holds the
    /// brackets.
    fn document(&mut self, tell: &mut dyn FnMut(Event)) -> Option<bool> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            // Here a value has to come.
            self.blanks();
            match self.peek()? {
                b'[' | b'{' => {
                    let bracket = self.text[self.at];
                    tell(Event::Other { depth: open.len() });
                    open.push(bracket);
                    if open.len() > DEEPEST {
                        return None;
                    }
                    self.at += 1;
                    self.blanks();
                    if self.peek()? != closing(bracket) {
                        self.key(bracket, open.len(), tell)?;
                        continue;
                    }
                }
                b'"' => {
                    let (start, end) = self.string()?;
                    tell(Event::String { depth: open.len(), start, end });
                }
                _ => {
                    self.word()?;
                    tell(Event::Other { depth: open.len() });
                }
            }
            if self.after_value(&mut open, tell)? {
                return Some(self.at == self.text.len());
            }
        }
    }

    /// Closes brackets and takes the comma. Returns whether the value is at its end.
    fn after_value(&mut self, open: &mut Vec<u8>, tell: &mut dyn FnMut(Event)) -> Option<bool> {
        loop {
            self.blanks();
            let Some(bracket) = open.last().copied() else {
                return Some(true);
            };
            let next = self.peek()?;
            self.at += 1;
            if next == b',' {
                self.blanks();
                self.key(bracket, open.len(), tell)?;
                return Some(false);
            }
            if next != closing(bracket) {
                return None;
            }
            open.pop();
        }
    }

    /// Takes `"name":` in an object, nothing in an array.
    fn key(&mut self, bracket: u8, depth: usize, tell: &mut dyn FnMut(Event)) -> Option<()> {
        if bracket == b'{' {
            let (start, end) = self.string()?;
            tell(Event::Key { depth, start, end });
            self.blanks();
            self.take(b':')?;
        }
        Some(())
    }

    fn string(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b'"' => return Some((start, self.at)),
                b'\\' => self.escape()?,
                0..=0x1f => return None,
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        match byte {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let digits = self.text.get(self.at..self.at + 4)?;
                self.at += 4;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// `true`, `false`, `null` or a number that a double can hold.
    fn word(&mut self) -> Option<()> {
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Some(());
            }
        }
        let start = self.at;
        let _ = self.take(b'-');
        if self.take(b'0').is_none() {
            self.digits()?;
        }
        if self.take(b'.').is_some() {
            self.digits()?;
        }
        if self.take(b'e').or_else(|| self.take(b'E')).is_some() {
            let _ = self.take(b'+').or_else(|| self.take(b'-'));
            self.digits()?;
        }
        let number = std::str::from_utf8(&self.text[start..self.at]).ok()?;
        number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| ())
    }

    fn digits(&mut self) -> Option<()> {
        let count = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
}

fn closing(bracket: u8) -> u8 {
    match bracket {
        b'[' => b']',
        _ => b'}',
    }
}

/// What the inside of a valid JSON string says. A lone surrogate becomes U+FFFD.
fn unescape(inside: &str) -> String {
    let mut result = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        let escaped = rest[at + 1..].chars().next().unwrap_or('\\');
        rest = &rest[at + 1 + escaped.len_utf8()..];
        match escaped {
            'b' => result.push('\x08'),
            'f' => result.push('\x0c'),
            'n' => result.push('\n'),
            'r' => result.push('\r'),
            't' => result.push('\t'),
            'u' => {
                let unit = unit(rest);
                rest = &rest[4..];
                let low = rest.strip_prefix("\\u").map(self::unit);
                let pair = low.and_then(|low| char::decode_utf16([unit, low]).next()?.ok());
                match pair.filter(|pair| pair.len_utf16() == 2) {
                    Some(pair) => {
                        rest = &rest[6..];
                        result.push(pair);
                    }
                    None => result.push(char::from_u32(u32::from(unit)).unwrap_or('\u{fffd}')),
                }
            }
            other => result.push(other),
        }
    }
    result.push_str(rest);
    result
}

fn unit(digits: &str) -> u16 {
    digits.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok()).unwrap_or(0xfffd)
}
