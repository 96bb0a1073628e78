//! How far a long piece of work is.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many records; shown on standard error, and only when that is a terminal.
pub fn bar(what: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_prefix(what)
}
