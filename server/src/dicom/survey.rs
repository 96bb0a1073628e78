//! A first walk over the bytes of a file, before anything is built from them: every length lies
//! within the file, and sequences nest only so deep. What passes can be read without fear of a
//! claim of gigabytes or of a stack that overflows.

use super::{EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN};

/// How deep sequences and their items may nest; structured reports stay below 20.
const DEEPEST: usize = 64;
/// Where the data elements begin: after the preamble and `DICM`.
const START: usize = 132;
const UNDEFINED: u32 = u32::MAX;

/// Kinds of value whose length field has 32 bits (PS3.5 Table 7.1-1).
const LONG: &[&[u8; 2]] = &[
    b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV",
];

const PIXELS: Tag = Tag(0x7fe0, 0x0010);
const ITEM: Tag = Tag(0xfffe, 0xe000);
const ITEM_END: Tag = Tag(0xfffe, 0xe00d);
const SEQUENCE_END: Tag = Tag(0xfffe, 0xe0dd);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tag(u16, u16);

/// What is open, and where it ends; `None` when a delimiter ends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Sequence(Option<usize>),
    /// Pixel data in fragments, which are not looked into.
    Fragments,
    Item(Option<usize>),
}

impl Open {
    fn end(self) -> Option<usize> {
        match self {
            Self::Sequence(end) | Self::Item(end) => end,
            Self::Fragments => None,
        }
    }
}

struct Header {
    tag: Tag,
    kind: Option<[u8; 2]>,
    length: u32,
    /// Where the value begins.
    value: usize,
}

/// What a sound file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Survey {
    /// Its transfer syntax.
    pub(super) syntax: String,
    /// The value representation of its pixels; `None` when it has none.
    pub(super) pixels: Option<String>,
}

/// What a sound file is; `None` for what is no DICOM file, is damaged, or is in a syntax that is
/// not read here (big endian, deflated).
pub(super) fn survey(bytes: &[u8]) -> Option<Survey> {
    if bytes.get(128..START)? != b"DICM" {
        return None;
    }
    let (syntax, start) = meta(bytes)?;
    let explicit = match syntax.as_str() {
        IMPLICIT_LITTLE_ENDIAN => false,
        EXPLICIT_LITTLE_ENDIAN => true,
        // All syntaxes with compressed pixels are explicit and little endian (PS3.5 Annex A.4).
        other if other.starts_with("1.2.840.10008.1.2.4.") || other == "1.2.840.10008.1.2.5" => {
            true
        }
        _ => return None,
    };
    let pixels = walk(bytes, start, explicit)?.pixels;
    Some(Survey { syntax, pixels })
}

/// The transfer syntax, and where the group of file meta information ends.
fn meta(bytes: &[u8]) -> Option<(String, usize)> {
    let mut at = START;
    let mut syntax = None;
    while let Some(header) = header(bytes, at, true).filter(|header| header.tag.0 == 2) {
        let end = end(bytes, &header)?;
        if header.tag.1 == 0x10 {
            let text = std::str::from_utf8(&bytes[header.value..end]).ok()?;
            syntax = Some(text.trim_end_matches(['\0', ' ']).to_owned());
        }
        at = end;
    }
    Some((syntax?, at))
}

/// A walk to the end; `None` when something on the way makes no sense.
fn walk(bytes: &[u8], start: usize, explicit: bool) -> Option<Walk<'_>> {
    let mut walk = Walk {
        bytes,
        at: start,
        open: Vec::new(),
        explicit,
        pixels: None,
    };
    while !walk.is_over() {
        walk.step()?;
        if walk.open.len() > DEEPEST {
            return None;
        }
    }
    walk.open.is_empty().then_some(walk)
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<Open>,
    explicit: bool,
    pixels: Option<String>,
}

