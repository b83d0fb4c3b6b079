//! What an ELF file needs to run, read from the pieces of it that are kept while it streams by.

use std::ops::Range;

use object::elf::{
    DT_NEEDED, DT_NULL, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRTAB, FileHeader32, FileHeader64,
    PT_DYNAMIC, PT_INTERP, PT_LOAD,
};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, ReadRef};

use super::paths::spell;

/// What an ELF file says of itself; names are spelled as paths are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elf {
    /// Bits of an address: 32 or 64.
    pub class: u8,
    /// `e_machine` with the byte order: a library of another machine is passed over.
    pub machine: (u16, ByteOrder),
    /// The program that loads it, such as `/lib64/ld-linux-x86-64.so.2`.
    pub interpreter: Option<String>,
    /// `NEEDED`, in its order.
    pub needed: Vec<String>,
    pub soname: Option<String>,
    /// `RPATH` as it is written, with colons and `$ORIGIN`.
    pub rpath: Option<String>,
    pub runpath: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

/// Bytes of a window, for a dynamic table and its names that lie beyond the head of a file: `patchelf` moves them
/// to the end.
const WINDOW: u64 = 16 << 20;
/// Bytes after which the program headers are looked at; they follow the file header.
const EARLY: usize = 32 << 10;
/// Entries of tables; real ones have a tenth of it.
const MANY: usize = 4096;

/// Keeps of a file what has to be looked at.
pub(super) struct Collector {
    limit: usize,
    pieces: Pieces,
    seen: u64,
    planned: bool,
}

impl Collector {
    pub(super) fn new(limit: usize) -> Self {
        let pieces = Pieces { head: Vec::new(), windows: Vec::new() };
        Self { limit: limit.max(2 * EARLY), pieces, seen: 0, planned: false }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let room = self.limit - self.pieces.head.len();
        self.pieces.head.extend_from_slice(&bytes[..room.min(bytes.len())]);
        if !self.planned && self.pieces.head.len() >= EARLY {
            self.planned = true;
            self.pieces.windows = self.pieces.plan(self.limit as u64, self.seen);
        }
        let here = self.seen..self.seen + bytes.len() as u64;
        for window in &mut self.pieces.windows {
            let (start, end) = (window.range.start.max(here.start), window.range.end.min(here.end));
            if start < end {
                let (from, to) = ((start - here.start) as usize, (end - here.start) as usize);
                window.bytes.extend_from_slice(&bytes[from..to]);
            }
        }
        self.seen = here.end;
    }

    /// `None` if it is no ELF file after all, or too large to be known.
    pub(super) fn finish(self) -> Option<Elf> {
        self.pieces.read()
    }
}

/// The beginning of a file, and parts of the rest.
struct Pieces {
    head: Vec<u8>,
    windows: Vec<Window>,
}

struct Window {
    range: Range<u64>,
    bytes: Vec<u8>,
}

impl Pieces {
    fn read(&self) -> Option<Elf> {
        match self.head.get(4)? {
            1 => read::<FileHeader32<Endianness>>(self),
            2 => read::<FileHeader64<Endianness>>(self),
            _ => None,
        }
    }

    /// The windows that the program headers ask for beyond the head.
    fn plan(&self, limit: u64, seen: u64) -> Vec<Window> {
        let ranges = match self.head.get(4) {
            Some(1) => beyond::<FileHeader32<Endianness>>(self, limit),
            Some(2) => beyond::<FileHeader64<Endianness>>(self, limit),
            _ => None,
        };
        // What has gone by is in the head, or lost.
        let windows = ranges.unwrap_or_default().into_iter().filter(|it| it.start >= seen);
        windows.take(4).map(|range| Window { range, bytes: Vec::new() }).collect()
    }
}

