//! Layers as they are packed: not at all, with gzip, or with zstd.

use std::io::{self, Cursor, Read};

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::tar;

/// How the bytes of a blob begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Tar,
    Gzip,
    Zstd,
    Json,
    Other,
}

impl Form {
    /// What a blob is by its first block.
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ if tar::begins(head) => Self::Tar,
            _ if matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) => Self::Json,
            _ => Self::Other,
        }
    }
}

/// The unpacked bytes of a layer.
pub(super) fn unpack<'a>(form: Form, packed: impl Read + 'a) -> Box<dyn Read + 'a> {
    match form {
        Form::Gzip => Box::new(MultiGzDecoder::new(packed)),
        Form::Zstd => Box::new(Zstd::new(packed)),
        _ => Box::new(packed),
    }
}

/// All frames of a stream, of which parallel and seekable writers make many, and skips what is no data.
struct Zstd<R> {
    packed: R,
    decoder: FrameDecoder,
    inside: bool,
}

impl<R: Read> Zstd<R> {
    fn new(packed: R) -> Self {
        Self { packed, decoder: FrameDecoder::new(), inside: false }
    }

    /// Begins the next frame; false at the end of the stream.
    fn begin(&mut self) -> io::Result<bool> {
        let mut first = [0];
        loop {
            if tar::read_up_to(&mut self.packed, &mut first)? == 0 {
                return Ok(false);
            }
            match self.decoder.init(Cursor::new(first).chain(&mut self.packed)) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut (&mut self.packed).take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(damaged(error)),
            }
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.inside {
                if !self.begin()? {
                    return Ok(0);
                }
                self.inside = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let strategy = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.packed, strategy).map_err(damaged)?;
            }
            let length = self.decoder.read(buffer)?;
            if length > 0 || buffer.is_empty() {
                return Ok(length);
            }
            self.inside = false;
        }
    }
}

fn damaged(error: FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::{Form, unpack};

    #[test]
    fn frames_follow_each_other_and_some_are_skipped() {
        let mut packed = compress_to_vec(&b"one "[..], CompressionLevel::Fastest);
        packed.extend([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9]);
        packed.extend(compress_to_vec(&[][..], CompressionLevel::Fastest));
        packed.extend(compress_to_vec(&b"two"[..], CompressionLevel::Fastest));
        let mut text = String::new();
        unpack(Form::Zstd, &packed[..]).read_to_string(&mut text).unwrap();
        assert_eq!(text, "one two");
        for length in 1..packed.len() {
            // Whole frames may be missing, and nothing else.
            let mut text = String::new();
            let read = unpack(Form::Zstd, &packed[..length]).read_to_string(&mut text);
            assert!(read.is_err() || "one two".starts_with(&text), "{length}");
        }
    }
}
