//! Organization: the health system, its hospitals and clinics, payers and neighbours.

use super::Builder;
use crate::element::{address, contact, identifier, reference, term, typed_identifier};
use crate::record::Seed;
use crate::table::care::{ORGANIZATIONS, Organization};
use crate::table::term::system;

impl Builder {
    pub(super) fn organizations(&self) -> impl Iterator<Item = Seed> {
        ORGANIZATIONS.iter().map(|row| self.organization(row))
    }

    pub(super) fn organization(&self, row: &Organization) -> Seed {
        let id = format!("org-{}", row.key);
        let tax_number = format!(
            "00-{:07}",
            Self::stream(&format!("tax:{id}")).below(10_000_000)
        );
        let part_of =
            (!row.part_of.is_empty()).then(|| reference(&super::organization(row.part_of)));
        let payer =
            (row.r#type == "pay").then(|| identifier("https://example.org/payer-id", row.key));
        let website = (row.r#type == "prov").then(|| format!("https://{}.example.org", row.key));
        let mut contacts = vec![contact("phone", row.phone, "work")];
        contacts.extend(website.as_deref().map(|url| contact("url", url, "work")));
        let identifiers = [
            Some(identifier(system("npi"), &Self::npi(&id))),
            Some(typed_identifier(
                "TAX",
                "urn:oid:2.16.840.1.113883.4.4",
                &tax_number,
            )),
            payer,
            website
                .as_deref()
                .map(|url| identifier("urn:ietf:rfc:3986", url)),
        ];
        self.draft("Organization", id)
            .with(
                "identifier",
                identifiers.into_iter().flatten().collect::<Vec<_>>(),
            )
            .with("active", true)
            .with("type", [term("organization-type", row.r#type)])
            .with("name", row.name)
            .with("telecom", contacts)
            .with(
                "address",
                [address(row.street, row.city, row.state, row.zip)],
            )
            .with("partOf", part_of)
            .with("endpoint", super::endpoint::of(row.key))
            .seed()
    }
}
