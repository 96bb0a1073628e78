//! References, as indexed and as asked for (R4, "reference").

use fhir::resource_type::ResourceType;

/// Where a reference points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A resource on this server.
    Local(ResourceType, String),
    /// Something elsewhere, by its whole URL.
    Url(String),
}

/// Whether `id` is a legal logical id (R4, "id").
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

impl Target {
    /// Reads `Reference.reference` as stored. `None` for a fragment (`#…`) or an empty text.
    pub fn parse(reference: &str) -> Option<Self> {
        if reference.is_empty() || reference.starts_with('#') {
            return None;
        }
        Some(Self::relative(reference).unwrap_or_else(|| Self::Url(reference.to_owned())))
    }

    /// `Type/id` or `Type/id/_history/version`.
    pub fn relative(reference: &str) -> Option<Self> {
        let mut parts = reference.split('/');
        let (ty, id) = (ResourceType::parse(parts.next()?)?, parts.next()?);
        let versioned = match (parts.next(), parts.next(), parts.next()) {
            (None, None, None) => true,
            (Some("_history"), Some(version), None) => is_id(version),
            _ => false,
        };
        (versioned && is_id(id)).then(|| Self::Local(ty, id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_absolute_and_contained_references_are_told_apart() {
        let patient = ResourceType::parse("Patient").unwrap();
        let local = Some(Target::Local(patient, "a-1".into()));
        assert_eq!(Target::parse("Patient/a-1"), local);
        assert_eq!(Target::parse("Patient/a-1/_history/2"), local);
        assert_eq!(Target::parse("#p"), None);
        for url in [
            "http://x/Patient/1",
            "urn:uuid:0",
            "Patient/",
            "Foo/1",
            "Patient/a/b",
        ] {
            assert_eq!(Target::parse(url), Some(Target::Url(url.into())), "{url}");
        }
    }
}
