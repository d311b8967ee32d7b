//! The sandbox's settings. `Config::default` suits a test (any free port, no webhooks), `from_env`
//! suits the binary; every variable is documented in the README.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::faults::ChaosPlan;
use crate::webhooks::Endpoint;

#[derive(Debug, Clone)]
pub struct Config {
    pub addr: SocketAddr,
    /// How browsers reach the sandbox; `http://<addr>` when not given.
    pub public_url: Option<String>,
    /// Receives the port that was bound, for scripts that ask for port 0.
    pub port_file: Option<PathBuf>,
    /// How long money takes that does not move at once.
    pub settle: Duration,
    /// Finished payments kept in memory; the oldest are forgotten.
    pub keep: usize,
    pub chaos: Option<ChaosPlan>,
    pub stripe: StripeConfig,
}

#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// The API key that is accepted.
    pub key: String,
    pub webhook: Option<Endpoint>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            port_file: None,
            settle: Duration::from_secs(1),
            keep: 100_000,
            chaos: None,
            stripe: StripeConfig { key: "sk_test_sandbox".into(), webhook: None },
        }
    }
}

impl Config {
    /// Reads the settings through `var`, which gives a variable's value.
    ///
    /// # Errors
    /// Names the variable that cannot be understood.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let defaults = Self::default();
        let addr = var("HAAT_SANDBOX_ADDR").unwrap_or_else(|| "127.0.0.1:8090".into());
        let seed = number(&var, "HAAT_SANDBOX_SEED")?.unwrap_or(0);
        let chaos = var("HAAT_SANDBOX_FAULTS").map(|rates| ChaosPlan::parse(seed, &rates)).transpose();
        let keep = number(&var, "HAAT_SANDBOX_KEEP")?.and_then(|keep| usize::try_from(keep).ok());
        let secrets = var("HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS").unwrap_or_default();
        let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
        let secrets: Vec<String> = secrets.map(str::to_owned).collect();
        let webhook = var("HAAT_SANDBOX_STRIPE_WEBHOOK_URL").map(|url| Endpoint { url, secrets });
        if webhook.as_ref().is_some_and(|endpoint| endpoint.secrets.is_empty()) {
            return Err("HAAT_SANDBOX_STRIPE_WEBHOOK_URL needs HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS".into());
        }
        Ok(Self {
            addr: addr.parse().map_err(|error| format!("HAAT_SANDBOX_ADDR: {error}"))?,
            public_url: var("HAAT_SANDBOX_PUBLIC_URL"),
            port_file: var("HAAT_SANDBOX_PORT_FILE").map(PathBuf::from),
            settle: number(&var, "HAAT_SANDBOX_SETTLE_MS")?.map_or(defaults.settle, Duration::from_millis),
            keep: keep.unwrap_or(defaults.keep),
            chaos: chaos.map_err(|error| format!("HAAT_SANDBOX_FAULTS: {error}"))?,
            stripe: StripeConfig {
                key: var("HAAT_SANDBOX_STRIPE_KEY").unwrap_or(defaults.stripe.key),
                webhook,
            },
        })
    }
}

fn number(var: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<u64>, String> {
    var(name).map(|text| text.trim().parse().map_err(|error| format!("{name}: {error}"))).transpose()
}

#[cfg(test)]
mod tests {
    use super::Config;

    fn read(vars: &[(&str, &str)]) -> Result<Config, String> {
        Config::from_env(|name| {
            vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_need_be_set() {
        let config = read(&[]).unwrap();
        assert_eq!(config.addr.port(), 8090);
        assert!(config.chaos.is_none() && config.stripe.webhook.is_none());
    }

    #[test]
    fn webhooks_need_a_secret_and_may_have_two() {
        let url = ("HAAT_SANDBOX_STRIPE_WEBHOOK_URL", "http://127.0.0.1:1/hook");
        assert!(read(&[url]).is_err());
        let config = read(&[url, ("HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS", "whsec_a, whsec_b")]).unwrap();
        assert_eq!(config.stripe.webhook.unwrap().secrets, ["whsec_a", "whsec_b"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = read(&[("HAAT_SANDBOX_FAULTS", "earthquake=0.1")]).unwrap_err();
        assert!(error.contains("HAAT_SANDBOX_FAULTS") && error.contains("earthquake"));
    }
}
