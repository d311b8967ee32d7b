//! The banks and wallets that a transfer can go to, a few of those that Chapa lists.
//! `id` is what transfers call `bank_code`.

use serde_json::{Value, json};

use super::books::Books;
use super::gate::Call;
use super::refusal::Refusal;

#[derive(Debug)]
pub struct Bank {
    pub id: u32,
    pub name: &'static str,
    pub swift: &'static str,
    pub mobile_money: bool,
    /// Digits of an account number.
    pub acct_length: usize,
}

pub const BANKS: [Bank; 7] = [
    Bank { id: 855, name: "telebirr", swift: "TELEBIRR", mobile_money: true, acct_length: 10 },
    Bank { id: 128, name: "CBEBirr", swift: "CBEBIRR", mobile_money: true, acct_length: 10 },
    Bank { id: 266, name: "M-Pesa", swift: "MPESA", mobile_money: true, acct_length: 10 },
    Bank {
        id: 946,
        name: "Commercial Bank of Ethiopia (CBE)",
        swift: "CBETETAA",
        mobile_money: false,
        acct_length: 13,
    },
    Bank { id: 656, name: "Awash Bank", swift: "AWINETAA", mobile_money: false, acct_length: 14 },
    Bank { id: 347, name: "Bank of Abyssinia", swift: "ABYSETAA", mobile_money: false, acct_length: 8 },
    Bank { id: 880, name: "Dashen Bank", swift: "DASHETAA", mobile_money: false, acct_length: 13 },
];

/// Chapa's number of the country, and when it began to list its banks.
const ETHIOPIA: u32 = 1;
const LISTED_AT: &str = "2023-01-01T00:00:00.000000Z";

pub fn find(code: &str) -> Option<&'static Bank> {
    let id: u32 = code.parse().ok()?;
    BANKS.iter().find(|bank| bank.id == id)
}

pub fn list(_books: &mut Books, _call: &Call) -> Result<Value, Refusal> {
    let banks = BANKS.iter().map(|bank| {
        json!({
            "id": bank.id,
            "swift": bank.swift,
            "name": bank.name,
            "country_id": ETHIOPIA,
            "acct_length": bank.acct_length,
            "is_mobilemoney": bank.mobile_money.then_some(1),
            "is_rtgs": null,
            "currency": "ETB",
            "created_at": LISTED_AT,
            "updated_at": LISTED_AT,
        })
    });
    Ok(json!({"message": "Banks retrieved", "data": banks.collect::<Vec<_>>()}))
}
