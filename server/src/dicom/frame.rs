//! The frames of an image: one after the other in the pixel data, or one fragment each
//! (PS3.3 §C.7.6.3, PS3.5 §A.4).

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::File;

/// Media types of compressed frames, by transfer syntax (PS3.18 Table 8.7.3-2).
const COMPRESSED: &[(&str, &str)] = &[
    ("1.2.840.10008.1.2.4.50", "image/jpeg"),
    ("1.2.840.10008.1.2.4.51", "image/jpeg"),
    ("1.2.840.10008.1.2.4.57", "image/jpeg"),
    ("1.2.840.10008.1.2.4.70", "image/jpeg"),
    ("1.2.840.10008.1.2.4.80", "image/jls"),
    ("1.2.840.10008.1.2.4.81", "image/jls"),
    ("1.2.840.10008.1.2.4.90", "image/jp2"),
    ("1.2.840.10008.1.2.4.91", "image/jp2"),
    ("1.2.840.10008.1.2.5", "image/dicom-rle"),
];

/// JPEG with 8 bits, which every browser shows.
pub const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
/// Media type of frames that are not compressed.
pub const OCTETS: &str = "application/octet-stream";

/// The media type that frames in this syntax have; `None` when it is not known.
pub fn media_type(syntax: &str) -> Option<&'static str> {
    if super::file::is_native(syntax) {
        return Some(OCTETS);
    }
    let row = COMPRESSED.iter().find(|(known, _)| *known == syntax);
    row.map(|(_, media_type)| *media_type)
}

impl File {
    /// A number among the attributes.
    pub(super) fn number(&self, tag: Tag) -> Option<usize> {
        self.object().get(tag)?.to_int().ok()
    }

    /// How many frames there are; none when there are no pixels.
    pub fn frames(&self) -> usize {
        if self.object().get(tags::PIXEL_DATA).is_none() {
            return 0;
        }
        self.number(tags::NUMBER_OF_FRAMES).unwrap_or(1).max(1)
    }

    /// A frame, counted from 1, as it lies in the file; `None` when there is no such frame or it
    /// cannot be told where it ends.
    pub fn frame(&self, number: usize) -> Option<Vec<u8>> {
        let at = number.checked_sub(1).filter(|at| *at < self.frames())?;
        let pixels = self.object().get(tags::PIXEL_DATA)?;
        if !self.is_native() {
            let fragments = pixels.fragments()?;
            return match (fragments.len(), self.frames()) {
                (pieces, frames) if pieces == frames => fragments.get(at).cloned(),
                // All fragments are of the only frame.
                (_, 1) => Some(fragments.concat()),
                _ => None,
            };
        }
        let length = self.frame_length()?;
        let bytes = pixels.to_bytes().ok()?;
        let start = at.checked_mul(length)?;
        let end = start.checked_add(length)?;
        bytes.get(start..end).map(<[u8]>::to_vec)
    }

    /// Bytes of a frame; `None` when frames do not end with a byte.
    fn frame_length(&self) -> Option<usize> {
        let bits = self.number(tags::BITS_ALLOCATED)?;
        if bits % 8 != 0 {
            return None;
        }
        self.number(tags::ROWS)?
            .checked_mul(self.number(tags::COLUMNS)?)?
            .checked_mul(self.number(tags::SAMPLES_PER_PIXEL).unwrap_or(1))?
            .checked_mul(bits / 8)
    }
}
