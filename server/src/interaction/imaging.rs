//! What is asked of the images: some of them by their identifiers, or a search among them
//! (PS3.18 §10.4, §10.6).
//!
//! It always begins with an ordinary search of `ImagingStudy`: images are seen by whoever sees the
//! study that they belong to, and by nobody else.

use fhir::resource_type::ResourceType;
use smart::scope::Action;

use crate::dicom::{Search, Uid};
use crate::problem::{Kind, Problem, printable};
use crate::search::query::{Context, Handling, Query};

/// The system of identifiers that are those of DICOM (R4, `ImagingStudy`).
const DICOM_UID: &str = "urn:dicom:uid";

/// Which images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Of this study.
    pub study: Option<Uid>,
    /// Of this series.
    pub series: Option<Uid>,
    /// This one.
    pub instance: Option<Uid>,
}

/// A request for images.
#[derive(Debug, Clone)]
pub struct Imaging {
    /// The studies that they may belong to.
    pub studies: Query,
    /// The type of resource that holds the files.
    pub files: ResourceType,
    /// Which.
    pub scope: Scope,
    /// What they must match; `None` when they are asked for by their identifiers.
    pub search: Option<Search>,
}

impl Scope {
    /// Reads identifiers of a path.
    pub fn parse(
        study: Option<&str>,
        series: Option<&str>,
        instance: Option<&str>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            study: study.map(uid).transpose()?,
            series: series.map(uid).transpose()?,
            instance: instance.map(uid).transpose()?,
        })
    }

    /// Whether it holds an instance with these identifiers.
    pub fn holds(&self, study: &str, series: &str, instance: &str) -> bool {
        let fits =
            |wanted: &Option<Uid>, uid| wanted.as_ref().is_none_or(|wanted| wanted.as_str() == uid);
        fits(&self.study, study) && fits(&self.series, series) && fits(&self.instance, instance)
    }
}

fn uid(text: &str) -> Result<Uid, Problem> {
    Uid::parse(text).ok_or_else(|| {
        Problem::new(
            Kind::Value,
            format!(
                "'{}' is not a DICOM unique identifier; accepted: numbers joined by dots, at most 64 characters.",
                printable(text)
            ),
        )
    })
}

impl Imaging {
    /// The letter of a scope that allows it.
    pub fn needs(&self) -> Action {
        if self.search.is_some() {
            Action::Search
        } else {
            Action::Read
        }
    }

    /// A request for the images of a scope; with `search`, for those that match it.
    pub fn new(
        scope: Scope,
        mut search: Option<Search>,
        context: &Context<'_>,
    ) -> Result<Self, Problem> {
        if let Some(search) = &mut search {
            search.within(scope.study.as_ref(), scope.series.as_ref());
        }
        let study = scope
            .study
            .clone()
            .or_else(|| search.as_ref().and_then(Search::study));
        let pairs: Vec<_> = study
            .iter()
            .map(|uid| {
                let identifier = format!("{DICOM_UID}|urn:oid:{}", uid.as_str());
                ("identifier".to_owned(), identifier)
            })
            .collect();
        let ty = |name| ResourceType::parse(name).ok_or_else(|| Problem::unknown_type(name));
        Ok(Self {
            studies: Query::parse(ty("ImagingStudy")?, &pairs, Handling::Strict, context)?,
            files: ty("Binary")?,
            scope,
            search,
        })
    }
}
