//! Checks that an answer of a gateway is possible before the product uses it.
//!
//! A reference is short and printable, or it could not be stored and asked about. A payment page is an https address,
//! because browsers are sent to it. Texts for people are shortened and cleaned. The check is part of the guard, so it
//! applies to every adapter.

use reqwest::Url;

use crate::event::unclear;
use crate::exchange::unusable;
use crate::http_client::Effect;
use crate::{
    CallError, CallErrorKind, Capabilities, DisputeView, DisputedAmount, EventBody, Expired, FailureCode,
    FailureReason, GatewayEvent, HostedPayment, Movement, Named, PageScheme, PaymentView, RefundView, Sent,
    Transaction, TransactionPage, TransferView, Unclear,
};

/// Longer than any gateway's references.
const MAX_NAME_CHARS: usize = 255;
/// What browsers and proxies can handle.
const MAX_ADDRESS_CHARS: usize = 2048;
/// For people, in lists.
const MAX_TEXT_CHARS: usize = 300;

/// The problem of an answer. Names the part and never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not plausible: {0}")]
pub(crate) struct Implausible(pub &'static str);

/// What an implausible answer means for the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfNot {
    /// The page is useless, and no customer has seen it.
    NoPage,
    /// Something was changed, and it is not known how.
    Changed,
    /// Nothing was changed.
    Read,
}

impl IfNot {
    fn error(self, why: Implausible) -> CallError {
        match self {
            Self::NoPage => CallError {
                failure: Some(FailureCode::Refused),
                http_status: Some(200),
                ..CallError::new(CallErrorKind::Refused, Sent::Yes, why.to_string())
            },
            Self::Changed => unusable(why.to_string(), Effect::Changes),
            Self::Read => unusable(why.to_string(), Effect::Reads),
        }
    }
}

/// An answer, or an error, that may be passed on to the product.
pub(crate) fn believed<T: Plausible>(
    outcome: Result<T, CallError>,
    capabilities: &Capabilities,
    if_not: IfNot,
) -> Result<T, CallError> {
    match outcome {
        Ok(answer) => answer.checked(capabilities.pages).map_err(|why| if_not.error(why)),
        Err(error) => Err(CallError {
            message: clean(&error.message),
            code: error.code.as_deref().map(clean),
            customer_message: error.customer_message.as_deref().map(clean),
            request_id: error.request_id.as_deref().map(|id| clean(id).into_boxed_str()),
            ..error
        }),
    }
}

/// An answer that can be checked.
pub(crate) trait Plausible: Sized {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible>;
}

impl<T: Plausible> Plausible for Option<T> {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        self.map(|one| one.checked(pages)).transpose()
    }
}

impl<T: Plausible> Plausible for Vec<T> {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        self.into_iter().map(|one| one.checked(pages)).collect()
    }
}

impl Plausible for HostedPayment {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        name(&self.reference, "the page's name")?;
        address(&self.redirect_url, pages)?;
        Ok(self)
    }
}

impl Plausible for PaymentView {
    fn checked(self, _: PageScheme) -> Result<Self, Implausible> {
        self.reference.as_deref().map_or(Ok(()), |text| name(text, "the page's name"))?;
        self.payment_reference.as_deref().map_or(Ok(()), |text| name(text, "the payment's name"))?;
        if self.amount.is_negative() {
            return Err(Implausible("the amount is less than nothing"));
        }
        let failure_reason = self
            .failure_reason
            .map(|reason| FailureReason { detail: reason.detail.as_deref().map(clean), ..reason });
        Ok(Self { failure_reason, ..self })
    }
}

impl Plausible for Expired {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        Ok(match self {
            Self::AlreadyPaid(view) => Self::AlreadyPaid(view.checked(pages)?),
            Self::StillProcessing(view) => Self::StillProcessing(view.checked(pages)?),
            Self::Closed | Self::LeftOpen => self,
        })
    }
}

impl Plausible for RefundView {
    fn checked(self, _: PageScheme) -> Result<Self, Implausible> {
        name(&self.reference, "the refund's name")?;
        if self.amount.is_negative() {
            return Err(Implausible("the amount is less than nothing"));
        }
        Ok(Self { failure_reason: self.failure_reason.as_deref().map(clean), ..self })
    }
}

impl Plausible for DisputeView {
    fn checked(self, _: PageScheme) -> Result<Self, Implausible> {
        name(&self.reference, "the dispute's name")?;
        self.payment_reference.as_deref().map_or(Ok(()), |text| name(text, "the payment's name"))?;
        self.page_reference.as_deref().map_or(Ok(()), |text| name(text, "the page's name"))?;
        let amount = match self.amount {
            DisputedAmount::AsTold(words) => DisputedAmount::AsTold(clean(&words)),
            DisputedAmount::Money(money) => DisputedAmount::Money(money),
        };
        Ok(Self { amount, reason: self.reason.as_deref().map(clean), ..self })
    }
}

impl Plausible for TransferView {
    fn checked(self, _: PageScheme) -> Result<Self, Implausible> {
        name(&self.reference, "the transfer's name")?;
        Ok(self)
    }
}

impl GatewayEvent {
    /// An implausible event counts as unread: nothing in it is used.
    pub(crate) fn plausible(self, pages: PageScheme) -> Self {
        let body = self.body.checked(pages).unwrap_or_else(|why| unclear(&why, Named::default()));
        Self { body, ..self }
    }
}

