//! Local times with the zone of a city, printed as FHIR writes them.
//! Writing to a `String` cannot fail, so results of `write!` are let go.

use std::fmt::Write;

use chrono::{
    DateTime, Datelike, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike, Utc,
    Weekday,
};

use crate::json::Json;

/// A time zone of the United States, with daylight saving by rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Eastern,
    Central,
}

impl Zone {
    /// The zone of a state in `places.tsv`.
    pub(crate) fn of_state(state: &str) -> Self {
        if state == "OK" {
            Self::Central
        } else {
            Self::Eastern
        }
    }

    /// Hours to add to UTC for this local time.
    fn offset(self, local: NaiveDateTime) -> i64 {
        let standard = match self {
            Self::Eastern => -5,
            Self::Central => -6,
        };
        if is_daylight_saving(local) {
            standard + 1
        } else {
            standard
        }
    }
}

/// Whether daylight saving applies: rules of 2007, 1987 and 1967; before that standard time is assumed.
fn is_daylight_saving(local: NaiveDateTime) -> bool {
    let year = local.year();
    let (start, end) = match year {
        2007.. => (sunday(year, 3, 8), sunday(year, 11, 1)),
        1987.. => (sunday(year, 4, 1), sunday(year, 10, 25)),
        1967.. => (sunday(year, 4, 24), sunday(year, 10, 25)),
        _ => return false,
    };
    let two = TimeDelta::hours(2);
    local >= start.and_time(NaiveTime::MIN) + two && local < end.and_time(NaiveTime::MIN) + two
}

/// The first Sunday on or after the given day.
fn sunday(year: i32, month: u32, day: u32) -> NaiveDate {
    let start = date(year, month, day);
    let ahead = (7 - start.weekday().num_days_from_sunday()) % 7;
    start + TimeDelta::days(i64::from(ahead))
}

/// The date, or the last one before it that exists (30 February becomes 28 February).
pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    (0..4)
        .find_map(|back| NaiveDate::from_ymd_opt(year, month, day.saturating_sub(back).max(1)))
        .unwrap_or(NaiveDate::MIN)
}

/// `date` moved by whole months, later or earlier.
pub(crate) fn months(date: NaiveDate, count: i64) -> NaiveDate {
    let size = Months::new(u32::try_from(count.abs()).unwrap_or(0));
    let moved = if count < 0 {
        date.checked_sub_months(size)
    } else {
        date.checked_add_months(size)
    };
    moved.unwrap_or(date)
}

/// `date` moved by days, later or earlier.
pub(crate) fn days(date: NaiveDate, count: i64) -> NaiveDate {
    date + TimeDelta::days(count)
}

/// Whole years from `birth` to `date`; 0 before birth.
pub(crate) fn age(birth: NaiveDate, date: NaiveDate) -> u32 {
    date.years_since(birth).unwrap_or(0)
}

/// The day itself, or the next day on which a clinic is open: neither weekend nor fixed holiday.
pub(crate) fn weekday(date: NaiveDate) -> NaiveDate {
    let holiday = matches!((date.month(), date.day()), (1, 1) | (7, 4) | (12, 25));
    match date.weekday() {
        Weekday::Sat => weekday(days(date, 2)),
        Weekday::Sun => weekday(days(date, 1)),
        _ if holiday => weekday(days(date, 1)),
        _ => date,
    }
}

/// A local time in a zone, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    local: NaiveDateTime,
    zone: Zone,
}

impl Moment {
    /// `minutes` after midnight of `date`.
    pub(crate) fn at(date: NaiveDate, minutes: i64, zone: Zone) -> Self {
        Self {
            local: date.and_time(NaiveTime::MIN) + TimeDelta::minutes(minutes),
            zone,
        }
    }

    /// The start of a day in UTC.
    pub(crate) fn midnight_utc(date: NaiveDate) -> DateTime<Utc> {
        date.and_time(NaiveTime::MIN).and_utc()
    }

    pub(crate) fn plus_minutes(self, minutes: i64) -> Self {
        Self {
            local: self.local + TimeDelta::minutes(minutes),
            ..self
        }
    }

    pub(crate) fn date(self) -> NaiveDate {
        self.local.date()
    }

    pub(crate) fn utc(self) -> DateTime<Utc> {
        (self.local - TimeDelta::hours(self.zone.offset(self.local))).and_utc()
    }
}

impl Json for Moment {
    fn write(&self, out: &mut String) {
        let hours = -self.zone.offset(self.local);
        out.push('"');
        push_date(self.local.date(), out);
        push_clock(self.local.time(), out);
        let _ = write!(out, "-{hours:02}:00\"");
    }
}

impl Json for NaiveDate {
    fn write(&self, out: &mut String) {
        out.push('"');
        push_date(*self, out);
        out.push('"');
    }
}

impl Json for DateTime<Utc> {
    fn write(&self, out: &mut String) {
        out.push('"');
        push_date(self.date_naive(), out);
        push_clock(self.time(), out);
        let _ = write!(out, ".{:03}Z\"", self.timestamp_subsec_millis());
    }
}

/// Appends `YYYY-MM-DD`.
fn push_date(date: NaiveDate, out: &mut String) {
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}",
        date.year(),
        date.month(),
        date.day()
    );
}

/// Appends `Thh:mm:ss`.
fn push_clock(time: NaiveTime, out: &mut String) {
    let _ = write!(
        out,
        "T{:02}:{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Object;

    fn printed(moment: Moment) -> String {
        Object::new().with("t", moment).finish()
    }

    #[test]
    fn daylight_saving_follows_the_rule_of_the_year() {
        let noon = |y, m, d| Moment::at(date(y, m, d), 720, Zone::Central);
        assert!(printed(noon(2024, 3, 9)).contains("-06:00"));
        assert!(printed(noon(2024, 3, 10)).contains("-05:00"));
        assert!(printed(noon(2024, 11, 3)).contains("-06:00"));
        assert!(printed(noon(2000, 4, 1)).contains("-06:00"));
        assert!(printed(noon(2000, 4, 2)).contains("-05:00"));
        assert!(printed(noon(1950, 7, 1)).contains("-06:00"));
    }

    #[test]
    fn a_date_that_does_not_exist_becomes_the_last_one_before() {
        assert_eq!(date(2023, 2, 30), date(2023, 2, 28));
        assert_eq!(months(date(2024, 3, 31), -1), date(2024, 2, 29));
    }
}
