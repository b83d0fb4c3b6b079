//! One commit as a mail that `git am` takes.

use crate::report::patch::of_texts;

/// A commit of a series.
pub struct Mail<'m> {
    /// `Name <address>`.
    pub author: &'m str,
    /// From 1, and how many there are.
    pub number: usize,
    pub count: usize,
    pub subject: &'m str,
    pub body: &'m str,
}

impl Mail<'_> {
    /// The mail with `patch` in it.
    pub fn with(&self, patch: &[u8]) -> Vec<u8> {
        let subject = self.subject.replace(['\n', '\r'], " ");
        let number = match self.count {
            1 => "PATCH".to_owned(),
            count => format!("PATCH {}/{count}", self.number),
        };
        // `git am` finds the start of a mail by this line, and reads no name of a commit in it.
        let head = format!(
            "From {} Mon Sep 17 00:00:00 2001\nFrom: {}\nSubject: [{number}] {subject}\n\
             MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n\
             Content-Transfer-Encoding: 8bit\n\n{}\n---\n\n",
            "0".repeat(40),
            self.author.replace(['\n', '\r'], " "),
            message(self.body),
        );
        let tail = format!("-- \njettison {}\n", env!("CARGO_PKG_VERSION"));
        [head.as_bytes(), patch, tail.as_bytes()].concat()
    }
}

/// A text in which nothing starts a patch, ends the message, or starts another mail.
fn message(text: &str) -> String {
    let is_odd = |line: &str| {
        ["---", "diff -", "Index: ", "From ", ">From "].iter().any(|it| line.starts_with(it))
    };
    let lines = text.trim_end().lines();
    let lines = lines.map(|line| if is_odd(line) { format!(" {line}") } else { line.to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

/// The patch for one file; `name` is its path from the top of the repository.
pub fn patch(name: &str, is_new: bool, before: &str, after: &str) -> Vec<u8> {
    of_texts(name.as_bytes(), is_new, before, after)
}

#[cfg(test)]
mod tests {
    use super::{Mail, message, patch};

    #[test]
    fn a_mail_names_its_place_in_the_series() {
        let mail = Mail { author: "A <a@b>", number: 1, count: 2, subject: "s\nt", body: "b" };
        let text = String::from_utf8(mail.with(&patch("x", false, "a\n", "b\n"))).unwrap();
        assert!(text.contains("\nSubject: [PATCH 1/2] s t\n"), "{text}");
        assert!(
            text.contains("\n\nb\n---\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n-- \n"),
            "{text}"
        );
    }

    #[test]
    fn nothing_in_a_message_ends_it() {
        assert_eq!(message("a\n--- b\nFrom c\n| --- |\n"), "a\n --- b\n From c\n| --- |");
    }
}
