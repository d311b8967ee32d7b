//! The hosted payment page, whatever the gateway: what is bought, the test methods to choose from,
//! and the way back. Plain forms without scripts, so that a browser test or `curl` can drive it.

use std::fmt::Write;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::form;
use crate::html::{escape, page, table};

/// One thing a customer can do on the page; `O` is the gateway's word for what follows.
#[derive(Debug)]
pub struct Choice<O> {
    pub outcome: O,
    /// The name in the control API.
    pub name: &'static str,
    /// The card or account number that stands for it.
    pub number: Option<&'static str>,
    pub label: &'static str,
    pub effect: &'static str,
}

/// What is to be paid; amounts are texts for people, as `money` makes them.
#[derive(Debug)]
pub struct Bill {
    /// Name, quantity and amount.
    pub lines: Vec<[String; 3]>,
    pub total: String,
}

/// What the customer sees next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// To the shop's success page; empty if the shop has none.
    Done(String),
    /// Nothing was taken; the page is open still.
    Declined(&'static str),
    /// To the shop's cancel page, if it has one.
    Left(Option<String>),
}

/// Why a page takes no payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    NoSuch,
    Complete,
    Expired,
}

/// The outcome called `text`, or that of the number `text`, with or without spaces.
///
/// # Errors
/// When there is none.
pub fn chosen<O: Copy>(choices: &[Choice<O>], text: &str) -> Result<O, String> {
    let plain: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let known = choices.iter().find(|choice| choice.name == plain || choice.number == Some(plain.as_str()));
    known.map(|choice| choice.outcome).ok_or_else(|| {
        let names = choices.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", ");
        format!("no test number or outcome is {text:?}; there are {names}")
    })
}

/// What a form of the page says: `card` is a number or an outcome; the button to leave sends
/// `outcome`, which wins.
pub fn submitted<O: Copy>(choices: &[Choice<O>], body: &[u8]) -> Result<O, String> {
    let fields = form::pairs(body);
    let field = |name: &str| form::value(&fields, name);
    chosen(choices, field("outcome").or_else(|| field("card")).unwrap_or_default())
}

/// A page that can still be paid, perhaps with a complaint about the last attempt.
pub fn open<O>(bill: &Bill, choices: &[Choice<O>], complaint: Option<(StatusCode, &str)>) -> Response {
    let status = complaint.map_or(StatusCode::OK, |(status, _)| status);
    let alert =
        complaint.map(|(_, text)| format!("<p class=\"alert\" role=\"alert\">{}</p>\n", escape(text)));
    let total = escape(&bill.total);
    let body = format!(
        "<h1>Pay {total}</h1>\n{alert}{lines}\n<form method=\"post\">\n<fieldset>\n<legend>Test card</legend>\n\
         {radios}</fieldset>\n<p><button type=\"submit\">Pay {total}</button>\n\
         <button class=\"quiet\" type=\"submit\" name=\"outcome\" value=\"leave\">Leave without paying</button></p>\n\
         </form>",
        alert = alert.unwrap_or_default(),
        lines = lines(bill),
        radios = radios(choices),
    );
    page(status, "Pay (sandbox)", &body)
}

