//! The query parameters of rendered frames.

use crate::dicom::picture::{Format, Window, Wish};
use crate::problem::{Kind, Problem};

/// How a picture is to look (PS3.18 §8.3.5.1).
pub(super) struct Wanted {
    quality: u8,
    window: Option<Window>,
}

impl Wanted {
    pub(super) fn parse(pairs: &[(String, String)]) -> Result<Self, Problem> {
        let value = |wanted| {
            let mut all = pairs.iter();
            all.find_map(|(name, value)| (name == wanted).then_some(value.as_str()))
        };
        let read = |name: &str, accepted: &str, is_legal: bool| {
            let said = format!("The parameter '{name}' takes {accepted}.");
            let problem = || Problem::new(Kind::Value, said).at_parameter(name);
            if is_legal { Ok(()) } else { Err(problem()) }
        };
        let quality = value("quality").map(|text| text.parse().unwrap_or(0));
        read(
            "quality",
            "1 to 100",
            quality.is_none_or(|quality| (1..=100).contains(&quality)),
        )?;
        let window = value("window").map(window);
        read(
            "window",
            "a centre, a width of 1 or more, and the function 'linear'",
            window != Some(None),
        )?;
        Ok(Self {
            quality: quality.unwrap_or(90),
            window: window.flatten(),
        })
    }

    /// A picture that looks so, in a format.
    pub(super) fn wish(&self, format: Format) -> Wish {
        Wish {
            format,
            quality: self.quality,
            window: self.window,
        }
    }
}

fn window(text: &str) -> Option<Window> {
    let parts: Vec<_> = text.split(',').collect();
    let number = |at: usize| {
        parts
            .get(at)?
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    };
    let is_linear = parts.get(2).is_none_or(|function| *function == "linear");
    Some(Window {
        centre: number(0)?,
        width: number(1).filter(|width| *width >= 1.0 && is_linear && parts.len() <= 3)?,
    })
}
