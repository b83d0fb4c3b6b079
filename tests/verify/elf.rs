//! A program made by hand that does nothing but need a library.

/// A 64-bit little-endian ELF file.
pub(crate) fn program(interpreter: Option<&str>, needed: &[&str]) -> Vec<u8> {
    let mut names = vec![0];
    let mut name = |text: &str| {
        let at = names.len() as u64;
        names.extend(text.bytes());
        names.push(0);
        at
    };
    let named = interpreter.map(|it| (name(it), it.len() as u64 + 1));
    let mut table: Vec<(u64, u64)> = needed.iter().map(|it| (1, name(it))).collect();
    let start = 64 + 3 * 56_u64;
    table.extend([(5, start), (0, 0)]);
    let at = (start + names.len() as u64).next_multiple_of(16);
    let length = table.len() as u64 * 16;
    let mut segments = vec![(1_u32, 0, at + length), (2, at, length)];
    segments.extend(named.map(|(name, size)| (3, start + name, size)));
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    for word in [0, 64, 0_u64] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([0; 4]);
    for half in [64, 56, u16::try_from(segments.len()).unwrap(), 0, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    for (kind, offset, length) in segments {
        bytes.extend(kind.to_le_bytes());
        bytes.extend(4_u32.to_le_bytes());
        for word in [offset, offset, offset, length, length, 8] {
            bytes.extend(word.to_le_bytes());
        }
    }
    bytes.resize(start as usize, 0);
    bytes.extend(names);
    bytes.resize(at as usize, 0);
    for (tag, value) in table {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes
}
