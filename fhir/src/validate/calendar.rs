//! Dates and times as FHIR writes them, checked against the calendar.
//! <http://hl7.org/fhir/R4/datatypes.html#dateTime>

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
pub(super) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    match bytes.len() {
        4 => fits(bytes, b"dddd") && number(&bytes[..4]) > 0,
        7 => fits(bytes, b"dddd-dd") && is_date(&text[..4]) && is_within(&bytes[5..], 1, 12),
        10 => {
            fits(bytes, b"dddd-dd-dd")
                && is_date(&text[..7])
                && is_within(
                    &bytes[8..],
                    1,
                    days(number(&bytes[..4]), number(&bytes[5..7])),
                )
        }
        _ => false,
    }
}

/// A date, or a date with a time and a zone.
pub(super) fn is_date_time(text: &str) -> bool {
    is_date(text) || is_instant(text)
}

/// A whole date with a time to the second at least, and a zone.
pub(super) fn is_instant(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else {
        return false;
    };
    let Some(at) = rest.find(['Z', '+', '-']) else {
        return false;
    };
    let (time, zone) = rest.split_at(at);
    date.len() == 10 && is_date(date) && is_time(time) && is_zone(zone.as_bytes())
}

/// `hh:mm:ss`, with a fraction of a second if any; a leap second is allowed.
pub(super) fn is_time(text: &str) -> bool {
    let (time, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let bytes = time.as_bytes();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    fits(bytes, b"dd:dd:dd")
        && is_within(&bytes[..2], 0, 23)
        && is_within(&bytes[3..5], 0, 59)
        && is_within(&bytes[6..], 0, 60)
        && !fraction.is_empty()
        && is_digits(fraction)
}

/// `Z`, or up to fourteen hours to either side.
fn is_zone(zone: &[u8]) -> bool {
    if zone == b"Z" {
        return true;
    }
    let Some((b'+' | b'-', offset)) = zone.split_first() else {
        return false;
    };
    fits(offset, b"dd:dd")
        && is_within(&offset[3..], 0, 59)
        && number(&offset[..2]) * 60 + number(&offset[3..]) <= 14 * 60
}

/// Whether the text has the shape, in which `d` stands for a digit.
fn fits(text: &[u8], shape: &[u8]) -> bool {
    text.len() == shape.len()
        && text
            .iter()
            .zip(shape)
            .all(|(byte, expected)| match expected {
                b'd' => byte.is_ascii_digit(),
                expected => byte == expected,
            })
}

fn is_within(digits: &[u8], least: u32, most: u32) -> bool {
    (least..=most).contains(&number(digits))
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// The days of a month of the Gregorian calendar.
fn days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_exist_in_the_calendar() {
        for text in ["0001", "1985-12", "2024-02-29", "2000-02-29", "2023-12-31"] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "0000",
            "85",
            "1985-13",
            "1985-00",
            "2023-02-29",
            "1900-02-29",
            "2023-04-31",
            "2023-1-1",
            "2023-01-01T",
            "2023/01/01",
            "+023",
            "1985-12-٣",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn moments_have_seconds_and_a_zone() {
        for text in [
            "2015-02-07T13:28:17.239+02:00",
            "2017-01-01T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2017-01-01T00:00:00-14:00",
        ] {
            assert!(is_instant(text) && is_date_time(text), "{text}");
        }
        for text in [
            "2017-01-01T00:00:00",
            "2017-01-01T24:00:00Z",
            "2017-01-01T00:00Z",
            "2017-01-01T00:00:00+14:30",
            "2017-01-01T00:00:00.Z",
            "2017-01T00:00:00Z",
            "2017-01-01 00:00:00Z",
            "2017-01-01T00:00:00+0100",
            "2017-02-30T00:00:00Z",
        ] {
            assert!(!is_date_time(text), "{text}");
        }
        assert!(is_date_time("2017") && !is_instant("2017"));
    }

    #[test]
    fn times_have_no_zone() {
        assert!(is_time("23:59:59.123") && is_time("00:00:60"));
        for text in [
            "24:00:00",
            "12:60:00",
            "12:00",
            "12:00:00Z",
            "12:00:00.",
            "",
        ] {
            assert!(!is_time(text), "{text}");
        }
    }
}
