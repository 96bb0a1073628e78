//! A small PNG: grey pattern made of a name, stored without compression, so that bytes repeat.

/// Width and height in pixels.
pub(crate) const SIZE: u32 = 64;

/// A square picture whose pattern depends on `name`.
pub(crate) fn picture(name: &str) -> Vec<u8> {
    let phase = name.bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let mut rows = Vec::new();
    for y in 0..SIZE {
        // Each row begins with its filter: none.
        rows.push(0);
        rows.extend((0..SIZE).map(|x| pixel(x, y, phase)));
    }
    let mut header = Vec::new();
    header.extend(SIZE.to_be_bytes());
    header.extend(SIZE.to_be_bytes());
    // 8 bits, greyscale, the only compression, filtering, no interlacing.
    header.extend([8, 0, 0, 0, 0]);
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"IDAT", &stored(&rows));
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn pixel(x: u32, y: u32, phase: u32) -> u8 {
    let wave = (x * (phase % 5 + 1) + y * (phase / 5 % 5 + 1)) % 256;
    u8::try_from(wave).unwrap_or(u8::MAX)
}

/// A zlib stream of one stored block; a picture is far below the 65,535 bytes of a block.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend(adler(bytes).to_be_bytes());
    out
}

fn adler(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let mut checked = kind.to_vec();
    checked.extend(body);
    out.extend(length.to_be_bytes());
    out.extend(&checked);
    out.extend(crc(&checked).to_be_bytes());
}

fn crc(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            let mask = if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            crc >> 1 ^ mask
        })
    });
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        // The check values of CRC-32 and Adler-32 for well-known texts.
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_depends_on_its_name_only() {
        assert_eq!(picture("a"), picture("a"));
        assert_ne!(picture("a"), picture("b"));
        assert!(picture("a").ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
