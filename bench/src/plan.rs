//! The command line: which phase, how long, over how many connections.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use shared::kernel::Settings;

use crate::Outcome;
use crate::load::{Load, Pace};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Check out carts, and watch what becomes of the orders.
    Checkouts,
    /// Poll orders of which the poller has the newest version.
    UnchangedPolls,
    /// Poll orders without a version.
    FullPolls,
    /// Read the first page of the catalog.
    Products,
    /// Push signed events, each its own.
    Webhooks,
    /// Push one event again and again.
    SameWebhook,
    /// Sign in again and again.
    SignIns,
}

const PHASES: &str =
    "the phases are checkouts, unchanged-polls, full-polls, products, webhooks, same-webhook, sign-ins";

#[derive(Debug)]
pub struct Plan {
    pub phase: Phase,
    /// The product's own, from the environment: keys for tokens, addresses.
    pub settings: Settings,
    pub address: SocketAddr,
    pub connections: usize,
    pub time: Duration,
    /// Requests per second; as fast as answers come if absent.
    pub rate: Option<f64>,
    /// How many customers have a cart.
    pub customers: usize,
    pub method: String,
    /// How many changes of an order end its way: 1 until it is reserved, 2 until its payment is open.
    pub changes: u32,
    /// How often one event is pushed, or how many sign-ins there are.
    pub events: usize,
    /// Of the accounts that sign in.
    pub password: String,
    /// Where checkouts leave the orders for polls to read: one `order customer` a line.
    pub orders: PathBuf,
}

impl Plan {
    pub fn read(mut args: impl Iterator<Item = String>) -> Outcome<Self> {
        let phase = match args.next().as_deref() {
            Some("checkouts") => Phase::Checkouts,
            Some("unchanged-polls") => Phase::UnchangedPolls,
            Some("full-polls") => Phase::FullPolls,
            Some("products") => Phase::Products,
            Some("webhooks") => Phase::Webhooks,
            Some("same-webhook") => Phase::SameWebhook,
            Some("sign-ins") => Phase::SignIns,
            _ => return Err(PHASES.into()),
        };
        let settings = Settings::from_env()?;
        let mut plan = Self {
            phase,
            address: settings.api_addr,
            settings,
            connections: 128,
            time: Duration::from_secs(10),
            rate: None,
            customers: 0,
            method: "cash_on_delivery".into(),
            changes: 1,
            events: 0,
            password: String::new(),
            orders: PathBuf::new(),
        };
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            plan.set(&name, value)?;
        }
        if plan.connections == 0 {
            return Err("--connections must be at least 1".into());
        }
        if plan.rate.is_some_and(|rate| !rate.is_normal() || rate < 0.0) {
            return Err("--rate must be above 0".into());
        }
        Ok(plan)
    }

    fn set(&mut self, name: &str, value: String) -> Outcome<()> {
        match name {
            "--connections" => self.connections = value.parse()?,
            "--seconds" => self.time = Duration::try_from_secs_f64(value.parse()?)?,
            "--rate" => self.rate = Some(value.parse()?),
            "--customers" => self.customers = value.parse()?,
            "--method" => self.method = value,
            "--changes" => self.changes = value.parse()?,
            "--events" => self.events = value.parse()?,
            "--password" => self.password = value,
            "--orders" => self.orders = value.into(),
            other => return Err(format!("unknown argument {other}").into()),
        }
        Ok(())
    }

    pub fn load(&self) -> Load {
        let pace = self.rate.map_or(Pace::Closed, Pace::PerSecond);
        Load { address: self.address, connections: self.connections, time: self.time, pace }
    }
}
