//! Points and periods in time as ranges of milliseconds, by their precision
//! (R4, "date": `2013-01` is the whole of January).

use chrono::{DateTime, FixedOffset, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

/// An inclusive range of instants, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First millisecond; `i64::MIN` when open.
    pub low: i64,
    /// Last millisecond; `i64::MAX` when open.
    pub high: i64,
}

/// Lengths of the legal forms without a time.
const YEAR: usize = "YYYY".len();
const MONTH: usize = "YYYY-MM".len();
const DAY: usize = "YYYY-MM-DD".len();

impl Range {
    /// Reads a FHIR date, dateTime or instant of any precision. A time without a zone is UTC, the
    /// zone of this server. A space in place of `+` is taken as the `+` that a client forgot to
    /// percent-encode.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('T') {
            None => whole(text),
            Some((day, time)) => instant(day, time),
        }
    }

    /// From the start of one range to the end of the other; a missing side is open
    /// (R4, "Period").
    pub fn between(start: Option<Self>, end: Option<Self>) -> Self {
        Self {
            low: start.map_or(i64::MIN, |range| range.low),
            high: end.map_or(i64::MAX, |range| range.high),
        }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }
}

fn digits(text: &str, length: usize) -> Option<u32> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

fn date(text: &str) -> Option<NaiveDate> {
    let year = digits(text.get(..YEAR)?, 4).filter(|year| *year > 0)?;
    let month = match text.len() {
        YEAR => 1,
        _ => digits(text.get(YEAR..MONTH)?.strip_prefix('-')?, 2)?,
    };
    let day = match text.len() {
        YEAR | MONTH => 1,
        DAY => digits(text.get(MONTH..DAY)?.strip_prefix('-')?, 2)?,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn whole(text: &str) -> Option<Range> {
    let first = date(text)?;
    let next = match text.len() {
        YEAR => first.checked_add_months(Months::new(12))?,
        MONTH => first.checked_add_months(Months::new(1))?,
        _ => first.succ_opt()?,
    };
    Some(Range {
        low: milliseconds(first.and_hms_opt(0, 0, 0)?),
        high: milliseconds(next.and_hms_opt(0, 0, 0)?) - 1,
    })
}

fn milliseconds(local: NaiveDateTime) -> i64 {
    local.and_utc().timestamp_millis()
}

fn instant(day: &str, time: &str) -> Option<Range> {
    let (clock, offset) = split_zone(time)?;
    let (seconds, width) = clock_time(clock)?;
    let midnight = (day.len() == DAY)
        .then(|| date(day))??
        .and_hms_opt(0, 0, 0)?;
    let low = milliseconds(midnight) + seconds - i64::from(offset.local_minus_utc()) * 1000;
    Some(Range {
        low,
        high: low + width - 1,
    })
}

fn split_zone(time: &str) -> Option<(&str, FixedOffset)> {
    let utc = FixedOffset::east_opt(0)?;
    if let Some(clock) = time.strip_suffix('Z') {
        return Some((clock, utc));
    }
    let Some(at) = time.rfind(['+', '-', ' ']) else {
        return Some((time, utc));
    };
    let (clock, zone) = time.split_at(at);
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    let legal = hours <= 14 && minutes < 60;
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    legal
        .then(|| FixedOffset::east_opt(sign * seconds))?
        .map(|offset| (clock, offset))
}

/// Milliseconds since midnight and the width of the precision given.
fn clock_time(clock: &str) -> Option<(i64, i64)> {
    let mut parts = clock.splitn(3, ':');
    let hour = digits(parts.next()?, 2).filter(|hour| *hour < 24)?;
    let minute = digits(parts.next()?, 2).filter(|minute| *minute < 60)?;
    let start = i64::from(hour * 3600 + minute * 60) * 1000;
    let Some(seconds) = parts.next() else {
        return Some((start, 60_000));
    };
    let (whole, fraction) = match seconds.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (seconds, None),
    };
    let second = digits(whole, 2).filter(|second| *second <= 60)?;
    let (extra, width) = fraction.map_or(Some((0, 1000)), sub_second)?;
    Some((start + i64::from(second) * 1000 + extra, width))
}

fn sub_second(fraction: &str) -> Option<(i64, i64)> {
    let legal = !fraction.is_empty()
        && fraction.len() <= 9
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let milliseconds: String = fraction.chars().chain("00".chars()).take(3).collect();
    let width = match fraction.len() {
        1 => 100,
        2 => 10,
        _ => 1,
    };
    legal.then(|| Some((milliseconds.parse().ok()?, width)))?
}

/// An instant as FHIR prints it: UTC, milliseconds, `Z`.
pub fn print(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// What "approximately" reaches: a tenth of the distance between the value and now
/// (R4, prefix `ap`), and at least the value itself.
pub fn approximately(range: Range, now: DateTime<Utc>) -> Range {
    let distance = TimeDelta::milliseconds(range.low.saturating_sub(now.timestamp_millis()).abs());
    let slack = (distance / 10).num_milliseconds();
    Range {
        low: range.low.saturating_sub(slack),
        high: range.high.saturating_add(slack),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> (String, String) {
        let range = Range::parse(text).unwrap();
        let show = |at| print(DateTime::from_timestamp_millis(at).unwrap());
        (show(range.low), show(range.high))
    }

    #[test]
    fn precision_decides_the_width() {
        for (text, low, high) in [
            (
                "2016",
                "2016-01-01T00:00:00.000Z",
                "2016-12-31T23:59:59.999Z",
            ),
            (
                "2016-02",
                "2016-02-01T00:00:00.000Z",
                "2016-02-29T23:59:59.999Z",
            ),
            (
                "2016-04-16",
                "2016-04-16T00:00:00.000Z",
                "2016-04-16T23:59:59.999Z",
            ),
            (
                "2016-04-17T04:00",
                "2016-04-17T04:00:00.000Z",
                "2016-04-17T04:00:59.999Z",
            ),
            (
                "2016-04-17T04:00:00",
                "2016-04-17T04:00:00.000Z",
                "2016-04-17T04:00:00.999Z",
            ),
            (
                "2016-04-17T04:00:00.5Z",
                "2016-04-17T04:00:00.500Z",
                "2016-04-17T04:00:00.599Z",
            ),
            (
                "2016-04-17T04:00:00.1239-05:00",
                "2016-04-17T09:00:00.123Z",
                "2016-04-17T09:00:00.123Z",
            ),
            (
                "2016-04-17T04:00:00 02:00",
                "2016-04-17T02:00:00.000Z",
                "2016-04-17T02:00:00.999Z",
            ),
        ] {
            assert_eq!(range(text), (low.into(), high.into()), "{text}");
        }
    }

    #[test]
    fn impossible_dates_are_refused() {
        for text in [
            "",
            "16",
            "0000",
            "2023-13",
            "2023-02-30",
            "20230101",
            "2023-1-1",
            "2023-01-01T",
            "2023-01-01T24:00",
            "2023-01T10:00",
            "2023-01-01T10",
            "2023-01-01T10:00:00.",
            "2023-01-01T10:00+15:00",
            "x",
            "2023-01-01Z",
            "２０２３",
        ] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".{0,40}") {
            let _ = Range::parse(&text);
        }

        #[test]
        fn a_printed_instant_is_its_own_range(at in 0i64..4_102_444_800_000) {
            let instant = DateTime::from_timestamp_millis(at).unwrap();
            prop_assert_eq!(Range::parse(&print(instant)), Some(Range { low: at, high: at }));
        }
    }
}
