//! Times as Paystack writes and reads them: ISO 8601 in UTC with milliseconds on the way out; on the
//! way in also without milliseconds, without a zone, or a day alone, which means its first moment.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};

pub fn iso(ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Milliseconds since the epoch.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let found = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let found = found.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
    found.map(|time| time.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::{iso, parse};

    #[test]
    fn writes_one_form_and_reads_several() {
        assert_eq!(iso(1_767_225_600_123), "2026-01-01T00:00:00.123Z");
        assert_eq!(parse("2026-01-01T00:00:00.123Z"), Some(1_767_225_600_123));
        assert_eq!(parse("2026-01-01T01:00:00+01:00"), Some(1_767_225_600_000));
        for text in ["2026-01-01", "2026-01-01 00:00:00", "2026-01-01T00:00:00"] {
            assert_eq!(parse(text), Some(1_767_225_600_000), "{text}");
        }
        assert_eq!(parse("yesterday"), None);
    }
}
