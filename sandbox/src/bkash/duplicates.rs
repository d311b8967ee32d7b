//! bKash's guard against paying twice: the same wallet may not pay the same amount again within a
//! short while, whatever the invoice. How long is a setting; the documents do not say.

use std::collections::{HashMap, VecDeque};

/// Payments remembered at once, however long the window is.
const MOST: usize = 100_000;

/// A wallet and an amount.
type Paid = (String, i64);

#[derive(Debug, Default)]
pub struct Duplicates {
    latest: HashMap<Paid, i64>,
    /// In order of time, to forget what is long over.
    order: VecDeque<(i64, Paid)>,
}

impl Duplicates {
    /// Whether this payment comes too soon after its like; if not, it is noted.
    pub fn is_one(&mut self, wallet: &str, amount: i64, now_ms: i64, window_ms: i64) -> bool {
        if window_ms == 0 {
            return false;
        }
        let over = |at_ms: i64| now_ms.saturating_sub(at_ms) >= window_ms;
        while self.order.len() >= MOST || self.order.front().is_some_and(|(at_ms, _)| over(*at_ms)) {
            if let Some((_, paid)) = self.order.pop_front() {
                self.latest.remove(&paid);
            }
        }
        let paid = (wallet.to_owned(), amount);
        if self.latest.contains_key(&paid) {
            return true;
        }
        self.latest.insert(paid.clone(), now_ms);
        self.order.push_back((now_ms, paid));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Duplicates;

    #[test]
    fn only_wallet_and_amount_and_time_matter() {
        let mut duplicates = Duplicates::default();
        let mut asked = |wallet, amount, at_ms| duplicates.is_one(wallet, amount, at_ms, 100);
        assert_eq!([asked("a", 1, 0), asked("b", 1, 1), asked("a", 2, 1)], [false; 3]);
        assert_eq!([asked("a", 1, 99), asked("a", 1, 100), asked("a", 1, 150)], [true, false, true]);
    }
}
