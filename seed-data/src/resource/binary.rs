//! Binary: the content of a file, readable by whoever may read the resource it belongs to.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use crate::chart::Chart;
use crate::draft::Draft;
use crate::element::reference;

impl Chart {
    /// Writes the file `id` that belongs to the resource at `owner`.
    pub(crate) fn write_binary(
        &mut self,
        id: String,
        recorded: DateTime<Utc>,
        (mime, content): (&str, &[u8]),
        owner: &str,
    ) {
        let file = Draft::new("Binary", id, recorded)
            .with("contentType", mime)
            .with("securityContext", reference(owner))
            .with("data", STANDARD.encode(content));
        self.file(file);
    }
}
