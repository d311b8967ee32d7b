//! Amounts as bKash writes them: decimal text in taka with at most two places. The books keep whole
//! poisha; what a merchant sent is echoed to him as he wrote it.

pub const CURRENCY: &str = "BDT";

/// More digits than any wallet holds, and few enough that sums stay far from overflow.
const MOST_DIGITS: usize = 10;

/// Poisha of `500`, `500.5` or `500.50`; none for zero, signs, exponents and anything longer.
pub fn parse(text: &str) -> Option<i64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > MOST_DIGITS || !(1..=2).contains(&places.len()) {
        return None;
    }
    if !digits(whole) || !digits(places) {
        return None;
    }
    let poisha: i64 = format!("{whole}{places:0<2}").parse().ok()?;
    Some(poisha).filter(|poisha| *poisha > 0)
}

/// With two places, as bKash writes amounts of its own making.
pub fn format(poisha: i64) -> String {
    format!("{}.{:02}", poisha / 100, poisha % 100)
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn only_plain_decimals_are_amounts() {
        for (text, poisha) in
            [("500", 50_000), ("500.5", 50_050), ("0.01", 1), ("9999999999.99", 999_999_999_999)]
        {
            assert_eq!(parse(text), Some(poisha), "{text}");
        }
        for text in ["", "0", "0.00", "-1", "+1", "1.", ".5", "1.001", "1e3", " 1", "10000000000", "১"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(format(50_005), "500.05");
    }
}
