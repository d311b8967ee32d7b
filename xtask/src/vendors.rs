//! The four payment gateways as the commands use them: how product and sandbox are configured for each other, in which
//! currency each is paid, and where its payments are in the books of the sandbox.

/// A gateway, and the currency in which the demo shops sell for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vendor {
    /// Its word in the API, in settings and in the sandbox.
    pub name: &'static str,
    pub currency: &'static str,
    /// The promised word that opens its page: `/api/payment/<name>/<opening>`.
    pub opening: &'static str,
    /// Its list of payments in the sandbox's books, and what a payment there has of our reference.
    pub list: &'static str,
    pub reference: &'static str,
}

const fn vendor(
    name: &'static str,
    currency: &'static str,
    opening: &'static str,
    list: &'static str,
    reference: &'static str,
) -> Vendor {
    Vendor { name, currency, opening, list, reference }
}

pub const VENDORS: [Vendor; 4] = [
    vendor("stripe", "USD", "session", "payment_intents", "session"),
    vendor("bkash", "BDT", "initiate", "payments", "id"),
    vendor("paystack", "NGN", "initialize", "payments", "reference"),
    vendor("chapa", "ETB", "initialize", "payments", "tx_ref"),
];

/// The gateways that take a currency of the demo shops: its own, and one more.
pub fn taking(currency: &str) -> [Vendor; 2] {
    let [stripe, bkash, paystack, chapa] = VENDORS;
    match currency {
        "BDT" => [bkash, stripe],
        "NGN" => [paystack, stripe],
        "ETB" => [chapa, stripe],
        _ => [stripe, paystack],
    }
}

pub fn named(name: &str) -> Option<Vendor> {
    VENDORS.into_iter().find(|vendor| vendor.name == name)
}

/// One value, under the product's name for it and the sandbox's.
#[derive(Debug)]
pub struct Setting {
    pub product: Option<&'static str>,
    pub sandbox: Option<&'static str>,
    pub value: String,
}

/// All that product and sandbox must agree on. `secret` signs webhooks.
pub fn settings(api: &str, sandbox: &str, secret: &str) -> Vec<Setting> {
    let both = |product, sandbox_too, value: &str| Setting {
        product: Some(product),
        sandbox: Some(sandbox_too),
        value: value.to_owned(),
    };
    let product = |name, value| Setting { product: Some(name), sandbox: None, value };
    let sandbox_only = |name, value| Setting { product: None, sandbox: Some(name), value };
    let pushes = |name, vendor| sandbox_only(name, format!("{api}/api/webhooks/{vendor}"));
    let signing = format!("whsec_{secret}");
    vec![
        both("HAAT_STRIPE_SECRET_KEY", "HAAT_SANDBOX_STRIPE_KEY", "sk_test_sandbox"),
        both("HAAT_STRIPE_WEBHOOK_SECRETS", "HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS", &signing),
        product("HAAT_STRIPE_BASE_URL", format!("{sandbox}/stripe")),
        pushes("HAAT_SANDBOX_STRIPE_WEBHOOK_URL", "stripe"),
        both("HAAT_BKASH_APP_KEY", "HAAT_SANDBOX_BKASH_APP_KEY", "sandbox_key"),
        both("HAAT_BKASH_APP_SECRET", "HAAT_SANDBOX_BKASH_APP_SECRET", "sandbox_secret"),
        both("HAAT_BKASH_USERNAME", "HAAT_SANDBOX_BKASH_USERNAME", "sandbox"),
        both("HAAT_BKASH_PASSWORD", "HAAT_SANDBOX_BKASH_PASSWORD", "sandbox"),
        both("HAAT_BKASH_TOPIC_ARNS", "HAAT_SANDBOX_BKASH_SNS_TOPIC_ARN", TOPIC),
        // A new sandbox knows no token of the one before, and Redis may lose them.
        both("HAAT_BKASH_TOKEN_FETCHES_PER_HOUR", "HAAT_SANDBOX_BKASH_GRANTS_PER_HOUR", "1000"),
        product("HAAT_BKASH_CERTIFICATE_ORIGIN", sandbox.to_owned()),
        product("HAAT_BKASH_BASE_URL", format!("{sandbox}/bkash/v1.2.0-beta")),
        pushes("HAAT_SANDBOX_BKASH_WEBHOOK_URL", "bkash"),
        both("HAAT_PAYSTACK_SECRET_KEY", "HAAT_SANDBOX_PAYSTACK_KEY", "sk_test_paystack"),
        product("HAAT_PAYSTACK_BASE_URL", format!("{sandbox}/paystack")),
        pushes("HAAT_SANDBOX_PAYSTACK_WEBHOOK_URL", "paystack"),
        both("HAAT_CHAPA_SECRET_KEY", "HAAT_SANDBOX_CHAPA_KEY", "CHASECK_TEST-sandbox"),
        both("HAAT_CHAPA_WEBHOOK_SECRETS", "HAAT_SANDBOX_CHAPA_WEBHOOK_SECRETS", secret),
        product("HAAT_CHAPA_BASE_URL", format!("{sandbox}/chapa/v1")),
        pushes("HAAT_SANDBOX_CHAPA_WEBHOOK_URL", "chapa"),
        // If it is off, only a person can find out the result of a refund whose answer was lost.
        sandbox_only("HAAT_SANDBOX_CHAPA_REFUND_VERIFY_BY_OURS", "on".into()),
    ]
}

const TOPIC: &str = "arn:aws:sns:ap-southeast-1:000000000000:bkash-sandbox";

/// What the sandbox's control knows a payment by: the last part of its page's address.
pub fn page_name(url: &str) -> Option<&str> {
    url.split(['?', '#']).next()?.rsplit('/').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::page_name;

    #[test]
    fn a_page_is_named_by_the_end_of_its_path() {
        assert_eq!(page_name("http://h/bkash/pay/TR1?hash=a/b&mode=0011"), Some("TR1"));
        assert_eq!(page_name("http://h/stripe/pay/cs_test_1#fragment"), Some("cs_test_1"));
        assert_eq!(page_name("http://h/"), None);
    }
}