fn beyond<H: FileHeader<Endian = Endianness>>(
    pieces: &Pieces,
    limit: u64,
) -> Option<Vec<Range<u64>>> {
    let (_, endian, segments) = open::<H>(pieces)?;
    let table = segments.iter().find(|it| it.p_type(endian) == PT_DYNAMIC);
    let table = table.map(|it| it.file_range(endian).0);
    let wanted = segments.iter().filter(|it| match it.p_type(endian) {
        PT_DYNAMIC | PT_INTERP => true,
        // The names are loaded beside the table that speaks of them.
        PT_LOAD => table.is_some_and(|table| {
            let (start, length) = it.file_range(endian);
            table.checked_sub(start).is_some_and(|inside| inside < length)
        }),
        _ => false,
    });
    let ranges = wanted.filter_map(|it| {
        let (start, length) = it.file_range(endian);
        let end = start.checked_add(length)?;
        (end > limit && length <= WINDOW).then_some(start..end)
    });
    Some(ranges.collect())
}

type Opened<'a, H> = (&'a H, Endianness, &'a [<H as FileHeader>::ProgramHeader]);

fn open<'a, H: FileHeader<Endian = Endianness>>(pieces: &'a Pieces) -> Option<Opened<'a, H>> {
    let header = H::parse(pieces).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, pieces).ok()?;
    (segments.len() <= MANY).then_some((header, endian, segments))
}

fn read<H: FileHeader<Endian = Endianness>>(pieces: &Pieces) -> Option<Elf> {
    let (header, endian, segments) = open::<H>(pieces)?;
    let order = if header.is_big_endian() { ByteOrder::Big } else { ByteOrder::Little };
    let mut elf = Elf {
        class: if header.is_class_64() { 64 } else { 32 },
        machine: (header.e_machine(endian), order),
        interpreter: None,
        needed: Vec::new(),
        soname: None,
        rpath: None,
        runpath: None,
    };
    for segment in segments {
        match segment.p_type(endian) {
            PT_INTERP => {
                elf.interpreter = segment.interpreter(endian, pieces).ok()?.map(spell);
            }
            // Files with debug information alone keep the header and not the table.
            PT_DYNAMIC if segment.file_range(endian).1 > 0 => {
                let table = segment.dynamic(endian, pieces).ok()??;
                let entries = table.iter().map(|it| (it.tag(endian), it.val(endian)));
                let entries: Vec<(i64, u64)> =
                    entries.take_while(|(tag, _)| *tag != DT_NULL).take(MANY).collect();
                let segments = segments.iter().filter(|it| it.p_type(endian) == PT_LOAD);
                let loaded = segments.map(|it| {
                    (
                        it.p_vaddr(endian).into(),
                        it.p_offset(endian).into(),
                        it.p_filesz(endian).into(),
                    )
                });
                fill(&mut elf, pieces, &entries, &loaded.collect::<Vec<(u64, u64, u64)>>())?;
            }
            _ => {}
        }
    }
    Some(elf)
}

/// Takes the names out of the dynamic table. `loaded` is where segments are in memory and in the file.
fn fill(
    elf: &mut Elf,
    pieces: &Pieces,
    entries: &[(i64, u64)],
    loaded: &[(u64, u64, u64)],
) -> Option<()> {
    let names = entries.iter().find(|(tag, _)| *tag == DT_STRTAB).map(|(_, value)| *value);
    let base = names.and_then(|address| {
        let holds = |(start, _, length): &&(u64, u64, u64)| {
            address.checked_sub(*start).is_some_and(|inside| inside < *length)
        };
        let (start, offset, _) = loaded.iter().find(holds)?;
        offset.checked_add(address - start)
    });
    for (tag, value) in entries {
        if !matches!(*tag, DT_NEEDED | DT_SONAME | DT_RPATH | DT_RUNPATH) {
            continue;
        }
        let start = base?.checked_add(*value)?;
        let name = spell(pieces.read_bytes_at_until(start..start.checked_add(4096)?, 0).ok()?);
        match *tag {
            DT_NEEDED => elf.needed.push(name),
            DT_SONAME => elf.soname = Some(name),
            DT_RPATH => elf.rpath = Some(name),
            _ => elf.runpath = Some(name),
        }
    }
    Some(())
}

