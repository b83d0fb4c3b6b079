//! Comments that a tool reads.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pragma<'a> {
    JettisonIgnore { codes: Vec<&'a str> },
    JettisonIgnoreFile { x: () },
    HadolintIgnore { codes: Vec<&'a str> },
    HadolintGlobalIgnore { codes: Vec<&'a str> },
}

pub fn read(_text: &str) -> Option<Pragma<'_>> {
    None
}

pub fn is_pragma(text: &str) -> bool {
    read(text).is_some()
}
