//! Media: a photograph of the patient's body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::chart::{Chart, Lag};
use crate::document::png;
use crate::element::{Coding, body_site, concept, reference};
use crate::identifier as ids;
use crate::json::Object;
use crate::resource::encounter::Visit;

impl Chart {
    /// Writes a photograph of a key of `body-sites.tsv`, taken in `visit`, with its file.
    pub(crate) fn write_photograph(&mut self, visit: &Visit, site: &str, title: &str) -> String {
        let key = format!("media-{}-{site}", visit.start.date().format("%Y%m%d"));
        let taken = visit.start.plus_minutes(14);
        let draft = self.draft("Media", &key, taken, Lag::Visit);
        let picture = png::picture(draft.id());
        let file = ids::owned(draft.id(), "file");
        let content = Object::new()
            .with("contentType", "image/png")
            .with("url", format!("Binary/{file}"))
            .with("size", u32::try_from(picture.len()).unwrap_or(u32::MAX))
            .with("hash", STANDARD.encode(Sha1::digest(&picture)))
            .with("title", title)
            .with("creation", taken);
        let recorded = draft.recorded();
        let draft = draft
            .with("status", "completed")
            .with("type", concept(Coding::term("media-type", "image")))
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("createdDateTime", taken)
            .with("issued", recorded)
            .with("operator", visit.practitioner.reference())
            .with("bodySite", body_site(site))
            .with("height", png::SIZE)
            .with("width", png::SIZE)
            .with("content", content);
        let link = self.file(draft);
        self.write_binary(file, recorded, ("image/png", &picture), &link);
        link
    }
}
