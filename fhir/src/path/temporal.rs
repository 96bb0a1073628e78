//! Dates, times and moments as precise as they were written.
//!
//! <http://hl7.org/fhirpath/N1/#datetime>, <http://hl7.org/fhir/R4/datatypes.html#dateTime>

use std::cmp::Ordering;

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike};

/// A year, a month of a year, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date {
    /// 1 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31; only with a month.
    pub day: Option<u8>,
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: Option<u8>,
    /// 0 to 60 (leap seconds are legal in FHIR); only with a minute.
    pub second: Option<u8>,
    /// What follows the second's decimal point; only with a second.
    pub fraction: Option<Fraction>,
}

/// A fraction of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    /// Billionths of a second; digits beyond the ninth are dropped.
    pub nanoseconds: u32,
    /// How many digits to print, 1 to 9.
    pub digits: u8,
}

/// A date, possibly with a time of day, possibly with an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// The date as written, in the offset's zone.
    pub date: Date,
    /// The time as written; only with a full date.
    pub time: Option<Time>,
    /// Minutes east of UTC; only with a time.
    pub offset: Option<i16>,
}

/// Year, month, day, hour, minute and nanosecond of the minute; the unknown ones are nothing.
type Parts = [Option<u64>; 6];

impl Date {
    fn parts(self) -> [Option<u64>; 3] {
        [
            Some(self.year.into()),
            self.month.map(Into::into),
            self.day.map(Into::into),
        ]
    }

    /// The first day the date may mean.
    pub fn first_day(self) -> Option<NaiveDate> {
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        NaiveDate::from_ymd_opt(self.year.into(), month.into(), day.into())
    }

    /// `day` with the precision of `self`.
    fn reduced(self, day: NaiveDate) -> Option<Self> {
        Some(Self {
            year: u16::try_from(day.year())
                .ok()
                .filter(|year| (1..=9999).contains(year))?,
            month: self.month.and(u8::try_from(day.month()).ok()),
            day: self.day.and(u8::try_from(day.day()).ok()),
        })
    }
}

impl Time {
    fn parts(self) -> [Option<u64>; 3] {
        let nanoseconds = self
            .fraction
            .map_or(0, |fraction| u64::from(fraction.nanoseconds));
        let seconds = self
            .second
            .map(|second| u64::from(second) * NANOS + nanoseconds);
        [Some(self.hour.into()), self.minute.map(Into::into), seconds]
    }

    /// Nanoseconds since midnight, unknown parts being zero.
    fn since_midnight(self) -> i64 {
        let [hour, minute, nanoseconds] = self.parts().map(Option::unwrap_or_default);
        i64::try_from((hour * 60 + minute) * 60 * NANOS + nanoseconds).unwrap_or_default()
    }

    /// The time `nanoseconds` after midnight with the precision of `self`.
    fn reduced(self, nanoseconds: u64) -> Self {
        let seconds = nanoseconds / NANOS;
        let small = |value: u64| u8::try_from(value).unwrap_or_default();
        let rest = u32::try_from(nanoseconds % NANOS).unwrap_or_default();
        let fraction = match self.fraction {
            None if rest > 0 => Some(Fraction {
                nanoseconds: rest,
                digits: 3,
            }),
            fraction => fraction.map(|fraction| Fraction {
                nanoseconds: rest,
                ..fraction
            }),
        };
        Self {
            hour: small(seconds / 3600),
            minute: self.minute.map(|_| small(seconds / 60 % 60)),
            second: self.second.map(|_| small(seconds % 60)),
            fraction: self.second.and(fraction),
        }
    }

    /// The time of day that much later, past midnight if need be.
    pub(super) fn plus(self, nanoseconds: i64) -> Self {
        let later = self
            .since_midnight()
            .saturating_add(nanoseconds % DAY)
            .rem_euclid(DAY);
        self.reduced(u64::try_from(later).unwrap_or_default())
    }

    /// Which is earlier; nothing if that depends on unknown parts.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        compare_parts(&self.parts(), &other.parts())
    }
}

