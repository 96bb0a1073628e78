//! `CareTeam`: who takes part in the patient's care.

use crate::chart::{Chart, Lag};
use crate::config::UsCore;
use crate::element::{Coding, concept, period, reference};
use crate::json::Object;
use crate::moment::Moment;
use crate::resource::encounter::provider_of;
use crate::table::care::{Practitioner, Provider};
use crate::world;

/// A member of a team with a role of `providers.tsv`.
#[derive(Debug)]
pub(crate) struct Member {
    provider: &'static str,
    member: Object,
    /// The member as US Core 3.1.1 allows it: nobody but practitioners, patients and organizations.
    of_us_core_3: Option<Object>,
}

impl Member {
    /// A practitioner in their own role.
    pub(crate) fn practitioner(person: &'static Practitioner) -> Self {
        Self {
            provider: person.provider,
            member: person.reference(),
            of_us_core_3: Some(person.reference()),
        }
    }

    /// A practitioner, by the role they work in.
    pub(crate) fn role(person: &'static Practitioner) -> Self {
        Self {
            provider: person.provider,
            member: reference(&world::role(person.key)),
            of_us_core_3: Some(person.reference()),
        }
    }

    /// Somebody else, as `caregiver` or `patient`.
    pub(crate) fn other(provider: &'static str, link: &str) -> Self {
        Self {
            provider,
            member: reference(link),
            of_us_core_3: (!link.starts_with("RelatedPerson/")).then(|| reference(link)),
        }
    }

    /// Nothing when US Core of this version has no place for such a member.
    fn participant(self, us_core: UsCore) -> Option<Object> {
        let member = if us_core == UsCore::V3_1_1 {
            self.of_us_core_3?
        } else {
            self.member
        };
        let row = Provider::of(self.provider);
        let coding = if row.care_team_snomed.is_empty() {
            Coding::new("nucc", row.specialty_nucc, row.specialty_display)
        } else {
            Coding::snomed(row.care_team_snomed, row.care_team_display)
        };
        let participant = Object::new()
            .with("role", [concept(coding)])
            .with("member", member);
        Some(participant)
    }
}

impl Chart {
    /// Writes an active `CareTeam`.
    pub(crate) fn write_care_team(&mut self, members: Vec<Member>, since: Moment) -> String {
        let name = format!("Care team of {}", self.identity.full_name());
        let us_core = self.us_core;
        let draft = self.draft("CareTeam", "team", since, Lag::Note);
        let draft = draft
            .told(&format!(
                "{name}, led by {}.",
                self.site.primary.full_name()
            ))
            .with("status", "active")
            .with("name", name)
            .with("subject", self.subject())
            .with("period", period(since.date(), None::<Moment>))
            .with(
                "participant",
                members
                    .into_iter()
                    .filter_map(|member| member.participant(us_core))
                    .collect::<Vec<_>>(),
            )
            .with("managingOrganization", [provider_of(self.site.primary)]);
        self.file(draft)
    }
}