impl Walk<'_> {
    /// Closes what ends here; whether the file ends too.
    fn is_over(&mut self) -> bool {
        while self
            .open
            .last()
            .is_some_and(|open| open.end() == Some(self.at))
        {
            self.open.pop();
        }
        self.at == self.bytes.len()
    }

    /// One element or delimiter; `None` when it makes no sense.
    fn step(&mut self) -> Option<()> {
        let header = header(self.bytes, self.at, self.explicit)?;
        if header.tag == PIXELS && self.open.is_empty() {
            // Without value representations pixels are words (PS3.5 Annex A.1).
            let kind = header.kind.unwrap_or(*b"OW");
            self.pixels = Some(String::from_utf8_lossy(&kind).into_owned());
        }
        match (self.open.last().copied(), header.tag) {
            (Some(Open::Sequence(_)), ITEM) => self.enter(&header, Open::Item),
            (Some(Open::Fragments), ITEM) => self.pass(&header),
            (Some(Open::Sequence(None) | Open::Fragments), SEQUENCE_END)
            | (Some(Open::Item(None)), ITEM_END) => {
                self.open.pop();
                self.at = header.value;
                Some(())
            }
            (Some(Open::Sequence(_) | Open::Fragments), _)
            | (_, ITEM | ITEM_END | SEQUENCE_END) => None,
            (_, PIXELS) if header.length == UNDEFINED => {
                self.at = header.value;
                self.open.push(Open::Fragments);
                Some(())
            }
            _ if self.is_sequence(&header) => self.enter(&header, Open::Sequence),
            _ => self.pass(&header),
        }
    }

    /// Without value representations a sequence is known by the item that it begins with.
    fn is_sequence(&self, header: &Header) -> bool {
        let begins =
            || self.bytes.get(header.value..header.value + 4) == Some(&[0xfe, 0xff, 0, 0xe0]);
        match header.kind {
            Some(kind) => &kind == b"SQ",
            None => header.length == UNDEFINED || begins(),
        }
    }

    fn enter(&mut self, header: &Header, open: impl Fn(Option<usize>) -> Open) -> Option<()> {
        let end = match header.length {
            UNDEFINED => None,
            _ => Some(self.end(header)?),
        };
        self.at = header.value;
        self.open.push(open(end));
        Some(())
    }

    fn pass(&mut self, header: &Header) -> Option<()> {
        self.at = self.end(header)?;
        Some(())
    }

    /// Where a value ends: within the file and within what it is part of.
    fn end(&self, header: &Header) -> Option<usize> {
        let limit = self.open.iter().rev().find_map(|open| open.end());
        end(self.bytes, header).filter(|end| limit.is_none_or(|limit| *end <= limit))
    }
}

fn end(bytes: &[u8], header: &Header) -> Option<usize> {
    let length = usize::try_from(header.length).ok()?;
    let end = header.value.checked_add(length)?;
    (header.length != UNDEFINED && end <= bytes.len()).then_some(end)
}

fn header(bytes: &[u8], at: usize, explicit: bool) -> Option<Header> {
    let short = |at: usize| Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let long = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let tag = Tag(short(at)?, short(at + 2)?);
    if !explicit || tag.0 == 0xfffe {
        return Some(Header {
            tag,
            kind: None,
            length: long(at + 4)?,
            value: at + 8,
        });
    }
    let kind: [u8; 2] = *bytes.get(at + 4..)?.first_chunk()?;
    let (length, value) = if LONG.contains(&&kind) {
        (long(at + 8)?, at + 12)
    } else {
        (u32::from(short(at + 6)?), at + 8)
    };
    Some(Header {
        tag,
        kind: Some(kind),
        length,
        value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: (u16, u16), kind: [u8; 2], value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend(tag.0.to_le_bytes());
        out.extend(tag.1.to_le_bytes());
        out.extend(kind);
        if LONG.contains(&&kind) {
            out.extend([0, 0]);
            out.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        } else {
            out.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
        }
        out.extend(value);
        out
    }

    fn file(syntax: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM");
        bytes.extend(element((2, 0x10), *b"UI", syntax.as_bytes()));
        bytes.extend(data);
        bytes
    }

    fn nested(depth: usize) -> Vec<u8> {
        let mut inner = Vec::new();
        for _ in 0..depth {
            let mut item = vec![0xfe, 0xff, 0, 0xe0];
            item.extend(u32::try_from(inner.len()).unwrap().to_le_bytes());
            item.extend(inner);
            inner = element((8, 0x1140), *b"SQ", &item);
        }
        inner
    }

    fn syntax(bytes: &[u8]) -> Option<String> {
        survey(bytes).map(|survey| survey.syntax)
    }

    #[test]
    fn a_sound_file_tells_its_syntax() {
        let data = element((8, 5), *b"CS", b"ISO_IR 192");
        let bytes = file(EXPLICIT_LITTLE_ENDIAN, &data);
        assert_eq!(syntax(&bytes).as_deref(), Some(EXPLICIT_LITTLE_ENDIAN));
        assert!(syntax(&file(EXPLICIT_LITTLE_ENDIAN, &nested(20))).is_some());
        assert_eq!(syntax(&file("1.2.840.10008.1.2.2", &data)), None);
        assert_eq!(syntax(b"no file"), None);
    }

    #[test]
    fn what_claims_more_than_there_is_or_nests_without_end_is_refused() {
        let mut beyond = element((8, 5), *b"OB", b"ab");
        beyond[8..12].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
        assert_eq!(syntax(&file(EXPLICIT_LITTLE_ENDIAN, &beyond)), None);
        assert_eq!(syntax(&file(EXPLICIT_LITTLE_ENDIAN, &nested(5_000))), None);
        let mut cut = file(EXPLICIT_LITTLE_ENDIAN, &nested(3));
        cut.pop();
        assert_eq!(syntax(&cut), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(data in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), implicit: bool) {
            let syntax_of = if implicit { IMPLICIT_LITTLE_ENDIAN } else { EXPLICIT_LITTLE_ENDIAN };
            let padded = if syntax_of.len() % 2 == 1 { format!("{syntax_of}\0") } else { syntax_of.to_owned() };
            let bytes = file(&padded, &data);
            let _ = (crate::dicom::File::read(&bytes), crate::dicom::Instance::read(&bytes));
        }
    }
}
