//! `ImagingStudy`: the series and instances of one examination, and the DICOM file of each instance.

use crate::chart::{Chart, Lag};
use crate::document::dicom;
use crate::element::{Coding, concept, identifier, reference, typed_identifier};
use crate::identifier::dicom_uid;
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::Visit;
use crate::stream::Stream;
use crate::table::clinical::{Condition, Imaging};
use crate::world;

/// A series with its instances, as unique identifiers.
struct Series {
    uid: String,
    instances: Vec<String>,
}

impl Series {
    fn draw(row: &Imaging, stream: &mut Stream) -> Self {
        let uid = dicom_uid(stream);
        let instances = (0..row.instances).map(|_| dicom_uid(stream)).collect();
        Self { uid, instances }
    }
}

/// The id of the Binary that holds the instance: `2.25.7` becomes `dicom-2-25-7`.
fn file_id(instance: &str) -> String {
    format!("dicom-{}", instance.replace('.', "-"))
}

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
        let study = dicom_uid(&mut stream);
        let series: Vec<Series> = (0..row.series)
            .map(|_| Series::draw(row, &mut stream))
            .collect();
        let draft = self.draft("ImagingStudy", &key, started, Lag::Visit);
        let recorded = draft.recorded();
        let accession = typed_identifier(
            "ACSN",
            "https://example.org/clearview/accession",
            draft.id(),
        );
        let count = |number: i64| u32::try_from(number).unwrap_or(0);
        let procedure = Coding::snomed(row.procedure_snomed, row.procedure_display);
        let draft = draft
            .with(
                "identifier",
                vec![
                    identifier("urn:dicom:uid", &format!("urn:oid:{study}")),
                    accession,
                ],
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
            .with("procedureCode", [concept(procedure)])
            .with("reasonCode", reason.map(|row| [row.concept()]))
            .with("description", row.report_display)
            .with("series", described(row, &series, started));
        let link = self.file(draft);
        for (number, one) in (1..).zip(&series) {
            for file in self.instances(row, &study, (number, one), started) {
                let id = file_id(&file.0);
                self.write_binary(id, recorded, ("application/dicom", &file.1), &link);
            }
        }
        link
    }

    /// The files of a series, each with its unique identifier.
    fn instances(
        &self,
        row: &'static Imaging,
        study: &str,
        (series_number, series): (u32, &Series),
        started: Moment,
    ) -> Vec<(String, Vec<u8>)> {
        let person = &self.identity;
        let instance = |number: u32, uid: &str| {
            dicom::Instance {
                class: row.sop_class_uid,
                study,
                series: &series.uid,
                uid,
                series_number,
                number,
                modality: row.modality,
                description: row.report_display,
                body_part: row.body_part,
                date: started.date().format("%Y%m%d").to_string(),
                patient_name: format!("{}^{}", person.family, person.given.join(" ")),
                patient_number: &person.record_number,
                birth_date: person.birth.format("%Y%m%d").to_string(),
                sex: person.sex.letter(),
            }
            .file()
        };
        (1..)
            .zip(&series.instances)
            .map(|(number, uid)| (uid.clone(), instance(number, uid)))
            .collect()
    }
}

fn modality(row: &Imaging) -> Coding {
    Coding::new("dcm", row.modality, row.modality_display)
}

fn described(row: &'static Imaging, all: &[Series], started: Moment) -> Vec<Object> {
    let series = |(number, series): (u32, &Series)| {
        let instances: Vec<Object> = (1..)
            .zip(&series.instances)
            .map(|(number, uid)| image(row, number, uid))
            .collect();
        Object::new()
            .with("uid", &series.uid)
            .with("number", number)
            .with("modality", modality(row))
            .with("description", row.report_display)
            .with(
                "numberOfInstances",
                u32::try_from(row.instances).unwrap_or(0),
            )
            .with(
                "bodySite",
                Coding::snomed(row.body_site_snomed, row.body_site_display),
            )
            .with("started", started)
            .with("instance", instances)
    };
    (1..).zip(all).map(series).collect()
}

fn image(row: &Imaging, number: u32, uid: &str) -> Object {
    let class = Object::new()
        .with("system", "urn:ietf:rfc:3986")
        .with("code", format!("urn:oid:{}", row.sop_class_uid));
    Object::new()
        .with("uid", uid)
        .with("sopClass", class)
        .with("number", number)
}
