//! Reading and writing dates and times: those of FHIR values and the literals of an expression.

use std::fmt;

use super::temporal::{Date, DateTime, Fraction, Time};

impl Date {
    /// Reads `2024`, `2024-02` or `2024-02-29`.
    pub fn parse(text: &str) -> Option<Self> {
        whole(text, Cursor::date)
    }
}

impl Time {
    /// Reads `14`, `14:30`, `14:30:05` or `14:30:05.250`.
    pub fn parse(text: &str) -> Option<Self> {
        whole(text, Cursor::time)
    }
}

impl DateTime {
    /// Reads a date, optionally with `T`, a time and an offset (`Z`, `+01:00`).
    pub fn parse(text: &str) -> Option<Self> {
        whole(text, |cursor| {
            cursor.date_time().map(|(date_time, _)| date_time)
        })
    }
}

/// What stands after the `@` of a literal.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Temporal {
    Date(Date),
    DateTime(DateTime),
    Time(Time),
}

/// Reads a literal at the start of `text`, which follows the `@`, and says how long it is.
pub(super) fn literal(text: &str) -> Option<(Temporal, usize)> {
    let mut cursor = Cursor {
        rest: text.as_bytes(),
    };
    let value = if cursor.skip(b'T') {
        Temporal::Time(cursor.time()?)
    } else {
        match cursor.date_time()? {
            (date_time, false) => Temporal::Date(date_time.date),
            (date_time, true) => Temporal::DateTime(date_time),
        }
    };
    Some((value, text.len() - cursor.rest.len()))
}

fn whole<'t, T>(text: &'t str, read: impl Fn(&mut Cursor<'t>) -> Option<T>) -> Option<T> {
    let mut cursor = Cursor {
        rest: text.as_bytes(),
    };
    let value = read(&mut cursor)?;
    cursor.rest.is_empty().then_some(value)
}

struct Cursor<'t> {
    rest: &'t [u8],
}

