//! Faults by chance, from a seed. The same seed gives the same sequence of decisions: every
//! decision draws once for each fault there is, in the order of the table, whatever the rates.
//! Requests and deliveries draw from separate streams, so the one never shifts the other.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use super::kind::{FAULTS, Fault};

/// What to do by chance: rate (0 to 1) by fault, as `{"slow:300": 0.05, "slow:6000": 0.01}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChaosPlan {
    #[serde(default)]
    pub seed: u64,
    pub rates: BTreeMap<String, f64>,
}

impl ChaosPlan {
    /// Reads `slow=0.05,cut_after=0.01`.
    pub fn parse(seed: u64, text: &str) -> Result<Self, String> {
        let mut rates = BTreeMap::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, rate) = part.split_once('=').ok_or_else(|| format!("{part:?} is not name=rate"))?;
            let rate = rate.trim().parse().map_err(|_| format!("{rate:?} is not a rate"))?;
            rates.insert(name.trim().to_owned(), rate);
        }
        let plan = Self { seed, rates };
        plan.faults().map(|_| plan)
    }

    fn faults(&self) -> Result<Vec<(Fault, f64)>, String> {
        let mut faults: Vec<(Fault, f64)> = Vec::with_capacity(self.rates.len());
        for (name, rate) in &self.rates {
            let fault: Fault = name.parse()?;
            let of_kind = faults.iter().filter(|(known, _)| known.kind == fault.kind);
            let sum: f64 = of_kind.map(|(_, rate)| rate).sum();
            if !(0.0..=1.0).contains(rate) || sum + rate > 1.0 + f64::EPSILON {
                return Err(format!("the rates of {} must lie between 0 and 1 together", fault.kind.name()));
            }
            faults.push((fault, *rate));
        }
        Ok(faults)
    }
}

#[derive(Debug)]
pub(super) struct Chaos {
    pub(super) plan: ChaosPlan,
    rates: Vec<(Fault, f64)>,
    requests: StdRng,
    webhooks: StdRng,
}

impl Chaos {
    pub(super) fn new(plan: ChaosPlan) -> Result<Self, String> {
        let rates = plan.faults()?;
        let requests = StdRng::seed_from_u64(plan.seed);
        let webhooks = StdRng::seed_from_u64(plan.seed ^ 0x5eed_0feb_00c5);
        Ok(Self { plan, rates, requests, webhooks })
    }

    pub(super) fn for_request(&mut self) -> Option<Fault> {
        draw(&mut self.requests, &self.rates, false)
    }

    pub(super) fn for_webhook(&mut self) -> Option<Fault> {
        draw(&mut self.webhooks, &self.rates, true)
    }
}

fn draw(rng: &mut StdRng, rates: &[(Fault, f64)], of_webhooks: bool) -> Option<Fault> {
    let mut struck = None;
    for (kind, ..) in FAULTS.iter().filter(|(kind, ..)| kind.strikes_webhooks() == of_webhooks) {
        let mut lot: f64 = rng.random();
        for (fault, rate) in rates.iter().filter(|(fault, _)| fault.kind == *kind) {
            if (0.0..*rate).contains(&lot) && struck.is_none() {
                struck = Some(*fault);
            }
            // The next of this kind has the share of the lots that follows.
            lot -= rate;
        }
    }
    struck
}

#[cfg(test)]
mod tests {
    use super::{Chaos, ChaosPlan};

    fn hundred(plan: &ChaosPlan) -> Vec<String> {
        let mut chaos = Chaos::new(plan.clone()).unwrap();
        (0..100).map(|_| format!("{:?}", chaos.for_request())).collect()
    }

    #[test]
    fn the_same_seed_decides_the_same() {
        let plan = ChaosPlan::parse(7, "slow:30=0.2, cut_after=0.3,webhook_lost=0.5").unwrap();
        let first = hundred(&plan);
        assert_eq!(first, hundred(&plan));
        assert_ne!(first, hundred(&ChaosPlan { seed: 8, ..plan }));
        assert!(first.iter().any(|fault| fault.contains("CutAfter")));
    }

    #[test]
    fn one_kind_may_come_with_several_arguments() {
        let first = hundred(&ChaosPlan::parse(7, "slow:30=0.5,slow:90=0.5").unwrap());
        for ms in ["ms: 30 ", "ms: 90 "] {
            assert!(first.iter().filter(|fault| fault.contains(ms)).count() > 20, "{first:?}");
        }
    }

    #[test]
    fn a_rate_above_one_is_refused() {
        assert!(ChaosPlan::parse(0, "slow=1.5").is_err());
        assert!(ChaosPlan::parse(0, "slow:30=0.6,slow:90=0.6").is_err());
        assert!(ChaosPlan::parse(0, "sloow=0.5").is_err());
    }
}
