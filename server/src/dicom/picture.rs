//! A frame as people see it: stored values through modality and window to 8 bits, as PNG or JPEG
//! (PS3.3 §C.11, PS3.18 §8.3.5).

use dicom_dictionary_std::tags;
use jpeg_encoder::{ColorType, Encoder};

use super::File;
use super::frame::JPEG_BASELINE;

/// A format of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// How a picture is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// In which format.
    pub format: Format,
    /// 1 to 100, of JPEG.
    pub quality: u8,
    /// Centre and width of the values that are told apart; the file's own when not given.
    pub window: Option<Window>,
}

/// Which values become black and white (PS3.3 §C.11.2.1.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The value in the middle.
    pub centre: f64,
    /// From black to white; at least 1.
    pub width: f64,
}

/// Pixels of 8 bits.
struct Canvas {
    width: u16,
    height: u16,
    is_colour: bool,
    pixels: Vec<u8>,
}

impl File {
    /// A frame, counted from 1, as a picture; `None` when this server cannot draw it.
    pub fn picture(&self, number: usize, wish: &Wish) -> Option<Vec<u8>> {
        let frame = self.frame(number)?;
        if !self.is_native() {
            let is_done = self.syntax() == JPEG_BASELINE && wish.format == Format::Jpeg;
            return is_done.then_some(frame);
        }
        self.canvas(&frame, wish.window)?.encode(wish)
    }

    fn canvas(&self, frame: &[u8], window: Option<Window>) -> Option<Canvas> {
        let side = |tag| {
            u16::try_from(self.number(tag)?)
                .ok()
                .filter(|side| *side > 0)
        };
        let (height, width) = (side(tags::ROWS)?, side(tags::COLUMNS)?);
        let kind = self.text(tags::PHOTOMETRIC_INTERPRETATION);
        let pixels = match kind.as_str() {
            "MONOCHROME1" | "MONOCHROME2" => self.grey(frame, window, kind == "MONOCHROME1")?,
            "RGB" => self.colour(frame)?,
            _ => return None,
        };
        Some(Canvas {
            width,
            height,
            is_colour: kind == "RGB",
            pixels,
        })
    }

    fn grey(&self, frame: &[u8], window: Option<Window>, is_inverse: bool) -> Option<Vec<u8>> {
        let values = self.values(frame)?;
        let window = window
            .or_else(|| self.window())
            .unwrap_or_else(|| Window::of(&values));
        let shade = |value: f64| {
            let shade = window.shade(value);
            if is_inverse { u8::MAX - shade } else { shade }
        };
        Some(values.into_iter().map(shade).collect())
    }

    /// Stored values after the modality's slope and intercept.
    fn values(&self, frame: &[u8]) -> Option<Vec<f64>> {
        let stored = self.number(tags::BITS_STORED)?;
        let is_signed = self.number(tags::PIXEL_REPRESENTATION) == Some(1);
        let number = |tag, or| self.decimal(tag).unwrap_or(or);
        let slope = number(tags::RESCALE_SLOPE, 1.0);
        let intercept = number(tags::RESCALE_INTERCEPT, 0.0);
        let value = |raw: u16| f64::from(signed(raw, stored, is_signed)) * slope + intercept;
        match self.number(tags::BITS_ALLOCATED)? {
            8 => Some(frame.iter().map(|byte| value(u16::from(*byte))).collect()),
            16 => Some(
                frame
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|pair| value(u16::from_le_bytes(*pair)))
                    .collect(),
            ),
            _ => None,
        }
    }

    /// Interleaved red, green and blue.
    fn colour(&self, frame: &[u8]) -> Option<Vec<u8>> {
        if self.number(tags::BITS_ALLOCATED)? != 8 || self.number(tags::SAMPLES_PER_PIXEL)? != 3 {
            return None;
        }
        if self.number(tags::PLANAR_CONFIGURATION) != Some(1) {
            return Some(frame.to_vec());
        }
        let plane = frame.len() / 3;
        let at = |index: usize| frame.get(index % 3 * plane + index / 3).copied();
        (0..plane * 3).map(at).collect()
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            centre: self.decimal(tags::WINDOW_CENTER)?,
            width: self
                .decimal(tags::WINDOW_WIDTH)
                .filter(|width| *width >= 1.0)?,
        })
    }

    /// The first of the decimals of an attribute.
    fn decimal(&self, tag: dicom_core::Tag) -> Option<f64> {
        self.object()
            .get(tag)?
            .to_multi_float64()
            .ok()?
            .first()
            .copied()
    }
}

/// A stored value of so many bits, the highest of which may be its sign.
fn signed(raw: u16, bits: usize, is_signed: bool) -> i32 {
    let bits = u32::try_from(bits).unwrap_or(16).clamp(1, 16);
    let value = i32::from(raw) & ((1 << bits) - 1);
    if is_signed && value >> (bits - 1) == 1 {
        value - (1 << bits)
    } else {
        value
    }
}

impl Window {
    /// All values that there are.
    fn of(values: &[f64]) -> Self {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self {
            centre: f64::midpoint(low, high) + 0.5,
            width: (high - low + 1.0).max(1.0),
        }
    }

    /// PS3.3 §C.11.2.1.2.1, to 0…255.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the range of a byte before"
    )]
    fn shade(self, value: f64) -> u8 {
        let span = (self.width - 1.0).max(f64::MIN_POSITIVE);
        let share = (value - (self.centre - 0.5)) / span + 0.5;
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

impl Canvas {
    fn encode(&self, wish: &Wish) -> Option<Vec<u8>> {
        match wish.format {
            Format::Jpeg => self.jpeg(wish.quality),
            Format::Png => self.png(),
        }
    }

    fn jpeg(&self, quality: u8) -> Option<Vec<u8>> {
        let colour = if self.is_colour {
            ColorType::Rgb
        } else {
            ColorType::Luma
        };
        let mut bytes = Vec::new();
        Encoder::new(&mut bytes, quality)
            .encode(&self.pixels, self.width, self.height, colour)
            .ok()?;
        Some(bytes)
    }

    fn png(&self) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width.into(), self.height.into());
        encoder.set_color(if self.is_colour {
            png::ColorType::Rgb
        } else {
            png::ColorType::Grayscale
        });
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&self.pixels).ok()?;
        writer.finish().ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_goes_from_black_to_white_and_no_further() {
        let window = Window {
            centre: 50.0,
            width: 101.0,
        };
        assert_eq!(window.shade(-1000.0), 0);
        assert_eq!(window.shade(49.5), 128);
        assert_eq!(window.shade(1000.0), 255);
        let all = Window::of(&[0.0, 255.0]);
        assert_eq!((all.shade(0.0), all.shade(255.0)), (0, 255));
        let flat = Window::of(&[7.0]);
        assert!([0, 128, 255].contains(&flat.shade(7.0)));
    }

    #[test]
    fn the_highest_stored_bit_is_the_sign_of_signed_values() {
        assert_eq!(signed(0x0fff, 12, true), -1);
        assert_eq!(signed(0x0fff, 12, false), 4095);
        assert_eq!(signed(0xffff, 16, true), -1);
    }
}