impl Cursor<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    /// A number of exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<u16> {
        let digits = self.rest.get(..count)?;
        let value = digits.iter().try_fold(0_u16, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + u16::from(digit - b'0'))
        })?;
        self.rest = &self.rest[count..];
        Some(value)
    }

    fn two(&mut self, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
        let value = u8::try_from(self.digits(2)?).ok()?;
        range.contains(&value).then_some(value)
    }

    /// Two digits after a separator; nothing is consumed if they do not follow.
    fn part(&mut self, separator: u8, range: std::ops::RangeInclusive<u8>) -> Option<u8> {
        let before = self.rest;
        let value = self.skip(separator).then(|| self.two(range)).flatten();
        if value.is_none() {
            self.rest = before;
        }
        value
    }

    fn date(&mut self) -> Option<Date> {
        let year = self.digits(4).filter(|year| *year > 0)?;
        let month = self.part(b'-', 1..=12);
        let day = month.and_then(|_| self.part(b'-', 1..=31));
        let date = Date { year, month, day };
        date.first_day().map(|_| date)
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.two(0..=23)?;
        let minute = self.part(b':', 0..=59);
        let second = minute.and_then(|_| self.part(b':', 0..=60));
        let fraction = second.and_then(|_| self.fraction());
        Some(Time {
            hour,
            minute,
            second,
            fraction,
        })
    }

    fn fraction(&mut self) -> Option<Fraction> {
        let [b'.', rest @ ..] = self.rest else {
            return None;
        };
        let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = u8::try_from(length.min(9))
            .ok()
            .filter(|digits| *digits > 0)?;
        let mut nanoseconds = 0;
        for at in 0..9 {
            let digit = rest
                .get(at)
                .filter(|_| at < length)
                .map_or(0, |byte| byte - b'0');
            nanoseconds = nanoseconds * 10 + u32::from(digit);
        }
        self.rest = &rest[length..];
        Some(Fraction {
            nanoseconds,
            digits,
        })
    }

    /// A date with an optional time; also says whether there was a `T`.
    fn date_time(&mut self) -> Option<(DateTime, bool)> {
        let date = self.date()?;
        if !self.skip(b'T') {
            return Some((date.into(), false));
        }
        let has_time = date.day.is_some() && self.rest.first().is_some_and(u8::is_ascii_digit);
        let time = if has_time { Some(self.time()?) } else { None };
        let offset = time.and_then(|_| self.offset());
        Some((DateTime { date, time, offset }, true))
    }

    fn offset(&mut self) -> Option<i16> {
        if self.skip(b'Z') {
            return Some(0);
        }
        let before = self.rest;
        let sign = if self.skip(b'-') {
            -1
        } else {
            i16::from(self.skip(b'+'))
        };
        let hours = (sign != 0).then(|| self.two(0..=14)).flatten();
        let minutes = hours.and_then(|_| self.part(b':', 0..=59));
        if minutes.is_none() {
            self.rest = before;
        }
        Some(sign * (i16::from(hours?) * 60 + i16::from(minutes?)))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(formatter, "-{part:02}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}", self.hour)?;
        for part in [self.minute, self.second].into_iter().flatten() {
            write!(formatter, ":{part:02}")?;
        }
        let Some(fraction) = self.fraction else {
            return Ok(());
        };
        let nanoseconds = format!("{:09}", fraction.nanoseconds);
        let digits = usize::from(fraction.digits).min(nanoseconds.len());
        write!(formatter, ".{}", &nanoseconds[..digits])
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.date)?;
        if let Some(time) = self.time {
            write!(formatter, "T{time}")?;
        }
        match self.offset {
            None => Ok(()),
            Some(0) => formatter.write_str("Z"),
            Some(offset) => {
                let sign = if offset < 0 { '-' } else { '+' };
                let minutes = offset.unsigned_abs();
                write!(formatter, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering::{Equal, Greater, Less};

    use super::*;

    fn moment(text: &str) -> DateTime {
        DateTime::parse(text).unwrap()
    }

    #[test]
    fn the_text_is_kept() {
        let texts = [
            "2024",
            "2024-02",
            "2024-02-29",
            "2024-02-29T08:05:09.250+05:30",
        ];
        for text in texts
            .into_iter()
            .chain(["2024-02-29T08:05Z", "2024-02-29T08:05:09-08:00"])
        {
            assert_eq!(moment(text).to_string(), text);
        }
        assert_eq!(Time::parse("14:34:28.1").unwrap().to_string(), "14:34:28.1");
    }

    #[test]
    fn impossible_dates_and_times_are_refused() {
        for text in [
            "2023-02-29",
            "2024-13",
            "0000",
            "24",
            "2024-1",
            "2024-01-01T24:00",
            "2024-01-01T08:00+1",
        ] {
            assert!(DateTime::parse(text).is_none(), "{text}");
        }
        assert!(Time::parse("12:60").is_none());
    }

    #[test]
    fn comparison_knows_what_is_unknown() {
        let compare = |left, right| moment(left).compare(moment(right), 0);
        assert_eq!(compare("2024", "2023-05"), Some(Greater));
        assert_eq!(compare("2024", "2024-05"), None);
        assert_eq!(compare("2024-05-01", "2024-05-01T10:00:00Z"), None);
        assert_eq!(
            compare("2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00.000Z"),
            Some(Equal)
        );
        assert_eq!(
            compare("2024-05-01T10:00:00+02:00", "2024-05-01T08:00:01Z"),
            Some(Less)
        );
        assert_eq!(compare("2024-05-01T10:00Z", "2024-05-01T10:00:00Z"), None);
    }

    #[test]
    fn arithmetic_keeps_the_precision() {
        assert_eq!(
            moment("2024-01-31").plus_months(1).unwrap().to_string(),
            "2024-02-29"
        );
        assert_eq!(moment("2024").plus_months(24).unwrap().to_string(), "2026");
        assert_eq!(
            moment("2024-02-28").plus_days(2).unwrap().to_string(),
            "2024-03-01"
        );
        assert!(moment("9999-12-31").plus_days(1).is_none());
        assert_eq!(
            Time::parse("23:59")
                .unwrap()
                .plus(60_000_000_000)
                .to_string(),
            "00:00"
        );
    }
}
