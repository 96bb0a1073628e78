//! `ImagingStudy`: the series and instances of one examination.

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, identifier, reference, typed_identifier};
use crate::identifier::dicom_uid;
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::stream::Stream;
use crate::table::clinical::{Condition, Imaging};
use crate::world;

impl Chart {
    /// Writes an `ImagingStudy` made for the order at `request`.
    pub(crate) fn write_imaging_study(
        &mut self,
        row: &'static Imaging,
        visit: &Visit,
        request: &str,
        reason: Option<&'static Condition>,
    ) -> String {
        let key = format!("img-{}-{}", row.key, visit.start.date().format("%Y%m%d"));
        let mut stream = self.stream(&key);
        let started = visit.start.plus_minutes(15);
        let study_uid = format!("urn:oid:{}", dicom_uid(&mut stream));
        let draft = self.draft("ImagingStudy", &key, started, Lag::Visit);
        let accession = typed_identifier(
            "ACSN",
            "https://example.org/clearview/accession",
            draft.id(),
        );
        let count = |number: i64| u32::try_from(number).unwrap_or(0);
        let all: Vec<Object> = (1..=row.series)
            .map(|number| series(row, count(number), started, &mut stream))
            .collect();
        let draft = draft
            .with(
                "identifier",
                vec![identifier("urn:dicom:uid", &study_uid), accession],
            )
            .with("status", "available")
            .with("modality", [modality(row)])
            .with("subject", self.subject())
            .with("encounter", reference(&visit.link))
            .with("started", started)
            .with("basedOn", [reference(request)])
            .with("referrer", visit.practitioner.reference())
            .with(
                "interpreter",
                [self.site.practitioner("radiology").reference()],
            )
            .with("endpoint", [reference(&world::image_endpoint())])
            .with("numberOfSeries", count(row.series))
            .with("numberOfInstances", count(row.series * row.instances))
            .with(
                "procedureCode",
                [concept(Coding::snomed(
                    row.procedure_snomed,
                    row.procedure_display,
                ))],
            )
            .with("reasonCode", reason.map(|row| [row.concept()]))
            .with("description", row.report_display)
            .with("series", all);
        self.file(draft)
    }
}

fn modality(row: &Imaging) -> Coding {
    Coding::new("dcm", row.modality, row.modality_display)
}

fn series(row: &'static Imaging, number: u32, started: Moment, stream: &mut Stream) -> Object {
    let uid = dicom_uid(stream);
    let count = u32::try_from(row.instances).unwrap_or(0);
    let instances: Vec<Object> = (1..=count)
        .map(|instance| image(row, instance, stream))
        .collect();
    Object::new()
        .with("uid", uid)
        .with("number", number)
        .with("modality", modality(row))
        .with("description", row.report_display)
        .with("numberOfInstances", count)
        .with(
            "bodySite",
            Coding::snomed(row.body_site_snomed, row.body_site_display),
        )
        .with("started", started)
        .with("instance", instances)
}

fn image(row: &Imaging, number: u32, stream: &mut Stream) -> Object {
    let class = Object::new()
        .with("system", "urn:ietf:rfc:3986")
        .with("code", format!("urn:oid:{}", row.sop_class_uid));
    Object::new()
        .with("uid", dicom_uid(stream))
        .with("sopClass", class)
        .with("number", number)
}
