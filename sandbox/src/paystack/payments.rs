//! What customers do on the payment page, and what becomes of money that arrives later. There is no
//! event for a payment that failed: whoever waits must ask.

use super::books::{Books, Settlement, lower};
use super::model::{Attempt, Authorization, Status, Transaction, fee};
use super::outcome::{Outcome, Recharge, RefundCourse};
use super::render::{self, Nothing};
use crate::ids::token;
use crate::payment_page::{Closed, Next};
use crate::sums::tally;

/// Lines of a transaction's log; whoever tries more often leaves no trace of it.
const LOG_AT_MOST: usize = 50;

impl Books {
    /// The customer acts on the page of the transaction with this reference, id or access code.
    ///
    /// # Errors
    /// When the transaction takes no payment now.
    pub fn pay(&mut self, name: &str, outcome: Outcome) -> Result<Next, Closed> {
        let reference = self.reference_of(name).ok_or(Closed::NoSuch)?;
        let transaction = self.transactions.get(&reference).ok_or(Closed::NoSuch)?;
        if transaction.access_code.is_none() {
            return Err(Closed::NoSuch);
        }
        if !transaction.status.is_payable() {
            return Err(Closed::Complete);
        }
        if outcome == Outcome::Leave {
            return Ok(Next::Left(cancel_action(transaction)));
        }
        let back = self.back_to_shop(transaction);
        if let Some(why) = outcome.refusal() {
            self.attempt_failed(&reference, outcome.channel(), why);
            return Ok(Next::Declined(why));
        }
        self.chosen(&reference, outcome);
        match outcome.under_way() {
            Some(status) => self.wait_for_money(&reference, status, outcome),
            None => self.capture(&reference),
        }
        Ok(Next::Done(back))
    }

    /// `trxref` and `reference` say the same; the shop's own parameters stay.
    fn back_to_shop(&self, transaction: &Transaction) -> String {
        let own = || format!("{}/paystack/paid", self.public_url);
        let url = transaction.callback_url.clone().or_else(|| self.settings.callback_url.clone());
        let url = url.unwrap_or_else(own);
        match reqwest::Url::parse(&url) {
            Ok(mut url) => {
                let reference = transaction.reference.as_str();
                url.query_pairs_mut().append_pair("trxref", reference).append_pair("reference", reference);
                url.into()
            }
            Err(_) => url,
        }
    }

    /// Notes by what and how much the customer pays.
    fn chosen(&mut self, reference: &str, outcome: Outcome) {
        let authorization =
            outcome.card().map(|number| (number, outcome.refund_course(), outcome.recharge()));
        let Some(transaction) = self.transactions.get_mut(reference) else { return };
        transaction.course = outcome.refund_course();
        transaction.channel = outcome.channel();
        let parts = if outcome == Outcome::PayPart { 2 } else { 1 };
        transaction.amount = (transaction.requested / parts).max(1);
        let email = transaction.customer.email.clone();
        transaction.authorization =
            authorization.map(|(number, refunds, recharge)| card(number, email, refunds, recharge));
    }

    fn wait_for_money(&mut self, reference: &str, status: Status, outcome: Outcome) {
        if let Some(transaction) = self.transactions.get_mut(reference) {
            transaction.status = status;
            transaction.gateway_response = "Payment is being processed".into();
        }
        let settlement = if outcome == Outcome::FailLater {
            Settlement::Bounces(reference.to_owned())
        } else {
            Settlement::Arrives(reference.to_owned())
        };
        self.later(1, settlement);
    }

    pub fn attempt_failed(&mut self, reference: &str, channel: &'static str, why: &str) {
        let now_ms = self.now_ms;
        let Some(transaction) = self.transactions.get_mut(reference) else { return };
        transaction.status = Status::Failed;
        transaction.channel = channel;
        transaction.gateway_response = why.to_owned();
        note(transaction, now_ms, false, why);
    }

    /// Takes the money, and tells the shop.
    pub fn capture(&mut self, reference: &str) {
        let now_ms = self.now_ms;
        let Some(transaction) = self.transactions.get_mut(reference) else { return };
        let (id, amount, currency) = (transaction.id, transaction.amount, transaction.currency.clone());
        let fees = fee(amount, &currency);
        transaction.status = Status::Success;
        transaction.gateway_response = "Successful".into();
        transaction.paid_ms = Some(now_ms);
        transaction.fees = Some(fees);
        let channel = transaction.channel;
        note(transaction, now_ms, true, &format!("Successfully paid with {channel}"));
        let card = transaction.authorization.clone();
        if let Some(card) = card.filter(|card| !self.authorizations.contains(&card.code)) {
            self.authorizations.insert(&card.code.clone(), card);
            self.authorizations.trim(self.keep);
        }
        self.totals.charged += 1;
        tally(&mut self.totals.captured, &currency, amount);
        self.book(&currency, amount - fees, ("Transaction", id), "");
        if let Some(transaction) = self.transactions.get(reference) {
            let data = render::transaction(transaction, Nothing::Zero);
            self.emit("charge.success", reference, data);
        }
    }

    /// Money that was under way has arrived.
    pub fn money_arrives(&mut self, reference: &str) {
        if self.is_under_way(reference) {
            self.capture(reference);
        }
    }

    /// Money that was under way will never arrive.
    pub fn money_bounces(&mut self, reference: &str) {
        if self.is_under_way(reference) {
            let channel = self.transactions.get(reference).map_or("bank", |transaction| transaction.channel);
            self.attempt_failed(reference, channel, "The bank did not carry out the payment");
        }
    }

    fn is_under_way(&self, reference: &str) -> bool {
        self.transactions.get(reference).is_some_and(|transaction| transaction.status.is_under_way())
    }
}

/// Where the merchant wants customers who walk away; only a web address will do.
fn cancel_action(transaction: &Transaction) -> Option<String> {
    let url = transaction.metadata.as_ref()?.get("cancel_action")?.as_str()?;
    super::initialize::is_web_address(url).then(|| url.to_owned())
}

fn card(number: &str, email: String, refunds: RefundCourse, recharge: Recharge) -> Authorization {
    Authorization {
        code: lower("AUTH_", 10),
        signature: token("SIG_", 20),
        bin: number.get(..6).unwrap_or_default().to_owned(),
        last4: number.get(number.len().saturating_sub(4)..).unwrap_or_default().to_owned(),
        brand: if number.starts_with('4') { "visa" } else { "verve" },
        email,
        recharge,
        refunds,
    }
}

fn note(transaction: &mut Transaction, at_ms: i64, worked: bool, message: &str) {
    if transaction.attempts.len() < LOG_AT_MOST {
        transaction.attempts.push(Attempt { at_ms, message: message.to_owned(), worked });
    }
}