impl Plausible for EventBody {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        Ok(match self {
            Self::Payment(view) => Self::Payment(view.checked(pages)?),
            Self::Refund { view, payment_reference } => {
                payment_reference.as_deref().map_or(Ok(()), |text| name(text, "the payment's name"))?;
                Self::Refund { view: view.checked(pages)?, payment_reference }
            }
            Self::RefundsOf { names, amount } => Self::RefundsOf { names: believable(names), amount },
            Self::Dispute(view) => Self::Dispute(view.checked(pages)?),
            Self::Unclear(Unclear { why, names }) => {
                Self::Unclear(Unclear { why: clean(&why), names: believable(names) })
            }
            Self::Other => Self::Other,
        })
    }
}

/// The references that are possible.
fn believable(names: Named) -> Named {
    let keep = |text: Option<String>| text.filter(|text| name(text, "a name").is_ok());
    Named { page: keep(names.page), charge: keep(names.charge), refund: keep(names.refund), ..names }
}

impl Plausible for Transaction {
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        name(&self.id, "the row's name")?;
        let what = match self.what {
            Movement::Payment(view) => Movement::Payment(view.checked(pages)?),
            Movement::Refund { view, payment_reference } => {
                payment_reference.as_deref().map_or(Ok(()), |text| name(text, "the payment's name"))?;
                Movement::Refund { view: view.checked(pages)?, payment_reference }
            }
            Movement::Dispute(view) => Movement::Dispute(view.checked(pages)?),
        };
        Ok(Self { what, ..self })
    }
}

impl Plausible for TransactionPage {
    /// One row that can't be stored does not hide the others.
    fn checked(self, pages: PageScheme) -> Result<Self, Implausible> {
        let checked = |row: Transaction| match row.checked(pages) {
            Ok(row) => Some(row),
            Err(error) => {
                tracing::warn!(%error, "a row of the gateway's list is left out");
                None
            }
        };
        Ok(Self { transactions: self.transactions.into_iter().filter_map(checked).collect(), ..self })
    }
}

fn name(text: &str, what: &'static str) -> Result<(), Implausible> {
    let short = text.chars().count() <= MAX_NAME_CHARS;
    if short && !text.trim().is_empty() && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(Implausible(what))
    }
}

/// Checks an address to which a customer's browser may be sent.
fn address(text: &str, pages: PageScheme) -> Result<(), Implausible> {
    let printable = !text.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    let short = text.chars().count() <= MAX_ADDRESS_CHARS;
    let sound = |url: Url| {
        let scheme = match pages {
            PageScheme::Https => url.scheme() == "https",
            PageScheme::HttpToo => matches!(url.scheme(), "https" | "http"),
        };
        scheme && url.has_host() && url.username().is_empty() && url.password().is_none()
    };
    if short && printable && Url::parse(text).is_ok_and(sound) {
        Ok(())
    } else {
        Err(Implausible("the page's address"))
    }
}

/// A text for people: without control characters, and shortened.
fn clean(text: &str) -> String {
    let printable = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().take(MAX_TEXT_CHARS).map(printable).collect()
}

#[cfg(test)]
mod tests {
    use money::Money;

    use super::*;
    use crate::PaymentState;

    fn page(address: &str) -> HostedPayment {
        HostedPayment { reference: "cs_1".to_owned(), redirect_url: address.to_owned(), expires_at: None }
    }

    #[test]
    fn a_page_is_an_https_address_of_a_usual_length() {
        let long = |chars: usize| format!("https://x.example/{}", "a".repeat(chars - 18));
        for good in
            ["https://checkout.stripe.com/c/pay/cs_test_a1#fid", "https://bka.sh/?a=1&b=%20", &long(2048)]
        {
            assert!(page(good).checked(PageScheme::Https).is_ok(), "{good}");
        }
        for bad in [
            "javascript:alert(document.domain)",
            "data:text/html,<script>alert(1)</script>",
            "http://checkout.example/1",
            "https://",
            "//checkout.example/1",
            "/pay",
            "",
            "https://x.example/a\r\nset-cookie: a=b",
            "https://x.example/a\tb",
            "https://x.example/a b",
            "https://x.example/\u{0}",
            "https://somebody:secret@x.example/",
            &long(2049),
            &long(900_000),
        ] {
            assert_eq!(
                page(bad).checked(PageScheme::Https),
                Err(Implausible("the page's address")),
                "{}",
                clean(bad)
            );
        }
        assert!(page("http://127.0.0.1:9000/pay").checked(PageScheme::HttpToo).is_ok());
        assert!(page("javascript:alert(1)").checked(PageScheme::HttpToo).is_err());
        assert_eq!(PageScheme::beside("http://sandbox:9000/stripe"), PageScheme::HttpToo);
        assert_eq!(PageScheme::beside("https://api.stripe.com"), PageScheme::Https);
    }

    #[test]
    fn names_can_be_stored_and_texts_are_cut() {
        let view = |reference: &str, detail: &str| PaymentView {
            reference: Some(reference.to_owned()),
            payment_reference: None,
            state: PaymentState::Failed,
            amount: Money::zero("USD".parse().expect("a known code")),
            our_attempt: None,
            our_order: None,
            failure_reason: Some(FailureReason::new(FailureCode::Declined, detail)),
        };
        let reason = view("cs_1", &"<b>\u{0}".repeat(1_000)).checked(PageScheme::Https).expect("plausible");
        let detail = reason.failure_reason.and_then(|reason| reason.detail).expect("a word");
        assert_eq!((detail.chars().count(), detail.contains('\u{0}')), (MAX_TEXT_CHARS, false));
        for bad in ["", " ", "a\u{0}b", "a\nb", &"x".repeat(256)] {
            assert!(view(bad, "").checked(PageScheme::Https).is_err(), "{bad:?}");
        }
        let owed = Money::from_minor_units(-1, "USD".parse().expect("a known code")).expect("small");
        let negative = PaymentView { amount: owed, ..view("cs_1", "") };
        assert!(negative.checked(PageScheme::Https).is_err());
    }
}
