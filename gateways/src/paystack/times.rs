//! Paystack's times, ISO 8601 texts, as unix seconds and back.

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

use crate::CallError;

/// `None` for what is no time.
pub(super) fn unix(text: &str) -> Option<i64> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.timestamp());
    let bare =
        || NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").map(|time| time.and_utc().timestamp());
    zoned.or_else(|_| bare()).ok()
}

/// As a query has it.
pub(super) fn iso(secs: i64) -> Result<String, CallError> {
    let time = DateTime::from_timestamp(secs, 0);
    let time = time.ok_or_else(|| CallError::unsendable("the time is out of range"))?;
    Ok(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_all_their_spellings() {
        assert_eq!(iso(1_767_225_600).as_deref(), Ok("2026-01-01T00:00:00.000Z"));
        for text in [
            "2026-01-01T00:00:00.000Z",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
            "2026-01-01 00:00:00",
        ] {
            assert_eq!(unix(text), Some(1_767_225_600), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z"] {
            assert_eq!(unix(text), None, "{text}");
        }
        assert!(iso(i64::MAX).is_err());
    }
}
