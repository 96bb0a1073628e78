//! A small DICOM file (PS3.10): explicit VR little endian, one frame of 64 × 64 pixels of 8 bits.

/// Width and height in pixels.
const SIZE: u16 = 64;
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Names this writer, below the root of UUIDs.
const WRITER: &str = "2.25.274911835094428703212374019372648109713";

/// What the header of an instance says.
#[derive(Debug, Clone)]
pub(crate) struct Instance<'a> {
    pub(crate) class: &'a str,
    pub(crate) study: &'a str,
    pub(crate) series: &'a str,
    pub(crate) uid: &'a str,
    pub(crate) series_number: u32,
    pub(crate) number: u32,
    pub(crate) modality: &'a str,
    pub(crate) description: &'a str,
    pub(crate) body_part: &'a str,
    /// `YYYYMMDD`.
    pub(crate) date: String,
    /// Family name, `^`, given names.
    pub(crate) patient_name: String,
    pub(crate) patient_number: &'a str,
    /// `YYYYMMDD`.
    pub(crate) birth_date: String,
    /// `F` or `M`.
    pub(crate) sex: &'a str,
}

impl Instance<'_> {
    /// The instance as a file.
    pub(crate) fn file(&self) -> Vec<u8> {
        let mut out = vec![0; 128];
        out.extend(b"DICM");
        let meta = self.meta();
        let length = u32::try_from(meta.len()).unwrap_or(u32::MAX);
        element(&mut out, (2, 0), *b"UL", &length.to_le_bytes());
        out.extend(meta);
        self.identify(&mut out);
        self.describe(&mut out);
        pixels(&mut out, self.number);
        out
    }

    /// The file meta information after its length.
    fn meta(&self) -> Vec<u8> {
        let mut out = Vec::new();
        element(&mut out, (2, 1), *b"OB", &[0, 1]);
        text(&mut out, (2, 2), *b"UI", self.class);
        text(&mut out, (2, 3), *b"UI", self.uid);
        text(&mut out, (2, 0x10), *b"UI", EXPLICIT_LITTLE_ENDIAN);
        text(&mut out, (2, 0x12), *b"UI", WRITER);
        out
    }

    /// Which instance it is, when it was made, by what.
    fn identify(&self, out: &mut Vec<u8>) {
        text(out, (8, 5), *b"CS", "ISO_IR 192");
        text(out, (8, 8), *b"CS", "ORIGINAL\\PRIMARY");
        text(out, (8, 0x16), *b"UI", self.class);
        text(out, (8, 0x18), *b"UI", self.uid);
        for number in [0x20, 0x21, 0x23] {
            text(out, (8, number), *b"DA", &self.date);
        }
        text(out, (8, 0x30), *b"TM", "");
        text(out, (8, 0x50), *b"SH", "");
        text(out, (8, 0x60), *b"CS", self.modality);
        text(out, (8, 0x70), *b"LO", "Example Imaging");
        text(out, (8, 0x90), *b"PN", "");
        text(out, (8, 0x1030), *b"LO", self.description);
    }

    /// Patient, study, series.
    fn describe(&self, out: &mut Vec<u8>) {
        text(out, (0x10, 0x10), *b"PN", &self.patient_name);
        text(out, (0x10, 0x20), *b"LO", self.patient_number);
        text(out, (0x10, 0x30), *b"DA", &self.birth_date);
        text(out, (0x10, 0x40), *b"CS", self.sex);
        text(out, (0x18, 0x15), *b"CS", self.body_part);
        text(out, (0x20, 0x0d), *b"UI", self.study);
        text(out, (0x20, 0x0e), *b"UI", self.series);
        text(out, (0x20, 0x10), *b"SH", "");
        text(out, (0x20, 0x11), *b"IS", &self.series_number.to_string());
        text(out, (0x20, 0x13), *b"IS", &self.number.to_string());
    }
}

