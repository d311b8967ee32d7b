//! Faults on demand, the same for every gateway. A request names its own in `X-Sandbox-Fault`;
//! else the first rule that matches strikes; else chance decides. `around` applies what was
//! decided to a request, the webhook courier applies it to a delivery.

mod around;
mod chaos;
mod kind;

use std::sync::{Mutex, MutexGuard};

use axum::http::{HeaderMap, Method};
use serde::{Deserialize, Serialize};

pub use around::{Replies, around};
use chaos::Chaos;
pub use chaos::ChaosPlan;
pub use kind::{FAULTS, Fault, FaultKind};

pub const HEADER: &str = "x-sandbox-fault";

/// Which requests or events a rule strikes. A field left out matches everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// As the gateway knows it, without the sandbox's prefix: `/v1/refunds`. A `*` stands for
    /// one segment, or at the end for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// For webhook faults: the type of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    #[serde(rename = "match", default)]
    pub on: Match,
    pub fault: Fault,
    /// How many more times it strikes.
    #[serde(default = "once")]
    pub times: u32,
}

fn once() -> u32 {
    1
}

impl Rule {
    /// Strikes `times` requests to `path` with this method.
    pub fn on_request(method: &str, path: &str, fault: impl Into<Fault>, times: u32) -> Self {
        let on = Match { method: Some(method.into()), path: Some(path.into()), ..Match::default() };
        Self { on, fault: fault.into(), times }
    }

    /// Strikes `times` deliveries of events of this type.
    pub fn on_event(event: &str, fault: impl Into<Fault>, times: u32) -> Self {
        Self { on: Match { event: Some(event.into()), ..Match::default() }, fault: fault.into(), times }
    }

    /// # Errors
    /// When it would strike something else than it says, or nothing.
    pub fn check(&self) -> Result<(), String> {
        let fault = self.fault;
        if self.times == 0 {
            return Err("times must be at least 1".into());
        }
        if fault.kind.strikes_webhooks() {
            if self.on.method.is_some() || self.on.path.is_some() {
                return Err(format!("{fault} strikes deliveries: match an event, not a method or path"));
            }
        } else if self.on.event.is_some() {
            return Err(format!("{fault} strikes requests: match a method or path, not an event"));
        }
        Ok(())
    }
}

/// What was decided for one request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Strikes {
    /// What strikes the request itself.
    pub request: Option<Fault>,
    /// What strikes the events that it causes, because its header asked for that.
    pub events: Option<Fault>,
}

#[derive(Debug, Default)]
pub struct Faults {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Rule>,
    chaos: Option<Chaos>,
    struck: u64,
}

/// What is planned, and how often a fault has struck so far.
#[derive(Debug, Clone, Serialize)]
pub struct FaultReport {
    pub rules: Vec<Rule>,
    pub chaos: Option<ChaosPlan>,
    pub struck: u64,
}

impl Faults {
    pub fn add(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    /// Drops all rules and ends the chaos.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.rules.clear();
        inner.chaos = None;
    }

    /// # Errors
    /// Names the fault or rate that makes no sense.
    pub fn unleash(&self, plan: ChaosPlan) -> Result<(), String> {
        let chaos = Chaos::new(plan)?;
        self.lock().chaos = Some(chaos);
        Ok(())
    }

    pub fn report(&self) -> FaultReport {
        let inner = self.lock();
        FaultReport {
            rules: inner.rules.clone(),
            chaos: inner.chaos.as_ref().map(|chaos| chaos.plan.clone()),
            struck: inner.struck,
        }
    }

