//! One range of bytes (RFC 9110 §14.2).

/// What of a body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// All of it.
    Whole,
    /// From the first to the last byte given, both included.
    Part {
        /// The first byte.
        first: u64,
        /// The last byte.
        last: u64,
    },
    /// Nothing that is there.
    Beyond,
}

impl Range {
    /// Reads the header `Range` for a body of `length` bytes. What is malformed, of another unit or
    /// more than one range counts as absent, as the RFC lets a server do.
    pub(super) fn parse(header: Option<&str>, length: u64) -> Self {
        let Some(text) = header.and_then(|text| text.strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        let Some((first, last)) = text
            .trim()
            .split_once('-')
            .filter(|(_, last)| !last.contains(','))
        else {
            return Self::Whole;
        };
        let number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse::<u64>().ok()).flatten()
        };
        match (number(first), number(last)) {
            (Some(first), _) if first >= length && (last.is_empty() || number(last).is_some()) => {
                Self::Beyond
            }
            (Some(first), None) if last.is_empty() => Self::Part {
                first,
                last: length - 1,
            },
            (Some(first), Some(last)) if first <= last => Self::Part {
                first,
                last: last.min(length - 1),
            },
            // The last bytes.
            (None, Some(count)) if first.is_empty() => match length.min(count) {
                0 => Self::Beyond,
                count => Self::Part {
                    first: length - count,
                    last: length - 1,
                },
            },
            _ => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Range {
        Range::parse(Some(text), 10)
    }

    fn part(first: u64, last: u64) -> Range {
        Range::Part { first, last }
    }

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        assert_eq!(of("bytes=0-3"), part(0, 3));
        assert_eq!(of("bytes=5-"), part(5, 9));
        assert_eq!(of("bytes=-3"), part(7, 9));
        assert_eq!(of("bytes=-30"), part(0, 9));
        assert_eq!(of("bytes=8-99"), part(8, 9));
    }

    #[test]
    fn what_is_not_there_is_beyond_and_what_means_nothing_is_the_whole() {
        for text in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
            assert_eq!(of(text), Range::Beyond, "{text}");
        }
        for text in [
            "",
            "bytes=",
            "bytes=3-1",
            "bytes=a-b",
            "bytes=0-1,4-5",
            "lines=1-2",
            "bytes=+1-2",
        ] {
            assert_eq!(of(text), Range::Whole, "{text}");
        }
        assert_eq!(Range::parse(None, 10), Range::Whole);
        assert_eq!(Range::parse(Some("bytes=0-"), 0), Range::Beyond);
    }

    proptest! {
        #[test]
        fn a_part_lies_inside_the_body(text in "bytes=[0-9]{0,3}-[0-9]{0,3}", length in 0u64..200) {
            if let Range::Part { first, last } = Range::parse(Some(&text), length) {
                prop_assert!(first <= last && last < length);
            }
        }
    }
}