/// The picture: a gradient with as many white squares as the number of the instance.
fn pixels(out: &mut Vec<u8>, number: u32) {
    let short =
        |out: &mut Vec<u8>, tag, value: u16| element(out, tag, *b"US", &value.to_le_bytes());
    short(out, (0x28, 2), 1);
    text(out, (0x28, 4), *b"CS", "MONOCHROME2");
    short(out, (0x28, 0x10), SIZE);
    short(out, (0x28, 0x11), SIZE);
    short(out, (0x28, 0x100), 8);
    short(out, (0x28, 0x101), 8);
    short(out, (0x28, 0x102), 7);
    short(out, (0x28, 0x103), 0);
    let marked = |x: u16, y: u16| (4..8).contains(&y) && x % 8 < 4 && u32::from(x / 8) < number;
    let frame: Vec<u8> = (0..SIZE)
        .flat_map(|y| (0..SIZE).map(move |x| (x, y)))
        .map(|(x, y)| {
            if marked(x, y) {
                255
            } else {
                u8::try_from(x + y).unwrap_or(u8::MAX)
            }
        })
        .collect();
    element(out, (0x7fe0, 0x10), *b"OB", &frame);
}

/// A text value, filled up to an even length: identifiers with zero, other text with space.
fn text(out: &mut Vec<u8>, tag: (u16, u16), kind: [u8; 2], value: &str) {
    let mut bytes = value.as_bytes().to_vec();
    if bytes.len() % 2 == 1 {
        bytes.push(if &kind == b"UI" { 0 } else { b' ' });
    }
    element(out, tag, kind, &bytes);
}

/// A data element; bytes have a long length field, all other kinds a short one.
fn element(out: &mut Vec<u8>, (group, number): (u16, u16), kind: [u8; 2], value: &[u8]) {
    out.extend(group.to_le_bytes());
    out.extend(number.to_le_bytes());
    out.extend(kind);
    if &kind == b"OB" {
        let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
        out.extend([0, 0]);
        out.extend(length.to_le_bytes());
    } else {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        out.extend(length.to_le_bytes());
    }
    out.extend(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Instance<'static> {
        Instance {
            class: "1.2.840.10008.5.1.4.1.1.2",
            study: "2.25.1",
            series: "2.25.2",
            uid: "2.25.333",
            series_number: 1,
            number: 2,
            modality: "CT",
            description: "CT Chest",
            body_part: "CHEST",
            date: "20250102".to_owned(),
            patient_name: "Adams^Daniel".to_owned(),
            patient_number: "1288992",
            birth_date: "19430102".to_owned(),
            sex: "M",
        }
    }

    /// Reads the file back: tags with their values.
    fn read(file: &[u8]) -> Vec<((u16, u16), Vec<u8>)> {
        assert_eq!(&file[128..132], b"DICM");
        let short = |at: usize| u16::from_le_bytes([file[at], file[at + 1]]);
        let (mut at, mut elements) = (132, Vec::new());
        while at < file.len() {
            let tag = (short(at), short(at + 2));
            let (start, length) = if &file[at + 4..at + 6] == b"OB" {
                let bytes = [file[at + 8], file[at + 9], file[at + 10], file[at + 11]];
                (at + 12, u32::from_le_bytes(bytes) as usize)
            } else {
                (at + 8, usize::from(short(at + 6)))
            };
            assert_eq!(length % 2, 0, "{tag:?}");
            elements.push((tag, file[start..start + length].to_vec()));
            at = start + length;
        }
        elements
    }

    #[test]
    fn the_file_reads_back_with_tags_in_order() {
        let elements = read(&instance().file());
        assert!(elements.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let value = |tag| &elements.iter().find(|(own, _)| *own == tag).unwrap().1;
        assert_eq!(value((8, 0x18)), b"2.25.333");
        assert_eq!(value((0x10, 0x10)), b"Adams^Daniel");
        assert_eq!(value((0x7fe0, 0x10)).len(), 4_096);
    }

    #[test]
    fn the_meta_information_is_as_long_as_it_says() {
        let elements = read(&instance().file());
        let (tag, value) = &elements[0];
        assert_eq!(*tag, (2, 0));
        let length: usize = elements
            .iter()
            .filter(|((group, number), _)| *group == 2 && *number > 0)
            .map(|((_, number), value)| value.len() + if *number == 1 { 12 } else { 8 })
            .sum();
        assert_eq!(value, &u32::try_from(length).unwrap().to_le_bytes());
    }
}
