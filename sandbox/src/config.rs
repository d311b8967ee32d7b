//! The sandbox's settings. `Config::default` suits a test (any free port, no webhooks), `from_env`
//! suits the binary; every variable is documented in the README.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::bkash::BkashConfig;
use crate::chapa::ChapaConfig;
use crate::faults::ChaosPlan;
use crate::paystack::PaystackConfig;
use crate::stripe::StripeConfig;
use crate::webhooks::Endpoint;

/// Gives a variable's value; one that is empty counts as absent.
pub type Vars<'a> = dyn Fn(&str) -> Option<String> + 'a;

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
    pub bkash: BkashConfig,
    pub chapa: ChapaConfig,
    pub paystack: PaystackConfig,
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
            stripe: StripeConfig::default(),
            bkash: BkashConfig::default(),
            chapa: ChapaConfig::default(),
            paystack: PaystackConfig::default(),
        }
    }
}

impl Config {
    pub(crate) fn settle_ms(&self) -> i64 {
        i64::try_from(self.settle.as_millis()).unwrap_or(i64::MAX / 4)
    }

    /// Reads the settings through `var`, which gives a variable's value.
    ///
    /// # Errors
    /// Names the variable that cannot be understood.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let var = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let defaults = Self::default();
        let addr = var("HAAT_SANDBOX_ADDR").unwrap_or_else(|| "127.0.0.1:8090".into());
        let addr =
            addr.parse().map_err(|error| format!("HAAT_SANDBOX_ADDR={addr}: {error}; as 127.0.0.1:8090"))?;
        let seed = number(&var, "HAAT_SANDBOX_SEED")?.unwrap_or(0);
        let chaos = var("HAAT_SANDBOX_FAULTS").map(|rates| ChaosPlan::parse(seed, &rates)).transpose();
        let keep = number::<u64>(&var, "HAAT_SANDBOX_KEEP")?.map(usize::try_from);
        let keep = keep.transpose().ok().filter(|keep| *keep != Some(0));
        Ok(Self {
            addr,
            public_url: var("HAAT_SANDBOX_PUBLIC_URL"),
            port_file: var("HAAT_SANDBOX_PORT_FILE").map(PathBuf::from),
            settle: number(&var, "HAAT_SANDBOX_SETTLE_MS")?.map_or(defaults.settle, Duration::from_millis),
            keep: keep.ok_or("HAAT_SANDBOX_KEEP must be at least 1")?.unwrap_or(defaults.keep),
            chaos: chaos.map_err(|error| format!("HAAT_SANDBOX_FAULTS: {error}"))?,
            stripe: StripeConfig::read(&var)?,
            bkash: BkashConfig::read(&var)?,
            chapa: ChapaConfig { seed, ..ChapaConfig::read(&var)? },
            paystack: PaystackConfig { seed, ..PaystackConfig::read(&var)? },
        })
    }
}

pub fn number<T: FromStr<Err: Display>>(var: &Vars<'_>, name: &str) -> Result<Option<T>, String> {
    var(name).map(|text| text.trim().parse().map_err(|error| format!("{name}={text}: {error}"))).transpose()
}

/// What something can be that is on or off.
pub const SWITCH: [(&str, bool); 2] = [("on", true), ("off", false)];

/// What the variable's word stands for.
pub fn one_of<T: Clone>(var: &Vars<'_>, name: &str, known: &[(&str, T)]) -> Result<Option<T>, String> {
    let Some(text) = var(name) else { return Ok(None) };
    let found = known.iter().find(|(word, _)| *word == text.trim());
    found.map(|(_, value)| Some(value.clone())).ok_or_else(|| {
        let words = known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        format!("{name}={text}: it must be one of {words}")
    })
}

/// Where a gateway's events go: `<prefix>_WEBHOOK_URL`, with the comma-separated secrets of
/// `<prefix>_WEBHOOK_SECRETS`.
pub fn endpoint(var: &Vars<'_>, prefix: &str) -> Result<Option<Endpoint>, String> {
    let (url_name, secrets_name) = (format!("{prefix}_WEBHOOK_URL"), format!("{prefix}_WEBHOOK_SECRETS"));
    let Some(url) = var(&url_name) else { return Ok(None) };
    let secrets = var(&secrets_name).unwrap_or_default();
    let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    let endpoint = Endpoint { url, secrets: secrets.map(str::to_owned).collect() };
    let checked = endpoint.check().and_then(|()| endpoint.check_secrets());
    checked.map_err(|error| format!("{url_name}, {secrets_name}: {error}"))?;
    Ok(Some(endpoint))
}

/// The same for a gateway whose events need no secret: `<prefix>_WEBHOOK_URL` alone.
pub fn push_endpoint(var: &Vars<'_>, prefix: &str) -> Result<Option<Endpoint>, String> {
    let name = format!("{prefix}_WEBHOOK_URL");
    let Some(url) = var(&name) else { return Ok(None) };
    let endpoint = Endpoint { url, secrets: Vec::new() };
    endpoint.check().map_err(|error| format!("{name}: {error}"))?;
    Ok(Some(endpoint))
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
        assert!(read(&[url]).unwrap_err().contains("HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS"));
        let config = read(&[url, ("HAAT_SANDBOX_STRIPE_WEBHOOK_SECRETS", "whsec_a, whsec_b")]).unwrap();
        assert_eq!(config.stripe.webhook.unwrap().secrets, ["whsec_a", "whsec_b"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (name, value) in [
            ("HAAT_SANDBOX_FAULTS", "earthquake=0.1"),
            ("HAAT_SANDBOX_ADDR", "8090"),
            ("HAAT_SANDBOX_SETTLE_MS", "soon"),
        ] {
            let error = read(&[(name, value)]).unwrap_err();
            assert!(error.contains(name) && error.contains(value.split('=').next().unwrap()), "{error}");
        }
        assert!(read(&[("HAAT_SANDBOX_KEEP", "0")]).is_err());
    }
}
