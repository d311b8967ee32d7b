//! Amounts as Stripe takes them: which currencies there are, how small and large an amount may be, and
//! prices that are finer than the smallest unit.

use super::params::Params;
use super::refusal::Refusal;
use super::sift::is_decimal;

/// Stripe's charges have at most eight digits.
pub const MAX_TOTAL: i64 = 99_999_999;

/// The currencies that Stripe's documents list for payments.
const CURRENCIES: &str = "\
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn \
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf \
    gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr \
    lrd lsl mad mdl mga mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab \
    pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sll sos srd std szl thb \
    tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw";

/// Three decimal places, of which the last is always 0.
const OF_THREE_PLACES: [&str; 5] = ["bhd", "jod", "kwd", "omr", "tnd"];

pub fn read_currency(params: &mut Params) -> Result<String, Refusal> {
    let currency = params.required("currency")?.to_ascii_lowercase();
    check_currency(&currency, &params.name_of("currency"))?;
    Ok(currency)
}

/// # Errors
/// When Stripe has no such currency.
pub fn check_currency(currency: &str, param: &str) -> Result<(), Refusal> {
    if CURRENCIES.split(' ').any(|known| known == currency) {
        return Ok(());
    }
    let known = CURRENCIES.replace(' ', ", ");
    let message =
        format!("Invalid currency: {currency}. Stripe currently supports these currencies: {known}");
    Err(Refusal::invalid(param, message))
}

/// What any amount is held to, whatever it is for.
///
/// # Errors
/// When it has more digits than Stripe takes, or a last digit that its currency has not.
pub fn check(amount: i64, currency: &str, param: &str) -> Result<(), Refusal> {
    if amount > MAX_TOTAL {
        return Err(too_large(param));
    }
    check_last_digit(amount, currency, param)
}

fn check_last_digit(amount: i64, currency: &str, param: &str) -> Result<(), Refusal> {
    if amount % 10 == 0 || !OF_THREE_PLACES.contains(&currency) {
        return Ok(());
    }
    let message = format!(
        "Invalid amount: {amount}. Amounts in {currency} have three decimal places, and the last digit must be 0."
    );
    Err(Refusal::invalid(param, message))
}

/// Stripe's minimum is the worth of 50 US cents; only the round cases are known here.
pub fn check_least(amount: i64, currency: &str, param: &str) -> Result<(), Refusal> {
    let least = match currency {
        "usd" | "eur" | "cad" | "aud" => 50,
        "gbp" => 30,
        _ => 0,
    };
    if amount >= least {
        return Ok(());
    }
    let message = "The total amount due must add up to at least $0.50 usd.";
    Err(Refusal::coded("amount_too_small", param, message))
}

pub fn too_large(param: &str) -> Refusal {
    let message = "The amount must be no more than 999,999.99.";
    Refusal::coded("amount_too_large", param, message)
}

/// What one piece costs, in units of 10⁻¹² of the smallest unit: Stripe takes twelve decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitAmount(i128);

const ONE: i128 = 1_000_000_000_000;

impl UnitAmount {
    /// `unit_amount` or `unit_amount_decimal`, of which a price has one.
    ///
    /// # Errors
    /// When there is none, or both, or it is below zero or too large.
    pub fn read(price: &mut Params, currency: &str) -> Result<Self, Refusal> {
        let (whole, fine) = (price.natural("unit_amount")?, price.text("unit_amount_decimal")?);
        let (name, fine_name) = (price.name_of("unit_amount"), price.name_of("unit_amount_decimal"));
        match (whole, fine) {
            (Some(_), Some(_)) => {
                let message =
                    "You may only specify one of these parameters: unit_amount, unit_amount_decimal.";
                Err(Refusal::invalid(&fine_name, message))
            }
            (Some(whole), None) => {
                check(whole, currency, &name)?;
                Ok(Self(i128::from(whole) * ONE))
            }
            (None, Some(fine)) => {
                let price = Self::parse(&fine).ok_or_else(|| {
                    let limits = "it must not be negative, nor have more than nine digits before the point";
                    Refusal::invalid(&fine_name, format!("Invalid decimal: {fine}; {limits}"))
                })?;
                price.whole().map_or(Ok(price), |whole| check(whole, currency, &fine_name).map(|()| price))
            }
            (None, None) => Err(price.missing("unit_amount")),
        }
    }

    /// None for what is negative, no decimal, or beyond any total.
    fn parse(text: &str) -> Option<Self> {
        let (whole, places) = text.split_once('.').unwrap_or((text, ""));
        if !is_decimal(text) || text.starts_with('-') || whole.len() > 9 {
            return None;
        }
        format!("{whole}{places:0<12}").parse().ok().map(Self)
    }

    /// The amount of so many, rounded half up as Stripe does after it has multiplied. None if it is too large.
    pub fn times(self, quantity: i64) -> Option<i64> {
        let exact = self.0.checked_mul(i128::from(quantity))?;
        i64::try_from((exact + ONE / 2) / ONE).ok().filter(|amount| *amount <= MAX_TOTAL)
    }

    /// None if it is finer than the smallest unit.
    pub fn whole(self) -> Option<i64> {
        (self.0 % ONE == 0).then(|| i64::try_from(self.0 / ONE).ok()).flatten()
    }

    /// As Stripe writes it: without zeros at the end.
    pub fn decimal(self) -> String {
        let (whole, places) = (self.0 / ONE, format!("{:012}", self.0 % ONE));
        let places = places.trim_end_matches('0');
        if places.is_empty() { whole.to_string() } else { format!("{whole}.{places}") }
    }
}

#[cfg(test)]
mod tests {
    use super::{UnitAmount, check, check_currency};

    #[test]
    fn finer_prices_are_rounded_after_multiplying() {
        let price = UnitAmount::parse("10.125").unwrap();
        assert_eq!((price.times(1), price.times(4), price.times(100)), (Some(10), Some(41), Some(1013)));
        assert_eq!((price.whole(), price.decimal().as_str()), (None, "10.125"));
        let round = UnitAmount::parse("1999.00").unwrap();
        assert_eq!((round.whole(), round.decimal().as_str()), (Some(1999), "1999"));
        assert_eq!(UnitAmount::parse("99999999").unwrap().times(2), None);
        for text in ["-1", "1e3", "", ".5", "1.0000000000001", "1000000000"] {
            assert_eq!(UnitAmount::parse(text), None, "{text}");
        }
    }

    #[test]
    fn currencies_and_their_last_digits_are_stripes() {
        assert!(check_currency("bdt", "currency").is_ok() && check_currency("etb", "currency").is_ok());
        assert!(check_currency("xxx", "currency").unwrap_err().message.starts_with("Invalid currency: xxx."));
        assert!(check(5_250, "kwd", "amount").is_ok() && check(5_255, "usd", "amount").is_ok());
        assert_eq!(check(5_255, "kwd", "amount").unwrap_err().param.as_deref(), Some("amount"));
    }
}
