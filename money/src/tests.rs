//! Property tests: money is never made or lost by arithmetic.

use proptest::prelude::*;

use super::*;

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just("USD"), Just("JPY"), Just("KWD"), Just("BDT")]
        .prop_map(|code| code.parse().expect("known"))
}

fn money() -> impl Strategy<Value = Money> {
    (-1_000_000_000i64..1_000_000_000, currency())
        .prop_map(|(units, currency)| Money::from_minor_units(units, currency).expect("in range"))
}

proptest! {
    #[test]
    fn parts_always_sum_to_the_whole(whole in money(), weights in prop::collection::vec(0u64..10_000, 1..12)) {
        let parts = whole.allocate(&weights);
        let sum = parts.iter().try_fold(Money::zero(whole.currency()), |sum, part| sum.checked_add(*part));
        prop_assert_eq!(sum, Ok(whole));
        prop_assert_eq!(parts.len(), weights.len());
    }

    #[test]
    fn no_part_is_a_whole_minor_unit_off_its_exact_share(whole in money(), weights in prop::collection::vec(1u64..10_000, 1..12)) {
        let total: u64 = weights.iter().sum();
        for (part, weight) in whole.allocate(&weights).iter().zip(&weights) {
            let off = i128::from(part.minor_units()) * i128::from(total) - i128::from(whole.minor_units()) * i128::from(*weight);
            prop_assert!(off.abs() < i128::from(total));
        }
    }

    #[test]
    fn a_share_and_its_rest_make_the_whole(whole in money(), permille in 0i64..=1000) {
        let share = whole.share(Decimal::new(permille, 3)).expect("a rate within 0 and 1");
        let rest = whole.checked_sub(share).expect("same currency");
        prop_assert_eq!(share.checked_add(rest), Ok(whole));
        prop_assert!(share.amount().abs() <= whole.amount().abs());
    }

    #[test]
    fn minor_units_and_json_give_back_the_same_money(money in money()) {
        prop_assert_eq!(Money::from_minor_units(money.minor_units(), money.currency()), Ok(money));
        let shown = money.amount().to_string();
        prop_assert_eq!(Money::new(shown.parse().expect("a decimal"), money.currency()), Ok(money));
    }
}

#[test]
fn more_decimals_than_the_currency_has_are_refused_not_rounded() {
    let yen: Currency = "jpy".parse().expect("known");
    assert_eq!(Money::new(Decimal::new(105, 1), yen), Err(MoneyError::TooPrecise(yen)));
    assert!(Money::new(Decimal::new(1050, 1), yen).is_ok_and(|money| money.minor_units() == 105));
}

#[test]
fn two_currencies_never_meet_in_one_sum() {
    let (usd, eur) = ("USD".parse().expect("known"), "EUR".parse().expect("known"));
    assert_eq!(Money::zero(usd).checked_add(Money::zero(eur)), Err(MoneyError::Mixed(usd, eur)));
}

#[test]
fn an_enormous_amount_is_refused_and_never_wraps() {
    let usd: Currency = "USD".parse().expect("known");
    assert_eq!(Money::new(Decimal::MAX, usd), Err(MoneyError::OutOfRange));
    let large = Money::new(Decimal::from(MAX_AMOUNT), usd).expect("the limit itself");
    assert_eq!(large.times(2), Err(MoneyError::OutOfRange));
    assert_eq!(large.minor_units(), MAX_AMOUNT * 100);
}

#[test]
fn an_amount_is_written_plainly() {
    let read =
        |amount: &str| serde_json::from_str::<Money>(&format!(r#"{{"amount":{amount},"currency":"USD"}}"#));
    for plain in [r#""12.50""#, r#""12""#, r#""-0.5""#, r#""0""#] {
        assert!(read(plain).is_ok(), "{plain}");
    }
    for odd in [
        r#""1_000""#,
        r#""+1""#,
        r#"".5""#,
        r#""5.""#,
        r#""1e3""#,
        r#""""#,
        r#""-""#,
        r#"" 1""#,
        r#""007""#,
        r#""٣""#,
        "5",
        "5.0",
    ] {
        assert!(read(odd).is_err(), "{odd}");
    }
}
