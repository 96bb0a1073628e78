//! What the story leaves standing: drugs told by the patient, team, goals, plans, devices.

use chrono::NaiveDate;

use super::tell::Teller;
use crate::decimal::Decimal;
use crate::moment::{self, Moment};
use crate::resource::care_plan::Plan;
use crate::resource::care_team::Member;
use crate::resource::goal::Aim;

/// A condition that is cared for by plan: plan, activities, goal.
struct Programme {
    condition: &'static str,
    plan: &'static str,
    activities: &'static [&'static str],
    goal: &'static str,
    description: &'static str,
    below: Option<(i64, &'static str)>,
}

/// The plans of the first version; the first one whose condition the patient has is followed.
const PROGRAMMES: [Programme; 5] = [
    Programme {
        condition: "t2dm",
        plan: "diabetes",
        activities: &["diabetic-diet", "exercise"],
        goal: "a1c",
        description: "Hemoglobin A1c below 7 %",
        below: Some((7, "%")),
    },
    Programme {
        condition: "alzheimers",
        plan: "dementia",
        activities: &["exercise"],
        goal: "bp",
        description: "Blood pressure below 140/90 mmHg",
        below: None,
    },
    Programme {
        condition: "copd",
        plan: "copd",
        activities: &["smoking-counsel", "exercise"],
        goal: "quit-smoking",
        description: "Stay free of tobacco",
        below: None,
    },
    Programme {
        condition: "asthma",
        plan: "asthma",
        activities: &["exercise"],
        goal: "weight",
        description: "Keep a healthy weight",
        below: None,
    },
    Programme {
        condition: "htn",
        plan: "hypertension",
        activities: &["dash-diet", "exercise"],
        goal: "bp",
        description: "Blood pressure below 140/90 mmHg",
        below: None,
    },
];

impl Teller<'_> {
    /// Writes what is current at the end of the story.
    pub(super) fn tell_outlook(&mut self) {
        let visits = self.story.appointments.iter().map(|visit| visit.date);
        let Some(last) = visits.filter(|date| *date <= self.chart.until).max() else {
            return;
        };
        let told = Moment::at(last, 900, self.chart.zone());
        // What was arranged when the story was drawn up does not change because time goes on.
        let arranged = self.last_visit_of_the_story().unwrap_or(told);
        self.tell_statements(arranged);
        for (key, date) in &self.story.devices {
            let when = Moment::at(*date, 700, self.chart.zone());
            self.chart.write_device(key, when);
        }
        if self.story.identity.death.is_none() {
            self.tell_programme();
            self.tell_booking(arranged);
        }
        let author = self.chart.site.primary;
        self.chart.sign("outlook", author);
    }

    fn tell_statements(&mut self, told: Moment) {
        let story = self.story;
        for therapy in story
            .therapies
            .iter()
            .filter(|therapy| therapy.over_the_counter && therapy.since <= told.date())
        {
            let reason = self.problems.get(therapy.condition).cloned();
            self.chart.write_medication_statement(
                therapy.medication,
                (therapy.since, therapy.until),
                told,
                reason.as_deref(),
            );
        }
    }

    /// The plan for the first condition that has one, made at the first visit on record since it began.
    fn tell_programme(&mut self) {
        let programme = PROGRAMMES
            .iter()
            .find(|programme| self.problems.contains_key(programme.condition));
        let Some(programme) = programme else { return };
        let Some(condition) = self.problems.get(programme.condition).cloned() else {
            return;
        };
        let Some(told) = self.first_visit_about(programme.condition) else {
            return;
        };
        let team = self.tell_team(told);
        let goal = self.chart.write_goal(&Aim {
            measure: programme.goal,
            description: programme.description,
            below: programme
                .below
                .map(|(value, unit)| (Decimal::whole(value), unit)),
            started: told,
            due: moment::months(self.story.as_of, 6),
            condition: &condition,
        });
        self.chart.write_care_plan(&Plan {
            kind: programme.plan,
            activities: programme.activities,
            made: told,
            condition: &condition,
            team: &team,
            goals: &[goal],
        });
    }

    /// A patient under a plan has kept the last visit, may have missed one, and is expected again.
    fn tell_booking(&mut self, first: Moment) {
        if self.problems.is_empty() {
            return;
        }
        let mut stream = self.chart.stream("booking");
        let coming = moment::weekday(moment::days(self.story.as_of, stream.between(4, 60)));
        let missed = moment::weekday(moment::days(first.date(), -stream.between(30, 90)));
        let missed = Moment::at(missed, 540, self.chart.zone());
        if stream.chance(0.3) {
            self.tell_coming(coming, first.plus_minutes(10));
        }
        if stream.chance(0.1) && missed.date() > self.story.identity.birth {
            let made = missed.plus_minutes(-10 * 1_440);
            self.chart.write_appointment("noshow", made, missed);
        }
    }

    fn first_visit_about(&self, condition: &str) -> Option<Moment> {
        let story = self.story;
        let episode = story
            .episodes
            .iter()
            .find(|episode| episode.condition.key == condition)?;
        let visits = story.appointments.iter().map(|visit| visit.date);
        let first = visits.filter(|date| *date >= episode.onset).min()?;
        Some(Moment::at(
            first.min(self.chart.until),
            900,
            self.chart.zone(),
        ))
    }

    /// The last visit before the story was drawn up: later ones change nothing of what was arranged then.
    fn last_visit_of_the_story(&self) -> Option<Moment> {
        let visits = self.story.appointments.iter().map(|visit| visit.date);
        let last = visits.filter(|date| *date < self.story.as_of).max()?;
        Some(Moment::at(last, 900, self.chart.zone()))
    }

    /// A visit that is booked; when its day is past it was kept, and the next one is booked.
    fn tell_coming(&mut self, day: NaiveDate, made: Moment) {
        let mut stream = self.chart.stream("coming");
        let (mut day, mut made) = (day, made);
        loop {
            let start = Moment::at(day, 540, self.chart.zone());
            let past = day < self.chart.as_of;
            let status = if past { "fulfilled" } else { "booked" };
            self.chart.write_appointment(status, made, start);
            if !past {
                return;
            }
            made = start.plus_minutes(30);
            day = moment::weekday(moment::days(day, stream.between(30, 90)));
        }
    }

    fn tell_team(&mut self, told: Moment) -> String {
        let site = self.chart.site;
        let mut members = vec![
            Member::practitioner(site.primary),
            Member::role(site.practitioner("registered-nurse")),
        ];
        members.push(Member::other("patient", &self.chart.patient()));
        for relative in &self.story.relatives {
            let link = format!(
                "RelatedPerson/{}-rel-{}",
                self.chart.identity.id, relative.key
            );
            members.push(Member::other("caregiver", &link));
        }
        self.chart.write_care_team(members, told)
    }
}
