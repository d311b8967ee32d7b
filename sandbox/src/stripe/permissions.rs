//! Restricted keys, `rk_…`: which of them may read or write which resource. The setting is
//! `rk_test_a=refunds:write,charges:read;rk_test_b=*:read`; to write is also to read.

use super::refusal::Refusal;

/// The resources by the names of the setting, the beginning of their paths, and Stripe's word for
/// the permission.
const RESOURCES: [(&str, &str, &str); 11] = [
    ("checkout_sessions", "/v1/checkout/sessions", "checkout_session"),
    ("payment_intents", "/v1/payment_intents", "payment_intent"),
    ("charges", "/v1/charges", "charge"),
    ("refunds", "/v1/refunds", "refund"),
    ("disputes", "/v1/disputes", "dispute"),
    ("transfers", "/v1/transfers", "transfer"),
    ("payouts", "/v1/payouts", "payout"),
    ("balance_transactions", "/v1/balance_transactions", "balance_transaction"),
    ("balance", "/v1/balance", "balance"),
    ("events", "/v1/events", "event"),
    ("early_fraud_warnings", "/v1/radar/early_fraud_warnings", "early_fraud_warning"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    Read,
    Write,
}

/// What a restricted key may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictedKey {
    pub key: String,
    /// By resource; `*` is every one.
    pub grants: Vec<(String, Right)>,
}

impl RestrictedKey {
    /// # Errors
    /// Names what cannot be understood.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let (key, grants) =
            text.split_once('=').ok_or_else(|| format!("{text}: as rk_test_a=refunds:read"))?;
        if !key.starts_with("rk_") {
            return Err(format!("{key}: a restricted key begins with rk_"));
        }
        let grants = grants.split(',').map(|grant| {
            let (resource, right) = grant.trim().split_once(':').unwrap_or((grant.trim(), "read"));
            if resource != "*" && !RESOURCES.iter().any(|(name, ..)| *name == resource) {
                let names = RESOURCES.map(|(name, ..)| name).join(", ");
                return Err(format!("no resource is called {resource:?}; there are *, {names}"));
            }
            match right {
                "read" => Ok((resource.to_owned(), Right::Read)),
                "write" => Ok((resource.to_owned(), Right::Write)),
                other => Err(format!("{other:?} is neither read nor write")),
            }
        });
        Ok(Self { key: key.trim().to_owned(), grants: grants.collect::<Result<_, _>>()? })
    }

    /// # Errors
    /// When the key may not do this. A path that names no resource is left to the router.
    pub fn check(&self, method: &str, path: &str) -> Result<(), Refusal> {
        let begins = |begin: &str| {
            path.strip_prefix(begin).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let Some((name, _, word)) = RESOURCES.iter().find(|(_, begin, _)| begins(begin)) else {
            return Ok(());
        };
        let needed = if method == "GET" { Right::Read } else { Right::Write };
        let mut grants = self.grants.iter();
        if grants.any(|(resource, right)| (resource == "*" || resource == name) && *right >= needed) {
            return Ok(());
        }
        let right = if needed == Right::Read { "read" } else { "write" };
        Err(Refusal::not_permitted(&self.key, &format!("rak_{word}_{right}")))
    }
}

#[cfg(test)]
mod tests {
    use super::RestrictedKey;

    #[test]
    fn a_key_may_what_it_was_granted() {
        let keys = RestrictedKey::parse_all("rk_test_a=refunds:write, charges; rk_test_b=*:read").unwrap();
        let [refunder, reader] = keys.as_slice() else { panic!("{keys:?}") };
        assert!(
            refunder.check("POST", "/v1/refunds").is_ok()
                && refunder.check("GET", "/v1/refunds/re_1").is_ok()
        );
        assert!(
            refunder.check("POST", "/v1/charges").is_err() && refunder.check("GET", "/v1/events").is_err()
        );
        assert!(reader.check("GET", "/v1/balance_transactions").is_ok());
        let refusal = reader.check("POST", "/v1/checkout/sessions").unwrap_err();
        assert!(refusal.status == 403 && refusal.message.contains("rak_checkout_session_write"));
    }

    #[test]
    fn nonsense_is_named() {
        for (text, named) in
            [("sk_test_a=*", "rk_"), ("rk_a=mugs:read", "mugs"), ("rk_a=*:all", "all"), ("rk_a", "rk_a")]
        {
            assert!(RestrictedKey::parse_all(text).unwrap_err().contains(named));
        }
    }
}
