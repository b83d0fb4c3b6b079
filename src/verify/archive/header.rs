//! One header block of a tar archive: its fields, as Go's `archive/tar` reads them, because builders do.

use super::error::Error;

/// Bytes of a block; everything in a tar archive begins at a multiple of it.
pub(super) const BLOCK: usize = 512;

/// A block whose checksum is right.
pub(super) struct Block<'a>(&'a [u8; BLOCK]);

impl<'a> Block<'a> {
    /// `None` if the checksum is wrong, so that this is no header.
    pub(super) fn new(bytes: &'a [u8; BLOCK]) -> Option<Self> {
        let stored = octal(&bytes[148..156])?;
        let (mut unsigned, mut signed) = (0_u64, 0_i64);
        for (index, byte) in bytes.iter().enumerate() {
            let byte = if (148..156).contains(&index) { b' ' } else { *byte };
            unsigned += u64::from(byte);
            // Some old programs added signed characters.
            signed += i64::from(byte as i8);
        }
        (stored == unsigned || i64::try_from(stored) == Ok(signed)).then_some(Self(bytes))
    }

    pub(super) fn kind(&self) -> u8 {
        self.0[156]
    }

    /// The name without what other headers say of it.
    pub(super) fn name(&self) -> Vec<u8> {
        let name = text(&self.0[..100]);
        // GNU archives keep times in the place of the prefix.
        let prefix = if &self.0[257..263] == b"ustar\0" { text(&self.0[345..500]) } else { b"" };
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    pub(super) fn link(&self) -> &'a [u8] {
        text(&self.0[157..257])
    }

    pub(super) fn mode(&self) -> Result<u32, Error> {
        Ok((number(&self.0[100..108])? & 0o7777) as u32)
    }

    pub(super) fn user(&self) -> Result<u64, Error> {
        number(&self.0[108..116])
    }

    pub(super) fn group(&self) -> Result<u64, Error> {
        number(&self.0[116..124])
    }

    pub(super) fn size(&self) -> Result<u64, Error> {
        number(&self.0[124..136])
    }

    pub(super) fn device(&self) -> Result<(u32, u32), Error> {
        let part = |from: usize| -> Result<u32, Error> {
            if &self.0[257..262] != b"ustar" {
                return Ok(0);
            }
            u32::try_from(number(&self.0[from..from + 8])?)
                .map_err(|_| Error::broken("a device number that is too large"))
        };
        Ok((part(329)?, part(337)?))
    }

    /// Where GNU's old sparse format keeps its map, whether it goes on, and the size with the holes.
    pub(super) fn sparse(&self) -> Result<(&'a [u8], bool, u64), Error> {
        Ok((&self.0[386..482], self.0[482] != 0, number(&self.0[483..495])?))
    }
}

/// A field up to its first NUL.
fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|it| *it == 0).unwrap_or(field.len());
    &field[..end]
}

/// A number: octal digits, or GNU's form for large ones, in which the first bit is set.
pub(super) fn number(field: &[u8]) -> Result<u64, Error> {
    let wrong = || Error::broken("a header with a field that is no number");
    let Some((first, rest)) = field.split_first() else { return Err(wrong()) };
    if first & 0x80 == 0 {
        return octal(field).ok_or_else(wrong);
    }
    // The second bit is the sign; nothing that we read is below zero.
    if first & 0x40 != 0 {
        return Err(wrong());
    }
    let mut value = u64::from(first & 0x3f);
    for byte in rest {
        value = value.checked_mul(256).ok_or_else(wrong)? | u64::from(*byte);
    }
    Ok(value)
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start();
    let digits = text(digits).trim_ascii();
    let mut value: u64 = 0;
    for digit in digits {
        if !(b'0'..=b'7').contains(digit) {
            return None;
        }
        value = value.checked_mul(8)? + u64::from(digit - b'0');
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_octal_or_binary() {
        assert_eq!(number(b"0000755\0").ok(), Some(0o755));
        assert_eq!(number(b"   755 \0").ok(), Some(0o755));
        assert_eq!(number(b"\0\0\0\0\0\0\0\0").ok(), Some(0));
        assert_eq!(number(b"\x80\0\0\0\0\0\0\x02\0\0\0\0").ok(), Some(8 << 30));
        assert!(number(b"\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(number(b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(number(b"12x\0").is_err());
    }
}
