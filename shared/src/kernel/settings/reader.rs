//! Reads named values into types and gathers what is wrong with them.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use rust_decimal::Decimal;

use super::{DOCUMENTED, JwtKeys};
use crate::kernel::Secret;

/// Bytes of the key that a process makes for itself.
const OWN_KEY_BYTES: usize = 32;

/// All that is wrong with the configuration, one line each. Shows names and rules, never values.
#[derive(Debug)]
pub struct Problems(Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} problem(s):", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for Problems {}

pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, problems: Vec::new() }
    }

    pub(super) fn finish<T>(self, settings: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(settings) } else { Err(Problems(self.problems)) }
    }

    /// What is set, or nothing; an empty value counts as not set.
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
        if !text.starts_with("http://") && !text.starts_with("https://") {
            self.wrong(name, "is not an http:// or https:// address");
        }
        text.trim_end_matches('/').to_owned()
    }

    /// Where a service is reached, under one of these schemes. It may hold a password, so no message shows it.
    pub(super) fn service(&mut self, name: &'static str, schemes: &[&str]) -> Secret {
        let text = self.text(name);
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !text.is_empty() && (rest.is_empty() || !schemes.contains(&scheme)) {
            self.wrong(name, &format!("does not begin with {}://", schemes.join(":// or ")));
        }
        Secret::new(text)
    }

    /// The keys, or in development on this machine alone a random one of this process.
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

    pub(super) fn require(&mut self, name: &'static str, otherwise: &str) {
        if self.optional(name).is_none() {
            self.wrong(name, otherwise);
        }
    }

    /// Addresses that, if set, must not be plain http.
    pub(super) fn refuse_plain(&mut self, names: &[&'static str]) {
        for name in names {
            if self.optional(name).is_some_and(|address| address.starts_with("http://")) {
                self.wrong(name, "begins with http://, which in production only HAAT_TRIAL=true allows");
            }
        }
    }

    pub(super) fn wrong(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }
}

/// What stands in for a value that could not be read, until the problems are reported.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for SocketAddr {
    fn fallback() -> Self {
        ([127, 0, 0, 1], 0).into()
    }
}
