//! Reads named values into types and collects their problems.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use money::{Currency, Money};
use rust_decimal::Decimal;

use super::{DOCUMENTED, JwtKeys};
use crate::kernel::Secret;

/// Bytes of the random key of a process.
const OWN_KEY_BYTES: usize = 32;

/// All problems of the configuration, one line each. Shows names and rules, never values.
#[derive(Debug)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

impl Problems {
    pub(super) fn found(problems: Vec<String>) -> Self {
        Self(problems)
    }

    /// These problems together with those of `other`; its value if there are none.
    pub(super) fn and_with<T>(mut self, other: Result<T, Self>) -> Result<T, Self> {
        match other {
            Ok(value) if self.0.is_empty() => Ok(value),
            Ok(_) => Err(self),
            Err(problems) => {
                self.0.splice(0..0, problems.0);
                Err(self)
            }
        }
    }
}

pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
    /// Whether http addresses are refused.
    only_https: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new(), only_https: false }
    }

    pub(super) fn finish<T>(self, settings: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(settings) } else { Err(Problems(self.problems)) }
    }

    /// The value, or `None`; an empty value counts as not set.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<String> {
        debug_assert!(DOCUMENTED.iter().any(|setting| setting.name == name), "{name} is not documented");
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    pub(super) fn text(&mut self, name: &'static str) -> String {
        let default =
            DOCUMENTED.iter().find(|setting| setting.name == name).and_then(|setting| setting.default);
        match (self.optional(name), default) {
            (Some(value), _) => value,
            (None, Some(default)) => default.to_owned(),
            (None, None) => {
                self.wrong(name, "must be set");
                String::new()
            }
        }
    }

    pub(super) fn parsed<T>(&mut self, name: &'static str, expected: &str) -> T
    where
        T: FromStr + Fallback,
    {
        let text = self.text(name);
        text.parse().unwrap_or_else(|_| {
            if !text.is_empty() {
                self.wrong(name, &format!("is not {expected}"));
            }
            T::fallback()
        })
    }

    pub(super) fn number<T>(&mut self, name: &'static str, bounds: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + fmt::Display + Copy,
    {
        let text = self.text(name);
        match text.parse() {
            Ok(number) if bounds.contains(&number) => number,
            _ => {
                self.wrong(name, &format!("is not a number from {} to {}", bounds.start(), bounds.end()));
                *bounds.start()
            }
        }
    }

    pub(super) fn seconds(&mut self, name: &'static str, bounds: RangeInclusive<u64>) -> Duration {
        Duration::from_secs(self.number(name, bounds))
    }

    pub(super) fn fraction(&mut self, name: &'static str) -> Decimal {
        match self.text(name).parse::<Decimal>() {
            Ok(rate) if rate >= Decimal::ZERO && rate <= Decimal::ONE && rate.normalize().scale() <= 4 => {
                rate
            }
            _ => {
                self.wrong(name, "is not a fraction from 0 to 1 with at most four decimals");
                Decimal::ZERO
            }
        }
    }

    /// Amounts of money such as `USD:500,BDT:20000`, at most one per currency.
    pub(super) fn amounts(&mut self, name: &'static str) -> Vec<Money> {
        let read = |item: &str| {
            let (code, amount) = item.split_once(':')?;
            let money = Money::new(amount.trim().parse().ok()?, code.parse().ok()?).ok()?;
            money.is_positive().then_some(money)
        };
        let items = self.list(name);
        let amounts: Vec<Money> = items.iter().filter_map(|item| read(item)).collect();
        let currencies: BTreeSet<Currency> = amounts.iter().map(|amount| amount.currency()).collect();
        if currencies.len() != items.len() {
            self.wrong(name, "is not a list of amounts, one of a currency, as USD:500,BDT:20000");
        }
        amounts
    }

    pub(super) fn choice<T: Copy>(&mut self, name: &'static str, choices: &[(&str, T)]) -> T {
        let text = self.text(name);
        if let Some((_, chosen)) = choices.iter().find(|(word, _)| *word == text) {
            return *chosen;
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        self.wrong(name, &format!("is none of: {}", words.join(", ")));
        choices[0].1
    }

    pub(super) fn list(&mut self, name: &'static str) -> Vec<String> {
        let text = self.optional(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// An http(s) address without a slash at its end.
    pub(super) fn url(&mut self, name: &'static str) -> String {
        let text = self.text(name);
        if !is_web_address(&text) {
            self.wrong(name, "is not a whole http:// or https:// address");
        }
        self.refuse_http(name, &text);
        text.trim_end_matches('/').to_owned()
    }

    /// Origins of browser frontends as browsers send them (RFC 6454, section 6.2): scheme and host, and a port if it is
    /// not the default. Another spelling would never match. A lone `*` stands for all.
    pub(super) fn origins(&mut self, name: &'static str) -> Vec<String> {
        let origins = self.list(name);
        if origins != ["*"] && !origins.iter().all(|origin| is_origin(origin)) {
            self.wrong(
                name,
                "is neither * nor a list of origins as https://shop.example.com, without a path",
            );
        }
        origins
    }

    /// A filter in the syntax of `RUST_LOG`.
    pub(super) fn log_filter(&mut self, name: &'static str) -> String {
        let text = self.text(name);
        if tracing_subscriber::EnvFilter::try_new(&text).is_err() {
            self.wrong(name, "is not a log filter, as info or info,haat_worker=debug");
        }
        text
    }

    /// In production the traffic of browsers and gateways must not be readable on the way.
    pub(super) fn secure_from_now_on(&mut self, only_https: bool) {
        self.only_https = only_https;
    }

    /// Where browsers reach the API. If only https is allowed, the default on this machine is not.
    pub(super) fn public_url(&mut self, name: &'static str) -> String {
        if self.only_https && self.optional(name).is_none() {
            self.wrong(name, "must be set in production; HAAT_ALLOW_HTTP=true lifts this for a trial");
            return String::new();
        }
        self.url(name)
    }

    fn refuse_http(&mut self, name: &'static str, text: &str) {
        if self.only_https && text.starts_with("http://") {
            self.wrong(name, "is not https; HAAT_ALLOW_HTTP=true lifts this for a trial");
        }
    }

    /// An http(s) address in which `{order_id}`, `{gateway}` and Stripe's `{CHECKOUT_SESSION_ID}` are filled in.
    pub(super) fn template(&mut self, name: &'static str) -> Option<String> {
        const PLACES: [(&str, &str); 3] = [
            ("{order_id}", "00000000-0000-0000-0000-000000000000"),
            ("{gateway}", "paystack"),
            ("{CHECKOUT_SESSION_ID}", "cs_test"),
        ];
        let template = self.optional(name)?;
        let filled = PLACES.iter().fold(template.clone(), |text, (place, value)| text.replace(place, value));
        if filled.contains(['{', '}']) {
            let places: Vec<&str> = PLACES.iter().map(|(place, _)| *place).collect();
            self.wrong(name, &format!("has a placeholder that is none of {}", places.join(", ")));
        } else if !is_web_address(&filled) {
            self.wrong(name, "is not a whole http:// or https:// address");
        }
        self.refuse_http(name, &template);
        Some(template)
    }

    /// The address of a service, under one of these schemes. It may contain a password, so no message shows it.
    pub(super) fn service(&mut self, name: &'static str, schemes: &[&str]) -> Secret {
        let text = self.text(name);
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !text.is_empty() && (rest.is_empty() || !schemes.contains(&scheme)) {
            self.wrong(name, &format!("does not begin with {}://", schemes.join(":// or ")));
        }
        Secret::new(text)
    }

    /// The keys, or in development on this machine alone a random key.
    pub(super) fn jwt_keys(&mut self, name: &'static str, production: bool, api: SocketAddr) -> JwtKeys {
        let own = || JwtKeys::of_this_process(&hex::encode(rand::random::<[u8; OWN_KEY_BYTES]>()));
        let Some(text) = self.optional(name) else {
            if production {
                self.wrong(name, "must be set in production");
            } else if !api.ip().is_loopback() {
                self.wrong(name, "must be set where HAAT_API_ADDR can be reached from other machines");
            }
            return own();
        };
        JwtKeys::parse(&text, production).unwrap_or_else(|problem| {
            self.wrong(name, &problem);
            own()
        })
    }

    pub(super) fn wrong(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.split_once("://").map_or("", |(_, host)| host);
    is_web_address(text) && !text.contains(char::is_uppercase) && !host.contains(['/', '?', '#'])
}

/// Longer addresses are cut by some browsers, and refused by gateways.
const MAX_ADDRESS_BYTES: usize = 2000;

/// An address that a browser can be sent to: a scheme, a host, and no character that would have to be escaped.
fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, Some(port)),
        Some(_) | None => (host, None),
    };
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    let named = match bracketed {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain)
        }
    };
    let numbered = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let printable =
        text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\\'));
    named && numbered && printable && text.len() <= MAX_ADDRESS_BYTES
}

/// Substitutes for a value that could not be read, until the problems are reported.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for SocketAddr {
    fn fallback() -> Self {
        ([127, 0, 0, 1], 0).into()
    }
}
