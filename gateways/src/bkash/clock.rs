//! The three ways times are written here, as unix seconds. Pure; nobody's clock is read.

/// Dhaka, all the year.
const OFFSET_SECS: i64 = 6 * 3600;

/// bKash's `2025-11-02T14:29:02:166 GMT+0600`, the same without an offset (then it is Bangladesh time), and SNS's
/// `2026-01-01T06:00:01.000Z`.
pub(super) fn unix(text: &str) -> Option<i64> {
    let (local, rest) = (text.get(..19)?, text.get(19..)?);
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = local.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if marks.iter().any(|(at, mark)| local.as_bytes()[*at] != *mark) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let fits = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !fits || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(local - offset(rest)?)
}

/// Days since 1970, of the Gregorian calendar with its year beginning in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// What follows the seconds: a fraction, and perhaps an offset.
fn offset(rest: &str) -> Option<i64> {
    let zone = rest.trim_start_matches(|c: char| matches!(c, '.' | ':') || c.is_ascii_digit()).trim();
    let zone = zone.strip_prefix("GMT").or(zone.strip_prefix("UTC")).unwrap_or(zone);
    match zone {
        "" => Some(OFFSET_SECS),
        "Z" => Some(0),
        zone => {
            let (sign, digits) = match zone.split_at_checked(1)? {
                ("+", digits) => (1, digits),
                ("-", digits) => (-1, digits),
                _ => return None,
            };
            let digits: String = digits.chars().filter(|c| *c != ':').collect();
            let plain = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let number: i64 = digits.parse().ok().filter(|_| plain)?;
            Some(sign * (number / 100 * 3600 + number % 100 * 60))
        }
    }
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
