//! Our requests as Paystack's JSON. Pure, and equal for equal requests.

use serde_json::{Value, json};

use super::amounts::{CURRENCIES, CURRENCIES_AND_XOF, Units};
use super::config::PaystackConfig;
use super::{map, path_part};
use crate::contract::more_than_zero;
use crate::{CallError, CreatePayment, CreateRefund, Currencies};

/// The currencies that are offered.
pub(super) fn currencies(config: &PaystackConfig) -> Currencies {
    Currencies::Only(if config.takes_xof { CURRENCIES_AND_XOF } else { CURRENCIES })
}

/// An acceptable amount, in Paystack's units.
pub(super) fn amount(config: &PaystackConfig, amount: money::Money) -> Result<i64, CallError> {
    more_than_zero(amount)?;
    let currency = amount.currency();
    if !currencies(config).contain(currency) {
        return Err(CallError::amount_not_supported(format!("{currency} is not offered")));
    }
    let units = Units { xof_subunit: config.xof_subunit };
    units.of(amount).map_err(|error| CallError::amount_not_supported(error.to_string()))
}

/// The body of `POST /transaction/initialize`.
pub(super) fn initialize(
    config: &PaystackConfig,
    request: &CreatePayment,
    reference: &str,
) -> Result<Value, CallError> {
    let email = request.customer_email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    let email = email.ok_or_else(|| CallError::unsendable("Paystack needs the customer's e-mail address"))?;
    let mut body = json!({
        "email": email,
        "amount": amount(config, request.amount)?,
        "currency": request.amount.currency().code(),
        "reference": reference,
        "callback_url": request.success_url,
        // The page shows this instead of the e-mail address.
        "label": format!("Order {}", request.order_number),
        "metadata": {
            "custom_fields": [{
                "display_name": "Order", "variable_name": "order_number", "value": request.order_number,
            }],
            "order_id": request.order_id,
            "attempt_id": request.attempt_id,
            "order_number": request.order_number,
            "cancel_action": request.cancel_url,
        },
    });
    if !config.channels.is_empty() {
        body["channels"] = json!(config.channels);
    }
    Ok(body)
}

/// The body of `POST /refund`.
pub(super) fn refund(config: &PaystackConfig, request: &CreateRefund) -> Result<Value, CallError> {
    let name = &request.name;
    Ok(json!({
        "transaction": path_part(&name.payment_reference)?,
        "amount": amount(config, name.amount)?,
        "currency": name.amount.currency().code(),
        "merchant_note": map::note(name.refund_id),
    }))
}

/// Where Paystack sends a customer who has paid: our address with the payment's reference.
pub(super) fn returned(success_url: &str, reference: &str) -> String {
    let (address, fragment) = success_url.split_once('#').map_or((success_url, None), |(a, f)| (a, Some(f)));
    let sign = if address.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{address}{sign}trxref={reference}&reference={reference}{fragment}")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{RefundName, RefundReason, Secret};

    fn payment(amount: &str, currency: &str) -> CreatePayment {
        let currency = currency.parse().expect("a known code");
        CreatePayment {
            attempt_id: Uuid::from_u128(1),
            order_id: Uuid::from_u128(2),
            order_number: "H-1001".to_owned(),
            amount: money::Money::new(amount.parse().expect("a decimal"), currency).expect("small"),
            lines: vec![],
            customer_email: Some(" a@example.com ".to_owned()),
            customer_name: None,
            customer_phone: None,
            success_url: "https://shop.example/paid".to_owned(),
            cancel_url: "https://shop.example/cart".to_owned(),
            attempt_created_at: 0,
            expires_at: 0,
        }
    }

    fn config() -> PaystackConfig {
        PaystackConfig::new(Secret::from("sk_test_x"))
    }

    #[test]
    fn a_payment_as_paystack_wants_it() {
        let reference = Uuid::from_u128(1).to_string();
        let body = initialize(&config(), &payment("5000.50", "NGN"), &reference).expect("a good request");
        let expected = json!({
            "email": "a@example.com", "amount": 500_050, "currency": "NGN", "reference": reference,
            "callback_url": "https://shop.example/paid", "label": "Order H-1001",
            "metadata": {
                "custom_fields": [{
                    "display_name": "Order", "variable_name": "order_number", "value": "H-1001",
                }],
                "order_id": Uuid::from_u128(2), "attempt_id": Uuid::from_u128(1), "order_number": "H-1001",
                "cancel_action": "https://shop.example/cart",
            },
        });
        assert_eq!(body, expected);
        let narrow = PaystackConfig { channels: vec!["card".to_owned()], ..config() };
        let body = initialize(&narrow, &payment("1", "GHS"), &reference).expect("a good request");
        assert_eq!(body["channels"], json!(["card"]));
    }

    #[test]
    fn francs_are_hundreds_unless_set_otherwise_and_only_if_offered() {
        assert!(initialize(&config(), &payment("500", "XOF"), "r").is_err());
        let offered = PaystackConfig { takes_xof: true, ..config() };
        assert_eq!(initialize(&offered, &payment("500", "XOF"), "r").expect("offered")["amount"], 50_000);
        let whole = PaystackConfig { xof_subunit: 1, ..offered };
        assert_eq!(initialize(&whole, &payment("500", "XOF"), "r").expect("offered")["amount"], 500);
    }

    #[test]
    fn what_makes_no_sense_is_not_sent() {
        let nobody = CreatePayment { customer_email: None, ..payment("1", "NGN") };
        let error = initialize(&config(), &nobody, "r").expect_err("no address");
        assert_eq!((error.sent, error.message.contains("e-mail")), (crate::Sent::No, true));
        for bad in [payment("0", "NGN"), payment("-1", "NGN"), payment("1", "EUR")] {
            assert!(initialize(&config(), &bad, "r").is_err());
        }
    }

    #[test]
    fn a_refund_carries_our_id() {
        let id = Uuid::from_u128(9);
        let name = RefundName {
            refund_id: id,
            reference: None,
            page_reference: Uuid::from_u128(1).to_string(),
            payment_reference: "302961".to_owned(),
            amount: payment("100", "NGN").amount,
            others: vec![],
        };
        let request = CreateRefund { name, order_id: Uuid::from_u128(2), reason: RefundReason::Other };
        let body = refund(&config(), &request).expect("a good request");
        let note = format!("refund {id}");
        assert_eq!(
            body,
            json!({"transaction": "302961", "amount": 10_000, "currency": "NGN", "merchant_note": note})
        );
    }

    #[test]
    fn the_way_back_is_paystacks() {
        assert_eq!(returned("https://s.example/p", "r"), "https://s.example/p?trxref=r&reference=r");
        assert_eq!(
            returned("https://s.example/p?o=1#x", "r"),
            "https://s.example/p?o=1&trxref=r&reference=r#x"
        );
    }
}
