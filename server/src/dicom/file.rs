//! A file read into memory: its identity, its attributes, its bytes in another syntax.

use std::collections::BTreeMap;

use dicom_core::header::{HasLength as _, Header as _};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, InMemDicomObject, OpenFileOptions};
use serde_json::{Map, Value, json};

use super::{EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN, survey};

/// Binary values longer than this are not part of the metadata but fetched by themselves.
const INLINE: u32 = 1024;
/// What a bulk value is named after until the address of its instance is known.
const BULK: &str = "BulkDataURI";

/// A whole file.
pub struct File {
    object: DefaultDicomObject,
    syntax: String,
}

/// What is known about a file without its pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub uid: String,
    /// Transfer syntax of the file.
    pub syntax: String,
    /// DICOM JSON (PS3.18 Annex F); bulk values as [`Instance::metadata`] completes them.
    pub attributes: Map<String, Value>,
}

impl File {
    /// Reads a file; `None` when it is none, or damaged, or in a syntax that is not read here.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let survey = survey::survey(bytes)?;
        let object = OpenFileOptions::new().from_reader(bytes).ok()?;
        Some(Self {
            object,
            syntax: survey.syntax,
        })
    }

    /// The data set.
    pub(super) fn object(&self) -> &InMemDicomObject {
        &self.object
    }

    /// The transfer syntax it is in.
    pub fn syntax(&self) -> &str {
        &self.syntax
    }

    /// Whether its pixels are not compressed.
    pub fn is_native(&self) -> bool {
        is_native(&self.syntax)
    }

    /// The text of an attribute, trimmed; empty when it is not there.
    pub(super) fn text(&self, tag: Tag) -> String {
        text(&self.object, tag)
    }

    /// The bytes of the value that eight hexadecimal digits name, `7FE00010` for pixels that are
    /// not compressed; `None` when there is no such value.
    pub fn bulk(&self, name: &str) -> Option<Vec<u8>> {
        let element = self.object.get(tag(name)?)?;
        element.to_bytes().ok().map(std::borrow::Cow::into_owned)
    }

    /// The file with other value representations and the same pixels; `None` when that cannot be
    /// written.
    pub fn in_explicit_little_endian(mut self) -> Option<Vec<u8>> {
        self.object
            .update_meta(|meta| EXPLICIT_LITTLE_ENDIAN.clone_into(&mut meta.transfer_syntax));
        let mut bytes = Vec::new();
        self.object.write_all(&mut bytes).ok()?;
        Some(bytes)
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "File({})", self.syntax)
    }
}

/// Whether pixels in this syntax are not compressed.
pub(super) fn is_native(syntax: &str) -> bool {
    [EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN].contains(&syntax)
}

fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object
        .get(tag)
        .and_then(|element| element.to_str().ok())
        .map(|text| text.trim_matches(['\0', ' ']).to_owned())
        .unwrap_or_default()
}

/// The data set as JSON, sorted by tag, with texts in UTF-8 whatever they were.
fn attributes(mut object: InMemDicomObject) -> BTreeMap<String, Value> {
    let bulk: Vec<(Tag, VR)> = object
        .iter()
        .filter(|element| is_bulk(element.vr(), element.length().0))
        .map(|element| (element.tag(), element.vr()))
        .collect();
    for (tag, _) in &bulk {
        object.remove_element(*tag);
    }
    object.convert_to_utf8();
    let mut sorted: BTreeMap<String, Value> = match dicom_json::to_value(&object) {
        Ok(Value::Object(members)) => members.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    for (tag, vr) in bulk {
        sorted.insert(name(tag), json!({ "vr": vr.to_string(), BULK: "" }));
    }
    sorted
}

fn is_bulk(vr: VR, length: u32) -> bool {
    let is_binary = matches!(
        vr,
        VR::OB | VR::OD | VR::OF | VR::OL | VR::OV | VR::OW | VR::UN
    );
    is_binary && length > INLINE
}

/// Eight hexadecimal digits.
fn name(tag: Tag) -> String {
    format!("{:04X}{:04X}", tag.group(), tag.element())
}

/// The tag that eight hexadecimal digits name.
pub(super) fn tag(name: &str) -> Option<Tag> {
    let legal = name.len() == 8 && name.bytes().all(|digit| digit.is_ascii_hexdigit());
    let number = |digits: &str| u16::from_str_radix(digits, 16).ok();
    legal.then(|| Some(Tag(number(&name[..4])?, number(&name[4..])?)))?
}

impl Instance {
    /// What is known about a file without its pixels; `None` when it is none, is damaged, or does
    /// not say which instance it is.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let survey = survey::survey(bytes)?;
        let before_pixels = OpenFileOptions::new().read_until(tags::PIXEL_DATA);
        let object = before_pixels.from_reader(bytes).ok()?.into_inner();
        let uid = |tag| Some(text(&object, tag)).filter(|uid| !uid.is_empty());
        let (study, series) = (
            uid(tags::STUDY_INSTANCE_UID)?,
            uid(tags::SERIES_INSTANCE_UID)?,
        );
        let uid = uid(tags::SOP_INSTANCE_UID)?;
        let mut attributes = attributes(object);
        // Compressed pixels are no one value: they are had as frames.
        if let Some(vr) = survey.pixels.filter(|_| is_native(&survey.syntax)) {
            attributes.insert(name(tags::PIXEL_DATA), json!({ "vr": vr, BULK: "" }));
        }
        Some(Self {
            study,
            series,
            uid,
            syntax: survey.syntax,
            attributes: attributes.into_iter().collect(),
        })
    }

    /// Its address below the base of the images.
    pub fn path(&self) -> String {
        format!(
            "studies/{}/series/{}/instances/{}",
            self.study, self.series, self.uid
        )
    }

    /// The attributes with addresses of bulk values below `base`, without a slash at the end.
    pub fn metadata(&self, base: &str) -> Value {
        let address = format!("{base}/{}/bulkdata", self.path());
        let members = self.attributes.iter().map(|(name, attribute)| {
            let mut attribute = attribute.clone();
            if let Some(uri) = attribute.get_mut(BULK) {
                *uri = json!(format!("{address}/{name}"));
            }
            (name.clone(), attribute)
        });
        Value::Object(members.collect())
    }

    /// Whether its pixels are not compressed.
    pub fn is_native(&self) -> bool {
        is_native(&self.syntax)
    }
}
