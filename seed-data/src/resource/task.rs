//! Task: a referral that somebody outside works on.

use crate::chart::{Chart, Lag};
use crate::element::{named_reference, reference, text_only};
use crate::moment::Moment;
use crate::table::care::Organization;
use crate::world;

impl Chart {
    /// Writes that the organization (a key of `organizations.tsv`) was asked on `asked` to fulfil the order at `order`.
    pub(crate) fn write_task(&mut self, order: &str, organization: &str, asked: Moment) {
        let owner = Organization::of(organization);
        let key = format!("task-{}-{organization}", asked.date().format("%Y%m%d"));
        let draft = self.draft("Task", &key, asked, Lag::Visit);
        let draft = draft
            .with("status", "in-progress")
            .with("intent", "order")
            .with("code", text_only("Fulfil the referral"))
            .with("focus", reference(order))
            .with("for", self.subject())
            .with("authoredOn", asked)
            .with("lastModified", asked)
            .with("requester", self.site.primary.reference())
            .with(
                "owner",
                named_reference(&world::organization(organization), owner.name),
            );
        self.file(draft);
    }
}
