//! People with little in their records: what they are called, and what is missing, is their point.

use chrono::NaiveDate;

use super::{ago, born, complete, place, quiet, visit};
use crate::person::{Identity, Particulars, Sex};
use crate::resource::coverage::{COMMERCIAL, Plan};
use crate::story::{Appointment, Story};
use crate::table::people::Demographic;
/// A person who is hardly ever seen.
struct Bystander {
    id: &'static str,
    given: &'static [&'static str],
    family: &'static str,
    sex: Sex,
    /// Years, month and day of birth.
    born: (i32, u32, u32),
    coverage: Option<Plan>,
    /// Seen once a year for so many years.
    visits: i64,
}

/// Nothing but a Patient and a Coverage: clients must cope with empty lists.
const NOVA_YOUNG: Bystander = Bystander {
    id: "nova-young",
    given: &["Nova"],
    family: "Young",
    sex: Sex::Female,
    born: (19, 1, 28),
    coverage: Some(COMMERCIAL),
    visits: 0,
};
/// Three of one name, two of them born on one day.
const MARIA_GARCIA: Bystander = Bystander {
    id: "maria-garcia-1",
    given: &["Maria"],
    family: "Garcia",
    sex: Sex::Female,
    born: (47, 5, 5),
    coverage: Some(COMMERCIAL),
    visits: 2,
};
/// Apostrophe, hyphen, accents, two family names.
const SEAN_OCONNOR: Bystander = Bystander {
    id: "sean-oconnor-nunez",
    given: &["Seán", "José-María"],
    family: "O'Connor Núñez",
    sex: Sex::Male,
    born: (38, 2, 28),
    coverage: None,
    visits: 1,
};
/// The shortest names.
const BO_LI: Bystander = Bystander {
    id: "bo-li",
    given: &["Bo"],
    family: "Li",
    sex: Sex::Male,
    born: (61, 9, 9),
    coverage: None,
    visits: 1,
};

pub(super) fn nova_young(as_of: NaiveDate) -> Story {
    NOVA_YOUNG.story(as_of)
}

pub(super) fn maria_garcia_1(as_of: NaiveDate) -> Story {
    MARIA_GARCIA.story(as_of)
}

pub(super) fn maria_garcia_2(as_of: NaiveDate) -> Story {
    Bystander {
        id: "maria-garcia-2",
        visits: 1,
        ..MARIA_GARCIA
    }
    .story(as_of)
}

pub(super) fn maria_garcia_3(as_of: NaiveDate) -> Story {
    Bystander {
        id: "maria-garcia-3",
        born: (22, 10, 12),
        ..MARIA_GARCIA
    }
    .story(as_of)
}

pub(super) fn sean_oconnor_nunez(as_of: NaiveDate) -> Story {
    SEAN_OCONNOR.story(as_of)
}

pub(super) fn bo_li(as_of: NaiveDate) -> Story {
    BO_LI.story(as_of)
}

/// The record of Ruth Cohen that was made twice and is no longer used.
pub(super) fn old_record(as_of: NaiveDate) -> Story {
    let kept = super::ruth_cohen::identity(as_of);
    let identity = Identity {
        id: "old-record".to_owned(),
        given: vec!["Ruth".to_owned()],
        record_number: "1100045".to_owned(),
        particulars: Particulars {
            replaced_by: Some("ruth-cohen"),
            ..Particulars::default()
        },
        ..kept
    };
    complete(Story {
        ..quiet(as_of, identity, 0.0)
    })
}

impl Bystander {
    fn story(&self, as_of: NaiveDate) -> Story {
        let (years, month, day) = self.born;
        let identity = Identity {
            races: vec![Demographic::named("race", "2106-3")],
            street: Some(format!("{} Poplar St", 10 + years)),
            phone: Some(format!("918-555-01{years:02}")),
            ..super::identity(
                self.id,
                self.given,
                self.family,
                self.sex,
                born(as_of, years, month, day),
                place("Tulsa", "OK", "74104", "918"),
            )
        };
        let appointments: Vec<Appointment> = (0..self.visits)
            .map(|year| visit("annual-physical", ago(as_of, year, 6), None))
            .collect();
        complete(Story {
            coverage: self.coverage.map(|plan| (plan, ago(as_of, 3, 0))),
            appointments,
            ..quiet(as_of, identity, 0.0)
        })
    }
}
