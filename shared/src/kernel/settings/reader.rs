//! Reads named values into types and gathers what is wrong with them.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use rust_decimal::Decimal;

use super::{DOCUMENTED, JwtKeys};
use crate::kernel::Secret;

/// Signs tokens in development when no key is configured; production refuses it.
const DEVELOPMENT_KEY: &str = "dev:development-only-key-that-production-refuses";

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

    /// Origins of browser frontends as browsers send them (RFC 6454, section 6.2): scheme and host, perhaps a port.
    /// Another spelling would never match. A lone `*` stands for all.
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

    /// Where a service is reached, under one of these schemes. It may hold a password, so no message shows it.
    pub(super) fn service(&mut self, name: &'static str, schemes: &[&str]) -> Secret {
        let text = self.text(name);
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !text.is_empty() && (rest.is_empty() || !schemes.contains(&scheme)) {
            self.wrong(name, &format!("does not begin with {}://", schemes.join(":// or ")));
        }
        Secret::new(text)
    }

    pub(super) fn jwt_keys(&mut self, name: &'static str, production: bool) -> JwtKeys {
        let text = match self.optional(name) {
            Some(text) => text,
            None if production => {
                self.wrong(name, "must be set in production");
                DEVELOPMENT_KEY.to_owned()
            }
            None => DEVELOPMENT_KEY.to_owned(),
        };
        JwtKeys::parse(&text, production).unwrap_or_else(|problem| {
            self.wrong(name, &problem);
            JwtKeys::parse(DEVELOPMENT_KEY, false).expect("the development key is well-formed")
        })
    }

    pub(super) fn wrong(&mut self, name: &str, what: &str) {
        self.problems.push(format!("{name} {what}"));
    }
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-._:[]".contains(c);
        !host.is_empty() && host.chars().all(known)
    })
}

/// What stands in for a value that could not be read, until the problems are reported.
pub(super) trait Fallback {
    fn fallback() -> Self;
}

impl Fallback for std::net::SocketAddr {
    fn fallback() -> Self {
        ([127, 0, 0, 1], 0).into()
    }
}