impl DateTime {
    /// The moment in its zone, to the millisecond.
    pub fn from_chrono(moment: chrono::DateTime<chrono::FixedOffset>) -> Option<Self> {
        let full = Date {
            year: 1,
            month: Some(1),
            day: Some(1),
        };
        let local = moment.naive_local();
        let millisecond = Fraction {
            nanoseconds: 0,
            digits: 3,
        };
        let zero = Time {
            hour: 0,
            minute: Some(0),
            second: Some(0),
            fraction: Some(millisecond),
        };
        let nanoseconds = u64::from(local.time().num_seconds_from_midnight()) * NANOS
            + u64::from(local.time().nanosecond() / 1_000_000 % 1000) * 1_000_000;
        Some(Self {
            date: full.reduced(local.date())?,
            time: Some(zero.reduced(nanoseconds)),
            offset: i16::try_from(moment.offset().local_minus_utc() / 60).ok(),
        })
    }

    /// The parts at UTC. Without a time nothing is shifted.
    fn parts_at_utc(self, default_offset: i16) -> Parts {
        let minutes = i64::from(self.offset.unwrap_or(default_offset));
        let shifted = self
            .time
            .and_then(|_| self.plus_nanoseconds(-minutes * 60 * SECOND));
        shifted.unwrap_or(self).parts()
    }

    fn parts(self) -> Parts {
        let [year, month, day] = self.date.parts();
        let [hour, minute, nanoseconds] = self.time.map_or([None; 3], Time::parts);
        [year, month, day, hour, minute, nanoseconds]
    }

    /// Which is earlier; nothing if that depends on unknown parts. A moment without an offset is
    /// taken to have `default_offset` (minutes east of UTC).
    pub fn compare(self, other: Self, default_offset: i16) -> Option<Ordering> {
        if self.time.is_some() && other.time.is_some() {
            let right = other.parts_at_utc(default_offset);
            return compare_parts(&self.parts_at_utc(default_offset), &right);
        }
        compare_parts(&self.parts(), &other.parts())
    }

    fn first_moment(self) -> Option<NaiveDateTime> {
        let since_midnight = self.time.map_or(0, Time::since_midnight);
        let midnight = self.date.first_day()?.and_hms_opt(0, 0, 0)?;
        midnight.checked_add_signed(TimeDelta::nanoseconds(since_midnight))
    }

    /// That much later; the precision stays.
    pub(super) fn plus_nanoseconds(self, nanoseconds: i64) -> Option<Self> {
        let later = self
            .first_moment()?
            .checked_add_signed(TimeDelta::nanoseconds(nanoseconds))?;
        let since_midnight =
            u64::from(later.num_seconds_from_midnight()) * NANOS + u64::from(later.nanosecond());
        Some(Self {
            date: self.date.reduced(later.date())?,
            time: self.time.map(|time| time.reduced(since_midnight)),
            ..self
        })
    }

    /// That many days later; the precision stays.
    pub(super) fn plus_days(self, days: i64) -> Option<Self> {
        let later = self
            .date
            .first_day()?
            .checked_add_signed(TimeDelta::try_days(days)?)?;
        Some(Self {
            date: self.date.reduced(later)?,
            ..self
        })
    }

    /// That many months later, at the last day of the month if the day does not exist there.
    pub(super) fn plus_months(self, months: i64) -> Option<Self> {
        let first = self.date.first_day()?;
        let count = chrono::Months::new(u32::try_from(months.unsigned_abs()).ok()?);
        let later = if months < 0 {
            first.checked_sub_months(count)
        } else {
            first.checked_add_months(count)
        };
        Some(Self {
            date: self.date.reduced(later?)?,
            ..self
        })
    }
}

impl From<Date> for DateTime {
    fn from(date: Date) -> Self {
        Self {
            date,
            time: None,
            offset: None,
        }
    }
}

/// Nanoseconds of a second.
const NANOS: u64 = 1_000_000_000;
const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Compares part by part until one side is unknown.
fn compare_parts(left: &[Option<u64>], right: &[Option<u64>]) -> Option<Ordering> {
    for (left, right) in left.iter().zip(right) {
        match (left, right) {
            (None, None) => break,
            (Some(left), Some(right)) if left == right => {}
            (Some(left), Some(right)) => return Some(left.cmp(right)),
            _ => return None,
        }
    }
    Some(Ordering::Equal)
}
