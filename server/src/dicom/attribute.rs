//! The attributes that images are searched by and described with (PS3.18 §10.6.1.2.3, §10.6.3.3).

use super::Level;

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One identifier, or several separated by commas.
    Uid,
    /// A day or a range of days.
    Date,
    /// A time or a range of times.
    Time,
    /// Text with `*` and `?`.
    Text,
    /// A number.
    Number,
}

/// A row of the table.
#[derive(Debug)]
pub struct Attribute {
    /// Eight hexadecimal digits.
    pub tag: &'static str,
    /// Keyword of the data dictionary.
    pub keyword: &'static str,
    /// Value representation.
    pub vr: &'static str,
    /// What it describes.
    pub level: Level,
    /// How it is compared; `None` for what can only be read.
    pub matches: Option<Kind>,
    /// Whether a result has it without being asked.
    pub is_default: bool,
}

const fn row(
    tag: &'static str,
    keyword: &'static str,
    vr: &'static str,
    level: Level,
    matches: Option<Kind>,
    is_default: bool,
) -> Attribute {
    Attribute {
        tag,
        keyword,
        vr,
        level,
        matches,
        is_default,
    }
}

/// Sorted by tag.
#[rustfmt::skip]
pub const TABLE: &[Attribute] = &[
    row("00080005", "SpecificCharacterSet", "CS", Level::Study, None, true),
    row("00080016", "SOPClassUID", "UI", Level::Instance, Some(Kind::Uid), true),
    row("00080018", "SOPInstanceUID", "UI", Level::Instance, Some(Kind::Uid), true),
    row("00080020", "StudyDate", "DA", Level::Study, Some(Kind::Date), true),
    row("00080021", "SeriesDate", "DA", Level::Series, Some(Kind::Date), false),
    row("00080030", "StudyTime", "TM", Level::Study, Some(Kind::Time), true),
    row("00080050", "AccessionNumber", "SH", Level::Study, Some(Kind::Text), true),
    row("00080056", "InstanceAvailability", "CS", Level::Study, None, true),
    row("00080060", "Modality", "CS", Level::Series, Some(Kind::Text), true),
    row("00080061", "ModalitiesInStudy", "CS", Level::Study, Some(Kind::Text), true),
    row("00080090", "ReferringPhysicianName", "PN", Level::Study, Some(Kind::Text), true),
    row("00081030", "StudyDescription", "LO", Level::Study, Some(Kind::Text), false),
    row("0008103E", "SeriesDescription", "LO", Level::Series, Some(Kind::Text), true),
    row("00081190", "RetrieveURL", "UR", Level::Study, None, true),
    row("00100010", "PatientName", "PN", Level::Study, Some(Kind::Text), true),
    row("00100020", "PatientID", "LO", Level::Study, Some(Kind::Text), true),
    row("00100030", "PatientBirthDate", "DA", Level::Study, Some(Kind::Date), true),
    row("00100040", "PatientSex", "CS", Level::Study, Some(Kind::Text), true),
    row("00180015", "BodyPartExamined", "CS", Level::Series, Some(Kind::Text), false),
    row("0020000D", "StudyInstanceUID", "UI", Level::Study, Some(Kind::Uid), true),
    row("0020000E", "SeriesInstanceUID", "UI", Level::Series, Some(Kind::Uid), true),
    row("00200010", "StudyID", "SH", Level::Study, Some(Kind::Text), true),
    row("00200011", "SeriesNumber", "IS", Level::Series, Some(Kind::Number), true),
    row("00200013", "InstanceNumber", "IS", Level::Instance, Some(Kind::Number), true),
    row("00201206", "NumberOfStudyRelatedSeries", "IS", Level::Study, None, true),
    row("00201208", "NumberOfStudyRelatedInstances", "IS", Level::Study, None, true),
    row("00201209", "NumberOfSeriesRelatedInstances", "IS", Level::Series, None, true),
    row("00280008", "NumberOfFrames", "IS", Level::Instance, Some(Kind::Number), true),
    row("00280010", "Rows", "US", Level::Instance, Some(Kind::Number), true),
    row("00280011", "Columns", "US", Level::Instance, Some(Kind::Number), true),
    row("00280100", "BitsAllocated", "US", Level::Instance, Some(Kind::Number), true),
];

/// The attribute with this keyword or these hexadecimal digits.
pub fn find(name: &str) -> Option<&'static Attribute> {
    TABLE
        .iter()
        .find(|row| row.keyword == name || row.tag.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use dicom_core::dictionary::{DataDictionary as _, DataDictionaryEntry as _, VirtualVr};
    use dicom_dictionary_std::StandardDataDictionary;

    use super::*;

    #[test]
    fn the_table_is_sorted_and_agrees_with_the_data_dictionary() {
        assert!(TABLE.windows(2).all(|pair| pair[0].tag < pair[1].tag));
        for row in TABLE {
            let entry = StandardDataDictionary.by_name(row.keyword).unwrap();
            let tag = entry.tag();
            assert_eq!(format!("{:04X}{:04X}", tag.group(), tag.element()), row.tag);
            let VirtualVr::Exact(vr) = entry.vr() else {
                panic!("{}", row.keyword)
            };
            assert_eq!(vr.to_string(), row.vr, "{}", row.keyword);
        }
    }
}
