//! The three formats of times at bKash, as unix seconds. Pure; no clock is read.

use chrono::DateTime;

use crate::times;

/// Dhaka, all year.
const OFFSET_SECS: i64 = 6 * 3600;
const ZONED: [&str; 2] = ["%Y-%m-%dT%H:%M:%S:%f GMT%z", "%Y-%m-%dT%H:%M:%S%.f GMT%z"];
const LOCAL: [&str; 2] = ["%Y-%m-%dT%H:%M:%S:%f", "%Y-%m-%dT%H:%M:%S%.f"];

/// bKash's `2025-11-02T14:29:02:166 GMT+0600`, the same without an offset (then it is Bangladesh time), and SNS's
/// `2026-01-01T06:00:01.000Z`.
pub(super) fn unix(text: &str) -> Option<i64> {
    let sns = DateTime::parse_from_rfc3339(text).ok();
    let zoned = || ZONED.iter().find_map(|format| DateTime::parse_from_str(text, format).ok());
    let local = || times::bare(text, &LOCAL).map(|secs| secs - OFFSET_SECS);
    sns.or_else(zoned).map(|time| time.timestamp()).or_else(local)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_way_is_read() {
        let cases = [
            ("2025-11-02T14:29:02:166 GMT+0600", Some(1_762_072_142)),
            ("2025-11-02T14:29:02:166 GMT+06:00", Some(1_762_072_142)),
            ("2025-11-02T14:29:02:000", Some(1_762_072_142)),
            ("2025-11-02T14:29:02", Some(1_762_072_142)),
            ("2025-11-02T14:29:02 GMT+0600", Some(1_762_072_142)),
            ("2025-11-02T08:29:02.000Z", Some(1_762_072_142)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T00:00:00Z", Some(951_782_400)),
            ("2025-11-02 14:29:02", None),
            ("2025-13-02T14:29:02Z", None),
            ("2025-11-02T14:29:02 PST", None),
            ("ঢাকাঢাকাঢাকাঢাকা", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(unix(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,40}", digits in "[0-9T:.\\-+ GMZ]{0,40}") {
            unix(&text);
            unix(&digits);
        }
    }
}
