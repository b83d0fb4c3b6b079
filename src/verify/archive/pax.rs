//! Extended headers: records of the form `LENGTH KEY=VALUE\n` that overrule fields of the header after them.

use super::error::Error;
use super::sparse::{Map, Version};

/// What the extended headers before an entry say of it.
#[derive(Default)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) user: Option<u64>,
    pub(super) group: Option<u64>,
    /// Names without `SCHILY.xattr.`, in the order of the archive.
    pub(super) attributes: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) sparse: Sparse,
}

/// What they say of holes; see [`super::sparse`].
#[derive(Default)]
pub(super) struct Sparse {
    pub(super) version: Option<Version>,
    pub(super) name: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) map: Map,
    offset: Option<u64>,
}

impl Extended {
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.iter().all(|it| *it == 0) {
            let (record, rest) = record(bytes)
                .ok_or_else(|| Error::broken("an extended header with a malformed record"))?;
            self.set(record.0, record.1)?;
            bytes = rest;
        }
        Ok(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        // An empty value takes back what an earlier record said.
        let some = (!value.is_empty()).then_some(value);
        match key {
            b"path" => self.path = some.map(<[u8]>::to_vec),
            b"linkpath" => self.link = some.map(<[u8]>::to_vec),
            b"size" => self.size = some.map(decimal).transpose()?,
            b"uid" => self.user = some.map(decimal).transpose()?,
            b"gid" => self.group = some.map(decimal).transpose()?,
            b"GNU.sparse.name" => self.sparse.name = some.map(<[u8]>::to_vec),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => {
                self.sparse.size = some.map(decimal).transpose()?;
                self.sparse.version.get_or_insert(Version::InHeader);
            }
            b"GNU.sparse.major" if value == b"1" => self.sparse.version = Some(Version::InData),
            b"GNU.sparse.offset" => self.sparse.offset = Some(decimal(value)?),
            b"GNU.sparse.numbytes" => {
                let offset = self.sparse.offset.take();
                let offset = offset.ok_or_else(|| Error::broken("a hole without a place"))?;
                self.sparse.map.push(offset, decimal(value)?)?;
            }
            b"GNU.sparse.map" => {
                let mut numbers = value.split(|it| *it == b',').map(decimal);
                while let Some(offset) = numbers.next() {
                    let length =
                        numbers.next().ok_or_else(|| Error::broken("a half map of holes"))?;
                    self.sparse.map.push(offset?, length?)?;
                }
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                    self.attributes.retain(|(known, _)| known != name);
                    self.attributes.push((name.to_vec(), value.to_vec()));
                }
            }
        }
        Ok(())
    }
}

/// The key and value of the first record, and what follows it.
#[expect(clippy::type_complexity, reason = "two pairs that are taken apart at once")]
fn record(bytes: &[u8]) -> Option<((&[u8], &[u8]), &[u8])> {
    let blank = bytes.iter().take(20).position(|it| *it == b' ')?;
    let length = usize::try_from(decimal(&bytes[..blank]).ok()?).ok()?;
    let body = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
    let equals = body.iter().position(|it| *it == b'=')?;
    Some(((&body[..equals], &body[equals + 1..]), &bytes[length..]))
}

pub(super) fn decimal(text: &[u8]) -> Result<u64, Error> {
    let wrong = || Error::broken("an extended header with a value that is no number");
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    std::str::from_utf8(text).map_err(|_| wrong())?.parse().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::Extended;
    use crate::verify::testing::records;

    #[test]
    fn records_overrule_and_take_back() {
        let mut bytes = records(&[
            (b"path", b"a=b\nc"),
            (b"uid", b"1"),
            (b"gid", b"2"),
            (b"uid", b"3"),
            (b"gid", b""),
            (b"SCHILY.xattr.security.capability", b"\0\xff"),
            (b"SCHILY.xattr.user.x", b""),
        ]);
        bytes.extend([0; 5]);
        let mut extended = Extended::default();
        extended.read(&bytes).unwrap();
        assert_eq!(extended.path.as_deref(), Some(&b"a=b\nc"[..]));
        assert_eq!((extended.user, extended.group), (Some(3), None));
        let attributes = [
            (b"security.capability".to_vec(), b"\0\xff".to_vec()),
            (b"user.x".to_vec(), Vec::new()),
        ];
        assert_eq!(extended.attributes, attributes);
    }

    #[test]
    fn malformed_records_are_errors() {
        for bytes in [
            "11 path=a\n",
            "path=a\n",
            "10 path=a ",
            "7 path\n",
            "3 \n",
            "1 \n",
            "99999999999999999999999 a=b\n",
            "12 uid=nine\n",
        ] {
            assert!(Extended::default().read(bytes.as_bytes()).is_err(), "{bytes:?}");
        }
    }
}
