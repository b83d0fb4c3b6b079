//! The tests that a codemod brings.

/// A Dockerfile, and what the codemod is to do with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Test {
    pub name: Option<String>,
    /// Of the Dockerfile.
    pub path: Option<String>,
    /// The paths of the files of the build context.
    pub files: Vec<String>,
    pub expected: Expected,
    /// Where it stands in the file of the codemod, counted from 1.
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    Diff {
        before: String,
        after: String,
    },
    Unchanged(String),
    /// Left alone with a reason; if it is said, with this one.
    Declined {
        text: String,
        because: Option<String>,
    },
}

impl Expected {
    /// The two texts of a whole diff: lines with `-` go, lines with `+` come, all others stay.
    pub(super) fn diff(text: &str) -> Result<Self, String> {
        let (mut before, mut after) = (String::new(), String::new());
        let mut changes = false;
        for line in text.lines() {
            let (texts, line): (&mut [&mut String], &str) =
                match (line.strip_prefix('-'), line.strip_prefix('+')) {
                    (Some(line), _) => (&mut [&mut before], line),
                    (None, Some(line)) => (&mut [&mut after], line),
                    (None, None) => {
                        for text in [&mut before, &mut after] {
                            text.push_str(line);
                            text.push('\n');
                        }
                        continue;
                    }
                };
            changes = true;
            for text in texts {
                text.push_str(line);
                text.push('\n');
            }
        }
        match changes && !before.is_empty() {
            true => Ok(Self::Diff { before, after }),
            false => Err("a diff has lines that start with `-` or `+`".to_owned()),
        }
    }

    /// The Dockerfile before.
    pub fn before(&self) -> &str {
        match self {
            Self::Diff { before, .. } => before,
            Self::Unchanged(text) | Self::Declined { text, .. } => text,
        }
    }
}