/// Where the browser goes after the customer acted; a decline is shown on the open page instead.
pub fn back(url: Option<String>) -> Response {
    match url {
        Some(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        None => notice(StatusCode::OK, "Nothing was paid", "You can close this page."),
    }
}

/// The page as it stands: open, perhaps with a complaint, or closed.
pub fn shown<O>(
    bill: Result<Bill, Closed>,
    choices: &[Choice<O>],
    complaint: Option<(StatusCode, &str)>,
) -> Response {
    match bill {
        Ok(bill) => open(&bill, choices, complaint),
        Err(why) => closed(why),
    }
}

/// What the browser gets when the customer has acted; `again` shows the page with a complaint.
pub fn acted(result: Result<Next, Closed>, again: impl FnOnce((StatusCode, &str)) -> Response) -> Response {
    match result {
        Ok(Next::Done(url)) if url.is_empty() => notice(StatusCode::OK, "Paid", "You can close this page."),
        Ok(Next::Done(url)) => back(Some(url)),
        Ok(Next::Left(url)) => back(url),
        Ok(Next::Declined(message)) => again((StatusCode::PAYMENT_REQUIRED, message)),
        Err(why) => closed(why),
    }
}

pub fn closed(why: Closed) -> Response {
    match why {
        Closed::NoSuch => {
            notice(StatusCode::NOT_FOUND, "No such payment", "Check the link, or start again from the shop.")
        }
        Closed::Complete => {
            notice(StatusCode::CONFLICT, "Already paid", "This payment is complete. Nothing more was taken.")
        }
        Closed::Expired => {
            notice(StatusCode::GONE, "This payment has expired", "Please start again from the shop.")
        }
    }
}

/// What can be chosen, as a table.
pub fn legend<O>(choices: &[Choice<O>]) -> String {
    let rows = choices
        .iter()
        .map(|choice| [escape(choice.label), crate::html::code(choice.name), escape(choice.effect)]);
    table(&["Card or method", "Outcome", "What happens"], rows)
}

fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, title, &format!("<h1>{}</h1>\n<p>{}</p>", escape(title), escape(text)))
}

fn lines(bill: &Bill) -> String {
    let mut rows = String::new();
    for [name, quantity, amount] in &bill.lines {
        let (name, quantity, amount) = (escape(name), escape(quantity), escape(amount));
        writeln!(rows, "<tr><td>{name}</td><td>{quantity}</td><td class=\"amount\">{amount}</td></tr>")
            .expect("writing to a String cannot fail");
    }
    format!(
        "<table>\n<thead><tr><th scope=\"col\">Item</th><th scope=\"col\">Quantity</th>\
         <th scope=\"col\" class=\"amount\">Amount</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
         <tfoot><tr><th scope=\"row\" colspan=\"2\">Total</th><td class=\"amount\">{}</td></tr></tfoot>\n</table>",
        escape(&bill.total)
    )
}

/// The first is checked; leaving has a button of its own.
fn radios<O>(choices: &[Choice<O>]) -> String {
    let mut html = String::new();
    let mut checked = " checked";
    for choice in choices.iter().filter(|choice| choice.name != "leave") {
        writeln!(
            html,
            "<label class=\"card\"><input type=\"radio\" name=\"card\" value=\"{}\"{checked}>\
             <span>{}<small>{}</small></span></label>",
            choice.number.unwrap_or(choice.name),
            escape(choice.label),
            escape(choice.effect),
        )
        .expect("writing to a String cannot fail");
        checked = "";
    }
    html
}

/// An amount in the currency's smallest unit, for people: `39.98 USD`, `5000 JPY`.
pub fn money(amount: i64, currency: &str) -> String {
    let currency = currency.to_ascii_uppercase();
    let digits = match currency.as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "UGX" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    };
    if digits == 0 {
        return format!("{amount} {currency}");
    }
    let unit = 10_i64.pow(digits);
    let width = usize::try_from(digits).unwrap_or(2);
    format!("{}.{:0width$} {currency}", amount / unit, amount % unit)
}

#[cfg(test)]
mod tests {
    use super::{Choice, chosen, money, submitted};

    const CHOICES: [Choice<u8>; 2] = [
        Choice { outcome: 1, name: "pay", number: Some("42"), label: "42", effect: "" },
        Choice { outcome: 2, name: "leave", number: None, label: "Leave", effect: "" },
    ];

    #[test]
    fn an_outcome_has_a_name_and_perhaps_a_number() {
        assert_eq!((chosen(&CHOICES, "pay"), chosen(&CHOICES, "4 2")), (Ok(1), Ok(1)));
        assert!(chosen(&CHOICES, "43").is_err_and(|error| error.contains("pay, leave")));
        assert_eq!(submitted(&CHOICES, b"card=42&outcome=leave"), Ok(2));
        assert!(submitted(&CHOICES, b"").is_err());
    }

    #[test]
    fn amounts_follow_their_currency() {
        assert_eq!(money(3998, "usd"), "39.98 USD");
        assert_eq!(money(5, "usd"), "0.05 USD");
        assert_eq!(money(5000, "jpy"), "5000 JPY");
        assert_eq!(money(12_345, "kwd"), "12.345 KWD");
    }
}
