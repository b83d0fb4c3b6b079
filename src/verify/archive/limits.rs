//! How much of an archive is kept in memory.

/// Upper bounds. What goes beyond them is an error where the image would not be known without it, and "not
/// known" where only a detail would be.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Entries of all layers together.
    pub entries: usize,
    /// Bytes of paths, link targets and extended attributes of all layers together.
    pub names: usize,
    /// Bytes of one path, or of the extended header of one entry.
    pub header: usize,
    /// Bytes that one entry may be long, with its holes.
    pub file: u64,
    /// Bytes of one manifest, index or configuration.
    pub document: usize,
    /// Bytes of all of them together.
    pub documents: usize,
    /// Bytes of one text of which the contents are asked for, such as a package database.
    pub text: usize,
    /// Bytes of the head of an ELF file that are looked at.
    pub elf: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entries: 4_000_000,
            names: 1 << 30,
            header: 1 << 20,
            file: 1 << 42,
            document: 16 << 20,
            documents: 64 << 20,
            text: 32 << 20,
            elf: 48 << 20,
        }
    }
}
