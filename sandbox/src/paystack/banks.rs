//! The banks that a recipient's account can be with, and whose account it is. A few of each country;
//! whatever the code, an account of ten digits belongs to somebody, but for one.

use serde_json::{Value, json};

use super::fields::Fields;
use super::gate::Answer;
use super::refusal::Refusal;

/// Code, name, slug, currency, country.
const BANKS: [(&str, &str, &str, &str, &str); 8] = [
    ("011", "First Bank of Nigeria", "first-bank-of-nigeria", "NGN", "Nigeria"),
    ("044", "Access Bank", "access-bank", "NGN", "Nigeria"),
    ("057", "Zenith Bank", "zenith-bank", "NGN", "Nigeria"),
    ("058", "Guaranty Trust Bank", "guaranty-trust-bank", "NGN", "Nigeria"),
    ("030100", "Absa Bank Ghana Ltd", "absa-bank-ghana-ltd", "GHS", "Ghana"),
    ("MTN", "MTN", "mtn-mobile-money", "GHS", "Ghana"),
    ("632005", "Absa Bank Limited, South Africa", "absa-za", "ZAR", "South Africa"),
    ("68", "Equity Bank", "equity-bank-ke", "KES", "Kenya"),
];

/// When Paystack began to list them.
const LISTED_AT: &str = "2016-07-14T10:04:29.000Z";

/// The account that is nobody's.
pub const UNKNOWN_ACCOUNT: &str = "9999999999";

/// Its name, for those in the list.
pub fn name(code: &str) -> Option<&'static str> {
    BANKS.iter().find(|(known, ..)| *known == code).map(|(_, name, ..)| *name)
}

pub fn list(query: &Fields) -> Result<Answer, Refusal> {
    let (currency, country) = (query.text("currency")?, query.text("country")?);
    let numbered = BANKS.iter().zip(1_i64..);
    let wanted = numbered.filter(|((.., of_currency, of_country), _)| {
        currency.as_deref().is_none_or(|currency| currency == *of_currency)
            && country.as_deref().is_none_or(|country| country.eq_ignore_ascii_case(of_country))
    });
    let banks: Vec<Value> = wanted
        .map(|((code, name, slug, currency, country), id)| {
            json!({"id": id, "name": name, "slug": slug, "code": code, "longcode": "", "gateway": null,
                "pay_with_bank": false, "supports_transfer": true, "available_for_direct_debit": false,
                "active": true, "is_deleted": false, "country": country, "currency": currency, "type": "nuban",
                "createdAt": LISTED_AT, "updatedAt": LISTED_AT})
        })
        .collect();
    Ok(Answer::new("Banks retrieved", Value::Array(banks)))
}

pub fn resolve(query: &Fields) -> Result<Answer, Refusal> {
    let account = query.text("account_number")?.ok_or_else(|| Refusal::missing("Account number"))?;
    let code = query.text("bank_code")?.ok_or_else(|| Refusal::missing("Bank code"))?;
    let place = BANKS.iter().zip(1_i64..).find(|((known, ..), _)| *known == code);
    let sound = account.len() == 10 && account.bytes().all(|digit| digit.is_ascii_digit());
    match place {
        Some((_, bank_id)) if sound && account != UNKNOWN_ACCOUNT => {
            let data = json!({"account_number": account, "account_name": "TEST ACCOUNT", "bank_id": bank_id});
            Ok(Answer::new("Account number resolved", data))
        }
        _ => Err(Refusal::wrong_state("Could not resolve account name. Check parameters or try again.")),
    }
}