impl<'a> ReadRef<'a> for &'a Pieces {
    fn len(self) -> Result<u64, ()> {
        Ok(self.head.len() as u64)
    }

    fn read_bytes_at(self, offset: u64, size: u64) -> Result<&'a [u8], ()> {
        let end = offset.checked_add(size).ok_or(())?;
        if let Ok(bytes) = self.head.as_slice().read_bytes_at(offset, size) {
            return Ok(bytes);
        }
        let holds = |it: &&Window| it.range.start <= offset && end <= it.range.end;
        let window = self.windows.iter().find(holds).ok_or(())?;
        window.bytes.as_slice().read_bytes_at(offset - window.range.start, size)
    }

    fn read_bytes_at_until(self, range: Range<u64>, delimiter: u8) -> Result<&'a [u8], ()> {
        let window = self.windows.iter().find(|it| it.range.contains(&range.start));
        let (bytes, begin) = match window {
            // Where a window overlaps the head, it has what the head has not.
            Some(window) => (&window.bytes, window.range.start),
            None => (&self.head, 0),
        };
        let start = usize::try_from(range.start - begin).map_err(|_| ())?;
        let bytes = bytes.get(start..).ok_or(())?;
        let bytes = &bytes[..bytes.len().min((range.end - range.start) as usize)];
        let end = bytes.iter().position(|it| *it == delimiter).ok_or(())?;
        Ok(&bytes[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteOrder, Collector};
    use crate::verify::testing::Program;

    #[test]
    fn what_a_program_needs() {
        let program = Program {
            interpreter: Some("/lib/ld.so"),
            needed: &["liba.so.1", "libb.so"],
            soname: Some("self.so"),
            rpath: Some("$ORIGIN/../lib:/x"),
            runpath: Some("/y"),
        };
        let bytes = program.bytes();
        let mut collector = Collector::new(1 << 20);
        bytes.chunks(7).for_each(|chunk| collector.push(chunk));
        let elf = collector.finish().unwrap();
        assert_eq!((elf.class, elf.machine), (64, (62, ByteOrder::Little)));
        assert_eq!(elf.interpreter.as_deref(), Some("/lib/ld.so"));
        assert_eq!(elf.needed, ["liba.so.1", "libb.so"]);
        assert_eq!(elf.soname.as_deref(), Some("self.so"));
        assert_eq!(elf.rpath.as_deref(), Some("$ORIGIN/../lib:/x"));
        assert_eq!(elf.runpath.as_deref(), Some("/y"));
    }

    #[test]
    fn the_table_may_lie_beyond_what_is_kept_of_the_head() {
        let program = Program { needed: &["liba.so.1"], ..Program::default() };
        let bytes = program.with_table_at(300_000);
        let mut collector = Collector::new(1);
        bytes.chunks(1000).for_each(|chunk| collector.push(chunk));
        assert!(collector.pieces.head.len() < 100_000);
        assert_eq!(collector.finish().unwrap().needed, ["liba.so.1"]);
    }

    #[test]
    fn names_may_lie_beyond_it_as_well() {
        let program = Program { needed: &["liba.so.1"], soname: Some("x"), ..Program::default() };
        let bytes = program.with_all_at(300_000);
        let mut collector = Collector::new(1);
        bytes.chunks(1000).for_each(|chunk| collector.push(chunk));
        let elf = collector.finish().unwrap();
        assert_eq!((elf.needed, elf.soname.as_deref()), (vec!["liba.so.1".to_owned()], Some("x")));
    }

    #[test]
    fn a_damaged_file_is_not_known_and_breaks_nothing() {
        let bytes = Program { needed: &["liba.so.1"], ..Program::default() }.bytes();
        for length in 0..bytes.len() {
            let mut collector = Collector::new(1 << 20);
            collector.push(&bytes[..length]);
            collector.finish();
        }
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0xff;
            let mut collector = Collector::new(1 << 20);
            collector.push(&damaged);
            collector.finish();
        }
    }
}
