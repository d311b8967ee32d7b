//! The four ways in which bKash and its messenger write a moment. Bangladesh keeps one offset, six
//! hours, all year.

use chrono::{DateTime, FixedOffset, Utc};

const OFFSET_S: i32 = 6 * 3600;

/// `2025-11-02T14:29:02:166 GMT+0600`: a colon before the milliseconds.
pub fn moment(ms: i64) -> String {
    dhaka(ms).format("%Y-%m-%dT%H:%M:%S:%3f GMT%z").to_string()
}

/// `2024-06-13T16:27:24:000`: the second refund API leaves the offset out.
pub fn refund_moment(ms: i64) -> String {
    dhaka(ms).format("%Y-%m-%dT%H:%M:%S:%3f").to_string()
}

/// `20180419122246`, in push messages.
pub fn digits(ms: i64) -> String {
    dhaka(ms).format("%Y%m%d%H%M%S").to_string()
}

/// `2026-01-01T06:00:01.000Z`, on the envelope of push messages.
pub fn utc(ms: i64) -> String {
    at(ms).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn dhaka(ms: i64) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(OFFSET_S).expect("six hours are an offset");
    at(ms).with_timezone(&offset)
}

/// The epoch for a clock that was moved beyond what a calendar holds.
fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_moment_is_written_in_four_ways() {
        let ms = 1_762_072_142_166;
        assert_eq!(super::moment(ms), "2025-11-02T14:29:02:166 GMT+0600");
        assert_eq!(super::refund_moment(ms), "2025-11-02T14:29:02:166");
        assert_eq!(super::digits(ms), "20251102142902");
        assert_eq!(super::utc(ms), "2025-11-02T08:29:02.166Z");
        assert_eq!(super::utc(i64::MAX), "1970-01-01T00:00:00.000Z");
    }
}