    /// Decides over one request; `path` as the gateway knows it.
    ///
    /// # Errors
    /// When its header names no fault that there is.
    pub fn for_request(
        &self,
        gateway: &str,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Result<Strikes, String> {
        let (events, asked) = match asked(headers)? {
            Some(fault) if fault.kind.strikes_webhooks() => (Some(fault), None),
            of_request => (None, of_request),
        };
        let mut inner = self.lock();
        let request = asked.or_else(|| {
            inner
                .by_rule(|rule| {
                    !rule.fault.kind.strikes_webhooks()
                        && fits(rule.on.gateway.as_deref(), gateway)
                        && fits(rule.on.method.as_deref(), method.as_str())
                        && rule.on.path.as_deref().is_none_or(|pattern| path_fits(pattern, path))
                })
                .or_else(|| inner.chaos.as_mut().and_then(Chaos::for_request))
        });
        inner.struck += u64::from(request.is_some());
        Ok(Strikes { request, events })
    }

    /// Decides over the delivery of one event. `asked` is the webhook fault that the request
    /// which caused the event carried.
    pub fn for_event(&self, gateway: &str, event: &str, asked: Option<Fault>) -> Option<Fault> {
        let mut inner = self.lock();
        let fault = asked.or_else(|| {
            inner
                .by_rule(|rule| {
                    rule.fault.kind.strikes_webhooks()
                        && fits(rule.on.gateway.as_deref(), gateway)
                        && fits(rule.on.event.as_deref(), event)
                })
                .or_else(|| inner.chaos.as_mut().and_then(Chaos::for_webhook))
        });
        inner.struck += u64::from(fault.is_some());
        fault
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nothing panics while it holds the faults")
    }
}

impl Inner {
    fn by_rule(&mut self, matches: impl Fn(&Rule) -> bool) -> Option<Fault> {
        let at = self.rules.iter().position(|rule| rule.times > 0 && matches(rule))?;
        let rule = &mut self.rules[at];
        rule.times -= 1;
        let fault = rule.fault;
        if rule.times == 0 {
            self.rules.remove(at);
        }
        Some(fault)
    }
}

/// What the request asks for itself.
fn asked(headers: &HeaderMap) -> Result<Option<Fault>, String> {
    let Some(text) = headers.get(HEADER) else { return Ok(None) };
    text.to_str().map_err(|error| error.to_string())?.parse().map(Some)
}

fn fits(wanted: Option<&str>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let mut found = path.split('/');
    let mut wanted = pattern.split('/').peekable();
    while let Some(segment) = wanted.next() {
        match found.next() {
            Some(_) if segment == "*" && wanted.peek().is_none() => return true,
            Some(here) if segment == "*" || segment == here => {}
            _ => return false,
        }
    }
    found.next().is_none()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::{FaultKind, Faults, HEADER, Rule, path_fits};

    #[test]
    fn a_star_is_a_segment_or_the_rest() {
        assert!(path_fits("/v1/refunds", "/v1/refunds"));
        assert!(path_fits("/v1/checkout/sessions/*/expire", "/v1/checkout/sessions/cs_1/expire"));
        assert!(path_fits("/v1/*", "/v1/checkout/sessions"));
        assert!(!path_fits("/v1/refunds", "/v1/refunds/re_1"));
        assert!(!path_fits("/v1/refunds/*", "/v1/refunds"));
    }

    #[test]
    fn a_rule_strikes_as_often_as_it_says() {
        let faults = Faults::default();
        faults.add(Rule::on_request("POST", "/v1/refunds", FaultKind::CutAfter, 2));
        let plain = HeaderMap::new();
        let strike = || faults.for_request("any", &Method::POST, "/v1/refunds", &plain).unwrap();
        let struck = [strike(), strike(), strike()].map(|strikes| strikes.request.is_some());
        assert_eq!(struck, [true, true, false]);
    }

    #[test]
    fn a_header_for_the_events_leaves_the_request_to_the_rules() {
        let faults = Faults::default();
        faults.add(Rule::on_request("POST", "/v1/refunds", FaultKind::Slow, 1));
        let headers = HeaderMap::from_iter([(HEADER.parse().unwrap(), "webhook_lost".parse().unwrap())]);
        let strikes = faults.for_request("any", &Method::POST, "/v1/refunds", &headers).unwrap();
        assert_eq!(strikes.request.map(|fault| fault.kind), Some(FaultKind::Slow));
        assert_eq!(strikes.events.map(|fault| fault.kind), Some(FaultKind::WebhookLost));
    }

    #[test]
    fn a_rule_that_strikes_something_else_than_it_says_is_refused() {
        assert!(Rule::on_request("POST", "/v1/refunds", FaultKind::WebhookLost, 1).check().is_err());
        assert!(Rule::on_event("charge.succeeded", FaultKind::Slow, 1).check().is_err());
        assert!(Rule::on_event("charge.succeeded", FaultKind::WebhookLost, 1).check().is_ok());
    }
}
