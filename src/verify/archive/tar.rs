//! Reads a tar archive as a stream, entry by entry, as Go's `archive/tar` does, because builders do.
//!
//! The crate `tar` keeps long names and extended headers of any size in memory, and knows the sparse files of
//! old GNU archives only.

use std::io::{self, Read};

use super::error::Error;
use super::header::{BLOCK, Block};
use super::limits::Limits;
use super::pax::Extended;
use super::sparse::{Map, Version};

/// An archive; after [`Reader::next`] it gives the contents of that entry.
pub(super) struct Reader<'a> {
    stream: &'a mut dyn Read,
    limits: &'a Limits,
    /// Bytes of the entry and its padding that are still in the stream.
    stored: u64,
    padding: u64,
    map: Map,
    piece: usize,
    position: u64,
    size: u64,
    ended: bool,
    marked: bool,
}

/// One entry as it is written; names are bytes, and not cleaned.
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) mode: u32,
    pub(super) user: u64,
    pub(super) group: u64,
    /// Bytes of its contents, with holes.
    pub(super) size: u64,
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

pub(super) enum Kind {
    File,
    Folder,
    Symlink(Vec<u8>),
    HardLink(Vec<u8>),
    Character(u32, u32),
    Block(u32, u32),
    Fifo,
}

impl<'a> Reader<'a> {
    pub(super) fn new(stream: &'a mut dyn Read, limits: &'a Limits) -> Self {
        Self {
            stream,
            limits,
            stored: 0,
            padding: 0,
            map: Map::default(),
            piece: 0,
            position: 0,
            size: 0,
            ended: false,
            marked: false,
        }
    }

    /// Whether the archive ended with a block of zeros, so that nothing was cut off.
    pub(super) fn has_end_mark(&self) -> bool {
        self.marked
    }

    /// The next entry; what is left of the one before is skipped.
    pub(super) fn next(&mut self) -> Result<Option<Entry>, Error> {
        let mut extended = Extended::default();
        let (mut long_name, mut long_link) = (None, None);
        loop {
            self.skip()?;
            let Some(bytes) = self.header()? else { return Ok(None) };
            let block = Block::new(&bytes).ok_or_else(|| {
                Error::broken(
                    "a header with a wrong checksum; this is no tar archive, or it is damaged",
                )
            })?;
            match block.kind() {
                b'x' | b'X' => extended.read(&self.text(block.size()?)?)?,
                // Builders ignore what holds for all entries: a comment, mostly.
                b'g' => drop(self.text(block.size()?)?),
                b'L' => long_name = Some(until_nul(self.text(block.size()?)?)),
                b'K' => long_link = Some(until_nul(self.text(block.size()?)?)),
                _ => {
                    extended.path = extended.path.or(long_name);
                    extended.link = extended.link.or(long_link);
                    return self.entry(&block, extended).map(Some);
                }
            }
        }
    }

    fn entry(&mut self, block: &Block<'_>, extended: Extended) -> Result<Entry, Error> {
        let mut name = extended.path.unwrap_or_else(|| block.name());
        let link = || extended.link.clone().unwrap_or_else(|| block.link().to_vec());
        let kind = match block.kind() {
            b'\0' if name.ends_with(b"/") => Kind::Folder,
            b'0' | b'\0' | b'7' | b'S' => Kind::File,
            b'1' => Kind::HardLink(link()),
            b'2' => Kind::Symlink(link()),
            b'3' => block.device().map(|(major, minor)| Kind::Character(major, minor))?,
            b'4' => block.device().map(|(major, minor)| Kind::Block(major, minor))?,
            b'5' => Kind::Folder,
            b'6' => Kind::Fifo,
            other => {
                let other = char::from(other).escape_default();
                return Err(Error::broken(format!("an entry of the unknown type `{other}`")));
            }
        };
        // What is no file has no contents, whatever its size says.
        let stored = if matches!(kind, Kind::File) {
            extended.size.map_or_else(|| block.size(), Ok)?
        } else {
            0
        };
        self.open(stored)?;
        self.map = Map::whole(stored);
        self.size = stored;
        if matches!(kind, Kind::File) {
            if let Some(version) = extended.sparse.version {
                name = extended.sparse.name.unwrap_or(name);
                self.size =
                    extended.sparse.size.ok_or_else(|| Error::broken("holes without a size"))?;
                self.map = match version {
                    Version::InHeader => extended.sparse.map,
                    Version::InData => Map::from_data(|| self.stored_block())?,
                };
            } else if block.kind() == b'S' {
                self.old_sparse(block)?;
            }
        }
        if self.size > self.limits.file {
            return Err(Error::too_large(format!("a file of {} bytes", self.size)));
        }
        self.map.check(self.size, self.stored)?;
        Ok(Entry {
            name,
            kind,
            mode: block.mode()?,
            user: extended.user.map_or_else(|| block.user(), Ok)?,
            group: extended.group.map_or_else(|| block.group(), Ok)?,
            size: self.size,
            attributes: extended.attributes,
        })
    }

