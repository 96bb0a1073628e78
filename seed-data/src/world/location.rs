//! Location: where care is given.

use super::Builder;
use crate::element::{address, contact, identifier, named_reference, term};
use crate::json::Object;
use crate::record::Seed;
use crate::table::care::{LOCATIONS, Location, Organization};

impl Builder {
    pub(super) fn locations(&self) -> impl Iterator<Item = Seed> {
        LOCATIONS.iter().map(|row| self.location(row))
    }

    fn location(&self, row: &Location) -> Seed {
        let owner = Organization::of(row.organization);
        let position = Object::new()
            .with("longitude", row.longitude)
            .with("latitude", row.latitude);
        self.draft("Location", format!("loc-{}", row.key))
            .with(
                "identifier",
                [identifier("https://example.org/location", row.key)],
            )
            .with("status", "active")
            .with("name", row.name)
            .with("mode", "instance")
            .with("type", [term("v3-RoleCode", row.role)])
            .with("telecom", [contact("phone", owner.phone, "work")])
            .with(
                "address",
                address(owner.street, owner.city, owner.state, owner.zip),
            )
            .with("position", position)
            .with(
                "managingOrganization",
                named_reference(&super::organization(owner.key), owner.name),
            )
            .seed()
    }
}
