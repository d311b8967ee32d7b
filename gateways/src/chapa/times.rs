//! Chapa's timestamps, as `2026-01-01T00:00:00.000000Z`, to unix seconds. Pure: no clock is read.

const DAY_SECS: i64 = 24 * 3600;

/// `None` for what is no timestamp. One without a zone is taken for UTC, which is what Chapa writes elsewhere.
pub(super) fn unix_seconds(text: &str) -> Option<i64> {
    let (date, rest) = text.trim().split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', ' '])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let zone =
        rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let in_range =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    let since_midnight = hour * 3600 + minute * 60 + second;
    Some(days(year, month, day) * DAY_SECS + since_midnight - offset_secs(zone)?).filter(|_| in_range)
}

/// Three numbers of fixed widths, and nothing but digits in them.
fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut out = [0; 3];
    for (number, width) in out.iter_mut().zip(widths) {
        let part = parts.next()?;
        let digits = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| digits)?;
    }
    parts.next().is_none().then_some(out)
}

/// `Z`, nothing, or `+03:00`.
fn offset_secs(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone {
        "" | "Z" | "z" => return Some(0),
        _ => (if zone.starts_with('-') { -1 } else { 1 }, zone.strip_prefix(['+', '-'])?),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let small = hours.len() == 2 && minutes.len() == 2;
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60)).filter(|_| small)
}

/// Days since 1970-01-01 of a Gregorian date, counted in years that begin in March, so that a leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-01-01T00:00:00.000000Z", 1_767_225_600),
            ("2024-02-29 23:59:59", 1_709_251_199),
            ("2000-03-01T00:00:00+03:00", 951_858_000),
            ("1969-12-31T23:59:59Z", -1),
        ];
        for (text, seconds) in cases {
            assert_eq!(unix_seconds(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_has_no_seconds() {
        for text in [
            "",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-01-01T25:00:00Z",
            "2026-01-01T00:00:00 EAT",
            "ééééééééé",
        ] {
            assert_eq!(unix_seconds(text), None, "{text}");
        }
    }
}
