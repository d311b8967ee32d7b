//! Amounts as Chapa writes them: major units, as a text or as a number, whichever it happens to be.
//! Within the sandbox they are integers in the smallest unit, which is a hundredth of both currencies.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Number, Value};

/// The currencies that can be charged.
pub const CURRENCIES: [&str; 2] = ["ETB", "USD"];

/// 9,999,999.99, the limit that Chapa's table of errors names.
const MOST: i64 = 999_999_999;

/// How amounts are written in answers and webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Now as a text, now as a number: a seed decides.
    Random,
    Text,
    Number,
}

/// Digits after the point when an amount is written as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// None for a whole amount, else two: `400`, `400.50`.
    Plain,
    Two,
    Three,
}

#[derive(Debug)]
pub struct Writer {
    style: Style,
    rng: StdRng,
}

impl Writer {
    pub fn new(style: Style, seed: u64) -> Self {
        Self { style, rng: StdRng::seed_from_u64(seed) }
    }

    pub fn amount(&mut self, minor: i64, places: Places) -> Value {
        let as_number = match self.style {
            Style::Random => self.coin(),
            Style::Text => false,
            Style::Number => true,
        };
        let number = as_number.then(|| text(minor, Places::Plain).parse::<Number>().ok()).flatten();
        number.map_or_else(|| Value::String(text(minor, places)), Value::Number)
    }

    /// One of two shapes that are both in use.
    pub fn coin(&mut self) -> bool {
        self.rng.random()
    }
}

pub fn text(minor: i64, places: Places) -> String {
    let (sign, minor) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    let (whole, cents) = (minor / 100, minor % 100);
    match places {
        Places::Plain if cents == 0 => format!("{sign}{whole}"),
        Places::Plain | Places::Two => format!("{sign}{whole}.{cents:02}"),
        Places::Three => format!("{sign}{whole}.{cents:02}0"),
    }
}

/// An amount that is positive and within Chapa's limit.
///
/// # Errors
/// Names the rule that it breaks.
pub fn read(value: &Value) -> Result<i64, &'static str> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err("validation.numeric");
        }
    };
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |digits| (true, digits));
    if !is_decimal(digits) {
        return Err("validation.numeric");
    }
    let whole = digits.split('.').next().unwrap_or_default().trim_start_matches('0');
    if !negative && whole.len() > 7 {
        return Err("validation.max.numeric");
    }
    match minor(digits) {
        _ if negative => Err("validation.min.numeric"),
        None => Err("validation.decimal"),
        Some(0) => Err("validation.min.numeric"),
        Some(minor) if minor > MOST => Err("validation.max.numeric"),
        Some(minor) => Ok(minor),
    }
}

fn is_decimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction)
}

/// A decimal text in the smallest unit; nothing if it is no decimal, or finer than that.
pub fn minor(text: &str) -> Option<i64> {
    if !is_decimal(text) {
        return None;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 2 {
        return None;
    }
    let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents)
}

/// Chapa's fee, 3 % as in its examples, rounded half up.
pub fn charge(minor: i64) -> i64 {
    (minor * 3 + 50) / 100
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Places, Style, Writer, read, text};

    #[test]
    fn amounts_are_read_from_texts_and_numbers() {
        for (wire, minor) in [
            (json!("400"), 40_000),
            (json!(400), 40_000),
            (json!("19.99"), 1999),
            (json!(0.1), 10),
            (json!("9999999.990"), 999_999_999),
        ] {
            assert_eq!(read(&wire), Ok(minor), "{wire}");
        }
    }

    #[test]
    fn what_is_no_amount_breaks_a_rule() {
        for (wire, rule) in [
            (json!("0"), "min.numeric"),
            (json!(-5), "min.numeric"),
            (json!("10000000"), "max.numeric"),
            (json!("9".repeat(4000)), "max.numeric"),
            (json!(1e300), "numeric"),
            (json!("1.005"), "decimal"),
            (json!("1,000"), "numeric"),
            (json!("."), "numeric"),
            (json!(["4"]), "numeric"),
            (json!(true), "numeric"),
        ] {
            assert_eq!(read(&wire), Err(format!("validation.{rule}").as_str()), "{wire}");
        }
    }

    #[test]
    fn random_amounts_are_both_texts_and_numbers() {
        let shapes = |seed| {
            let mut writer = Writer::new(Style::Random, seed);
            (0..50).map(|_| writer.amount(1999, Places::Plain)).collect::<Vec<Value>>()
        };
        assert_eq!(shapes(7), shapes(7));
        assert!(shapes(7).contains(&json!("19.99")) && shapes(7).contains(&json!(19.99)));
        assert_eq!(
            (text(40_000, Places::Plain), text(40_000, Places::Three)),
            ("400".into(), "400.000".into())
        );
    }
}
