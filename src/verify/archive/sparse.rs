//! Where a file has contents and where it has holes: GNU's formats, of which Go's reader knows all four.

use super::error::Error;
use super::header::{BLOCK, number};
use super::pax::decimal;

/// Pieces of one file that are kept; no program writes so many.
const PIECES: usize = 1 << 18;

/// Which of the formats in extended headers is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// 0.0 and 0.1: the map is in the extended header.
    InHeader,
    /// 1.0: the map stands before the contents.
    InData,
}

/// The pieces that have contents, as offset and length, in their order.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Map(Vec<(u64, u64)>);

impl Map {
    /// A file without holes.
    pub(super) fn whole(size: u64) -> Self {
        Self(vec![(0, size)])
    }

    pub(super) fn push(&mut self, offset: u64, length: u64) -> Result<(), Error> {
        if self.0.len() >= PIECES {
            return Err(Error::too_large("a file with too many holes"));
        }
        self.0.push((offset, length));
        Ok(())
    }

    pub(super) fn get(&self, index: usize) -> Option<(u64, u64)> {
        self.0.get(index).copied()
    }

    /// That the pieces are in order, inside of the file, and as long as what is stored.
    pub(super) fn check(&self, size: u64, stored: u64) -> Result<(), Error> {
        let wrong = || Error::broken("a file with holes that do not fit");
        let (mut end, mut sum) = (0_u64, 0_u64);
        for (offset, length) in &self.0 {
            if *offset < end {
                return Err(wrong());
            }
            end = offset.checked_add(*length).ok_or_else(wrong)?;
            sum += length;
        }
        if end > size || sum != stored { Err(wrong()) } else { Ok(()) }
    }

    /// Adds the entries of GNU's old format: 24 bytes each, up to an empty one.
    pub(super) fn extend_old(&mut self, table: &[u8]) -> Result<(), Error> {
        for entry in table.chunks_exact(24) {
            if entry[0] == 0 || entry[12] == 0 {
                break;
            }
            self.push(number(&entry[..12])?, number(&entry[12..])?)?;
        }
        Ok(())
    }

    /// Reads the map of version 1.0: lines of decimal numbers, padded to whole blocks, which `block` gives.
    pub(super) fn from_data(
        mut block: impl FnMut() -> Result<[u8; BLOCK], Error>,
    ) -> Result<Self, Error> {
        let mut rest: Vec<u8> = Vec::new();
        let mut line = || -> Result<u64, Error> {
            loop {
                if let Some(end) = rest.iter().position(|it| *it == b'\n') {
                    let value = decimal(&rest[..end])?;
                    rest.drain(..=end);
                    return Ok(value);
                }
                if rest.len() > BLOCK {
                    return Err(Error::broken("a malformed map of holes"));
                }
                rest.extend(block()?);
            }
        };
        let mut map = Self::default();
        for _ in 0..line()? {
            let offset = line()?;
            map.push(offset, line()?)?;
        }
        Ok(map)
    }
}
