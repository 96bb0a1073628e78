//! Device: an implant or an aid, with its unique device identification.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Datelike;

use crate::chart::{Chart, Lag};
use crate::element::{Coding, concept, reference};
use crate::json::Object;
use crate::moment::{self, Moment};
use crate::table::clinical::DeviceType;
use crate::world;

impl Chart {
    /// Writes a Device of a key of `devices.tsv`, given or implanted at `when`.
    pub(crate) fn write_device(&mut self, key: &str, when: Moment) -> String {
        let row = DeviceType::of(key);
        let lot = self.stream(&format!("device:{key}")).below(100_000);
        let serial = format!("SN{lot:05}");
        let made = moment::days(when.date(), -180);
        let expires = moment::months(made, row.expiry_years * 12);
        let implanted = !row.device_identifier.is_empty();
        let draft = self.draft("Device", &format!("dev-{key}"), when, Lag::Visit);
        let yymmdd = |date: chrono::NaiveDate| {
            format!(
                "{:02}{:02}{:02}",
                date.year() % 100,
                date.month(),
                date.day()
            )
        };
        let readable = format!(
            "(01){}(11){}(17){}(10)LOT{lot:05}(21){serial}",
            row.device_identifier,
            yymmdd(made),
            yymmdd(expires)
        );
        let carrier = Object::new()
            .with("deviceIdentifier", row.device_identifier)
            .with("issuer", "http://hl7.org/fhir/NamingSystem/gs1-di")
            .with("jurisdiction", "http://hl7.org/fhir/NamingSystem/fda-udi")
            .with("carrierAIDC", STANDARD.encode(&readable))
            .with("carrierHRF", &readable);
        let name = Object::new()
            .with("name", format!("{} {}", row.manufacturer, row.model))
            .with("type", "model-name");
        let draft = draft
            .with("udiCarrier", implanted.then_some([carrier]))
            .with("status", "active")
            .with(
                "distinctIdentifier",
                implanted.then(|| format!("DI-{lot:05}")),
            )
            .with("manufacturer", row.manufacturer)
            .with("manufactureDate", implanted.then_some(made))
            .with("expirationDate", implanted.then_some(expires))
            .with("lotNumber", implanted.then(|| format!("LOT{lot:05}")))
            .with("serialNumber", serial)
            .with("deviceName", [name])
            .with("modelNumber", row.model)
            .with("type", concept(Coding::snomed(row.snomed, row.display)))
            .with("patient", self.subject())
            .with("owner", reference(&world::organization("cedar-ridge")));
        self.file(draft)
    }
}
