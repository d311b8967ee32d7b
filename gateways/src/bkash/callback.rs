//! The parameters with which a browser comes back from bKash's page. Pure.
//!
//! Anyone can write such an address: it is a hint, and bKash's undocumented `signature` in it is ignored.

/// How the customer's visit ended, according to the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackOutcome {
    Success,
    Failure,
    Cancel,
}

/// A browser that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// [`crate::HostedPayment::reference`].
    pub payment_id: String,
    pub outcome: CallbackOutcome,
}

/// Reads the decoded pairs of the query. `None` if a part is missing, repeated, or not a word of bKash.
pub fn callback<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Callback> {
    let (mut payment_id, mut status) = (None, None);
    for (name, value) in pairs {
        let slot = match name {
            "paymentID" => &mut payment_id,
            "status" => &mut status,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    let outcome = match status? {
        "success" => CallbackOutcome::Success,
        "failure" => CallbackOutcome::Failure,
        "cancel" => CallbackOutcome::Cancel,
        _ => return None,
    };
    let payment_id = super::payments::payment_id(payment_id?).ok()?.to_owned();
    Some(Callback { payment_id, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_is_read_and_anything_else_is_none() {
        let read = |text: &'static str| callback(text.split('&').filter_map(|pair| pair.split_once('=')));
        let good = read("order=1&paymentID=TR0011x&status=success&signature=abc").expect("a return");
        assert_eq!((good.payment_id.as_str(), good.outcome), ("TR0011x", CallbackOutcome::Success));
        let outcome = |text| read(text).map(|callback| callback.outcome);
        assert_eq!(outcome("status=failure&paymentID=TR1"), Some(CallbackOutcome::Failure));
        assert_eq!(outcome("status=cancel&paymentID=TR1"), Some(CallbackOutcome::Cancel));
        for bad in [
            "paymentID=TR1",
            "status=success",
            "paymentID=&status=success",
            "paymentID=T R&status=success",
            "paymentID=TR1&status=Success",
            "paymentID=TR1&paymentID=TR2&status=success",
            "paymentID=TR1&status=cancel&status=success",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
