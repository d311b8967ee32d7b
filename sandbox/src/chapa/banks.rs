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
    pub mobile_money: bool,
    /// Digits of an account number.
    pub acct_length: usize,
}

pub const BANKS: [Bank; 7] = [
    Bank { id: 855, name: "telebirr", mobile_money: true, acct_length: 10 },
    Bank { id: 128, name: "CBEBirr", mobile_money: true, acct_length: 10 },
    Bank { id: 266, name: "M-Pesa", mobile_money: true, acct_length: 10 },
    Bank { id: 946, name: "Commercial Bank of Ethiopia (CBE)", mobile_money: false, acct_length: 13 },
    Bank { id: 656, name: "Awash Bank", mobile_money: false, acct_length: 14 },
    Bank { id: 347, name: "Bank of Abyssinia", mobile_money: false, acct_length: 8 },
    Bank { id: 880, name: "Dashen Bank", mobile_money: false, acct_length: 13 },
];

pub fn find(code: &str) -> Option<&'static Bank> {
    let id: u32 = code.parse().ok()?;
    BANKS.iter().find(|bank| bank.id == id)
}

pub fn list(_books: &mut Books, _call: &Call) -> Result<Value, Refusal> {
    let banks = BANKS.iter().map(|bank| {
        json!({
            "id": bank.id,
            "name": bank.name,
            "acct_length": bank.acct_length,
            "is_mobilemoney": bank.mobile_money.then_some(1),
            "currency": "ETB",
        })
    });
    Ok(json!({"message": "Banks retrieved", "data": banks.collect::<Vec<_>>()}))
}