    /// GNU's old format keeps the map in the header, and in blocks after it that no size counts.
    fn old_sparse(&mut self, block: &Block<'_>) -> Result<(), Error> {
        let (table, mut more, size) = block.sparse()?;
        let mut map = Map::default();
        map.extend_old(table)?;
        while more {
            let mut bytes = [0; BLOCK];
            self.fill(&mut bytes)?;
            map.extend_old(&bytes[..504])?;
            more = bytes[504] != 0;
        }
        self.map = map;
        self.size = size;
        Ok(())
    }

    /// A block at the place where a header is expected; `None` at the end.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut bytes = [0; BLOCK];
        let length = read_up_to(self.stream, &mut bytes)?;
        if length == 0 {
            self.ended = true;
            return Ok(None);
        }
        if length < BLOCK {
            return Err(cut());
        }
        if bytes.iter().any(|it| *it != 0) {
            return Ok(Some(bytes));
        }
        // One block of zeros is the end, and so are two; after it nothing is read but more zeros.
        let length = read_up_to(self.stream, &mut bytes)?;
        if bytes[..length].iter().any(|it| *it != 0) {
            return Err(Error::broken("entries after the end of the archive"));
        }
        (self.ended, self.marked) = (true, true);
        Ok(None)
    }

    fn open(&mut self, stored: u64) -> Result<(), Error> {
        if stored > self.limits.file {
            return Err(Error::too_large(format!("a file of {stored} bytes")));
        }
        self.stored = stored;
        self.padding = stored.wrapping_neg() % BLOCK as u64;
        self.piece = 0;
        self.position = 0;
        Ok(())
    }

    /// The contents of an entry that only says something of the next one.
    fn text(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        let length = usize::try_from(size).ok().filter(|it| *it <= self.limits.header);
        let length = length.ok_or_else(|| {
            Error::too_large(format!("a name or extended header of {size} bytes"))
        })?;
        self.open(size)?;
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        self.stored = 0;
        Ok(bytes)
    }

    fn stored_block(&mut self) -> Result<[u8; BLOCK], Error> {
        let mut bytes = [0; BLOCK];
        self.stored = self.stored.checked_sub(BLOCK as u64).ok_or_else(cut)?;
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        if read_up_to(self.stream, bytes)? < bytes.len() { Err(cut()) } else { Ok(()) }
    }

    fn skip(&mut self) -> Result<(), Error> {
        let mut left = self.stored + self.padding;
        let mut scratch = [0; 16 << 10];
        while left > 0 {
            let length = left.min(scratch.len() as u64) as usize;
            self.fill(&mut scratch[..length])?;
            left -= length as u64;
        }
        (self.stored, self.padding, self.position, self.size) = (0, 0, 0, 0);
        Ok(())
    }

    fn contents(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.position < self.size {
            let (offset, end) = match self.map.get(self.piece) {
                Some((offset, length)) => (offset, offset + length),
                None => (self.size, self.size),
            };
            if self.position < offset {
                let length = (offset - self.position).min(buffer.len() as u64) as usize;
                buffer[..length].fill(0);
                self.position += length as u64;
                return Ok(length);
            }
            if self.position == end {
                self.piece += 1;
                continue;
            }
            let length = (end - self.position).min(buffer.len() as u64) as usize;
            let length = read_once(self.stream, &mut buffer[..length])?;
            if length == 0 {
                return Err(cut());
            }
            self.stored -= length as u64;
            self.position += length as u64;
            return Ok(length);
        }
        Ok(0)
    }
}

/// Gives the contents of the current entry.
impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(self.contents(buffer)?)
    }
}

/// Whether these bytes, of which the first block is enough, begin a tar archive.
pub(super) fn begins(head: &[u8]) -> bool {
    let Some(block) = head.first_chunk::<BLOCK>() else { return false };
    // An empty archive is nothing but its end.
    block.iter().all(|it| *it == 0) || Block::new(block).is_some()
}

/// Reads until the buffer is full or the stream ends.
pub(super) fn read_up_to(stream: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match read_once(stream, &mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

fn read_once(stream: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn until_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|it| *it == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

fn cut() -> Error {
    Error::broken("the archive ends in the middle of an entry")
}
