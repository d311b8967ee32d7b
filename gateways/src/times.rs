//! Times as gateways write them (ISO 8601 texts), as unix seconds and back. No clock is read.

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

use crate::CallError;

/// Without a zone, which then is UTC.
const BARE: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];

/// `None` if the text is no time.
pub(crate) fn unix(text: &str) -> Option<i64> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
    zoned.ok().or_else(|| bare(text, &BARE))
}

/// In one of these formats, as if it were UTC.
pub(crate) fn bare(text: &str, formats: &[&str]) -> Option<i64> {
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
    Some(local.and_utc().timestamp())
}

/// As used in a query.
pub(crate) fn iso(secs: i64) -> Result<String, CallError> {
    let time = DateTime::from_timestamp(secs, 0);
    let time = time.ok_or_else(|| CallError::unsendable("the time is out of range"))?;
    Ok(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_all_their_spellings() {
        let cases = [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2026-01-01T00:00:00.000000Z", 1_767_225_600),
            ("2026-01-01T00:00:00.000Z", 1_767_225_600),
            ("2026-01-01T00:00:00Z", 1_767_225_600),
            ("2026-01-01T01:00:00+01:00", 1_767_225_600),
            ("2000-03-01T00:00:00+03:00", 951_858_000),
            ("2026-01-01 00:00:00", 1_767_225_600),
            ("2026-01-01T00:00:00.123", 1_767_225_600),
            ("2024-02-29 23:59:59", 1_709_251_199),
        ];
        for (text, secs) in cases {
            assert_eq!(unix(text), Some(secs), "{text}");
        }
        assert_eq!(iso(1_767_225_600).as_deref(), Ok("2026-01-01T00:00:00.000Z"));
        assert!(iso(i64::MAX).is_err());
    }

    #[test]
    fn what_is_no_time_has_no_seconds() {
        for text in [
            "",
            "yesterday",
            "2026-01-01",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01T25:00:00Z",
            "2026-01-01T00:00:00 EAT",
            "ééééééééé",
        ] {
            assert_eq!(unix(text), None, "{text}");
        }
    }
}
