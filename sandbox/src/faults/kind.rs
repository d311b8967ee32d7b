//! The faults by name. The table below is the only list: parsing, the index page and the chaos
//! rates all read it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    Slow,
    SlowReply,
    Error500Before,
    Error500After,
    Error500Stored,
    CutBefore,
    CutAfter,
    RateLimit,
    InUse409,
    WebhookDuplicate,
    WebhookLate,
    WebhookReorder,
    WebhookLost,
    WebhookStale,
}

/// Kind, name, milliseconds when no argument is given, what it does.
pub const FAULTS: [(FaultKind, &str, u64, &str); 14] = [
    (FaultKind::Slow, "slow", 2_000, "the request takes this many ms; a second one with its key meets 409"),
    (
        FaultKind::SlowReply,
        "slow_reply",
        2_000,
        "effect at once, reply this many ms later: webhooks overtake it",
    ),
    (FaultKind::Error500Before, "error_500_before", 0, "500, nothing happened, nothing stored for the key"),
    (
        FaultKind::Error500After,
        "error_500_after",
        0,
        "it happened, but a proxy at the edge answered 500; repeating the key gives the real answer",
    ),
    (
        FaultKind::Error500Stored,
        "error_500_stored",
        0,
        "it happened, and the 500 is what the key replays for ever; look the object up instead",
    ),
    (FaultKind::CutBefore, "cut_before", 0, "connection closed without an answer, nothing happened"),
    (FaultKind::CutAfter, "cut_after", 0, "connection closed without an answer, but it happened"),
    (FaultKind::RateLimit, "rate_limit", 0, "429, nothing happened"),
    (FaultKind::InUse409, "in_use_409", 0, "409 as if a request with the same key were running"),
    (FaultKind::WebhookDuplicate, "webhook_duplicate", 0, "the event is delivered twice"),
    (FaultKind::WebhookLate, "webhook_late", 1_500, "the event is delivered this many ms later"),
    (
        FaultKind::WebhookReorder,
        "webhook_reorder",
        2_000,
        "the event waits until a later one was delivered, or this many ms",
    ),
    (
        FaultKind::WebhookLost,
        "webhook_lost",
        0,
        "the event is never delivered; it stays in the list of events",
    ),
    (FaultKind::WebhookStale, "webhook_stale", 0, "the first delivery is signed with a time 10 minutes old"),
];

const MOST_MS: u64 = 600_000;

impl FaultKind {
    /// Whether it strikes a delivery rather than a request.
    pub fn strikes_webhooks(self) -> bool {
        matches!(
            self,
            Self::WebhookDuplicate
                | Self::WebhookLate
                | Self::WebhookReorder
                | Self::WebhookLost
                | Self::WebhookStale
        )
    }

    pub fn name(self) -> &'static str {
        FAULTS.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, ..)| name)
    }
}

/// One fault with its argument, written `name` or `name:ms`; at most ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    pub kind: FaultKind,
    pub ms: u64,
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        let ms = FAULTS.iter().find(|(known, ..)| *known == kind).map_or(0, |(_, _, ms, _)| *ms);
        Self { kind, ms }
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, arg) = text.split_once(':').map_or((text, None), |(name, arg)| (name, Some(arg)));
        let known = FAULTS.iter().find(|(_, known, ..)| *known == name.trim());
        let (kind, _, default_ms, _) = known.ok_or_else(|| {
            let names = FAULTS.map(|(_, name, ..)| name).join(", ");
            format!("no fault is called {name:?}; there are {names}")
        })?;
        let ms = match arg {
            None => *default_ms,
            Some(arg) => arg.trim().parse().map_err(|_| format!("{arg:?} is not a number of ms"))?,
        };
        if ms > MOST_MS {
            return Err(format!("{ms} ms is too long: {MOST_MS} is the most"));
        }
        Ok(Self { kind: *kind, ms })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.ms == Self::from(self.kind).ms { Ok(()) } else { write!(f, ":{}", self.ms) }
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fault {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
