//! `NutritionOrder`: what a patient should eat.

use crate::chart::{Chart, Lag};
use crate::element::reference;
use crate::json::Object;
use crate::resource::encounter::Visit;
use crate::table::care::Care;

impl Chart {
    /// Orders a diet, a key of the kind `activity` of `care.tsv`.
    pub(crate) fn write_nutrition_order(&mut self, visit: &Visit, diet: &str) {
        let when = visit.start.plus_minutes(17);
        let row = Care::named("activity", diet);
        let key = format!("diet-{}", when.date().format("%Y%m%d"));
        let draft = self.draft("NutritionOrder", &key, when, Lag::Visit);
        let draft = draft
            .with("status", "active")
            .with("intent", "order")
            .with("patient", self.subject())
            .with("encounter", reference(&visit.link))
            .with("dateTime", when)
            .with("orderer", visit.practitioner.reference())
            .with("oralDiet", Object::new().with("type", [row.concept()]))
            .told(&format!("{}, {}.", row.display, when.date()));
        self.file(draft);
    }
}
