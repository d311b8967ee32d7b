//! The load: customers who shop and vendors who count their stock, each a thread with its own dice. Once stopped
//! they begin nothing new, but finish what they began.

use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;

use super::caller::{Ask, Caller};
use super::dice::Dice;
use super::gateway::Gateway;
use super::market::Market;
use super::notebook::Notebook;
use super::shopper::Shopper;
use crate::interrupt;

/// Three for each currency.
pub const SHOPPERS: usize = 12;
const SHOPPER_PURPOSE: u64 = 100;
const KEEPER_PURPOSE: u64 = 50;
/// How long after closing an answer to a checkout is still waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// What all of them share.
pub struct Stage {
    pub market: Market,
    pub callers: Caller,
    pub gateway: Gateway,
    pub notebook: Notebook,
    /// Whether a refund may succeed and fail later. Only a webhook reports that, so it is left out if webhooks get lost
    /// for good.
    pub refunds_bounce: bool,
    closed_at: OnceLock<Instant>,
}

impl Stage {
    pub fn new(market: Market, apis: Arc<[String]>, gateway: Gateway, refunds_bounce: bool) -> Self {
        Self {
            market,
            callers: Caller::new(apis),
            gateway,
            notebook: Notebook::default(),
            refunds_bounce,
            closed_at: OnceLock::new(),
        }
    }

    pub fn is_open(&self) -> bool {
        self.closed_at.get().is_none()
    }

    /// Whether callers no longer insist on an answer.
    pub fn is_over(&self) -> bool {
        interrupt::raised() || self.closed_at.get().is_some_and(|at| at.elapsed() > PATIENCE)
    }

    pub fn admin(&self) -> Caller {
        self.callers.with_token(&self.market.admin)
    }
}

/// Running threads; dropping it closes the stage and waits for them.
pub struct Load {
    stage: Arc<Stage>,
    threads: Vec<JoinHandle<()>>,
}

impl Load {
    pub fn begin(stage: &Arc<Stage>, seed: u64) -> Self {
        let shopper = |number: usize| {
            let stage = Arc::clone(stage);
            let dice = Dice::new(seed, SHOPPER_PURPOSE + number as u64);
            std::thread::spawn(move || Shopper::new(&stage, dice, number).shop())
        };
        let keeper = |number: usize| {
            let stage = Arc::clone(stage);
            let dice = Dice::new(seed, KEEPER_PURPOSE + number as u64);
            std::thread::spawn(move || keep_shop(&stage, dice, number))
        };
        let shoppers = (0..SHOPPERS).map(shopper);
        let threads = shoppers.chain((0..stage.market.shops.len()).map(keeper)).collect();
        Self { stage: Arc::clone(stage), threads }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.stage.closed_at.get_or_init(Instant::now);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                self.stage.notebook.surprise("a thread of the load panicked".into());
            }
        }
    }
}

/// New pieces come, some break, now and then all are counted.
fn keep_shop(stage: &Stage, mut dice: Dice, number: usize) {
    let shop = &stage.market.shops[number];
    let caller = stage.callers.with_token(&shop.token);
    while stage.is_open() {
        std::thread::sleep(dice.pause(200, 900));
        let path = format!("/api/variants/{}/stock", shop.variants[dice.index(shop.variants.len())]);
        let body = match dice.between(1, 10) {
            1 => json!({ "set": dice.between(0, 40), "reason": "counted" }),
            2..=3 => json!({ "delta": -1, "reason": "broken" }),
            _ => json!({ "delta": dice.between(3, 25), "reason": "delivered" }),
        };
        let reply = caller.ask(&Ask::post(&path, &body), &mut dice);
        if reply.is(200) {
            stage.notebook.did("stock changes");
        }
    }
}
