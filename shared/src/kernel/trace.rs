//! One trace from the HTTP request through the job row to the gateway's request, by W3C `traceparent`.
//!
//! The context is task-local. Code that starts work enters it with [`TraceContext::scope`]. Code that writes a job row
//! or calls a gateway reads it with [`TraceContext::current`]. A missing context is never an error.

use std::fmt;
use std::future::Future;
use std::str::FromStr;

tokio::task_local! {
    static CURRENT: TraceContext;
}

/// W3C Trace Context, version 00: the trace, and its span that caused this work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
}

/// The text is not a `traceparent` of version 00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
pub struct NotATraceparent;

impl TraceContext {
    /// A new trace.
    #[must_use]
    pub fn root() -> Self {
        Self { trace_id: rand::random::<u128>().max(1), span_id: rand::random::<u64>().max(1) }
    }

    /// The same trace, a new span.
    #[must_use]
    pub fn child(self) -> Self {
        Self { span_id: rand::random::<u64>().max(1), ..self }
    }

    /// The context of the running task, if it has one.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|context| *context).ok()
    }

    /// Runs a future within this context.
    pub fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// The 32 hex digits that all logs of one trace share.
    #[must_use]
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-01", self.trace_id, self.span_id)
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TraceContext {
    type Err = NotATraceparent;

    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let parts: Vec<&str> = text.split('-').collect();
        let [version, trace, span, flags] = parts[..] else { return Err(NotATraceparent) };
        let lengths_fit = version == "00" && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
        let hex = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if !(lengths_fit && hex) {
            return Err(NotATraceparent);
        }
        let trace_id = u128::from_str_radix(trace, 16).map_err(|_| NotATraceparent)?;
        let span_id = u64::from_str_radix(span, 16).map_err(|_| NotATraceparent)?;
        if trace_id == 0 || span_id == 0 { Err(NotATraceparent) } else { Ok(Self { trace_id, span_id }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_reads_back_as_written() {
        let context = TraceContext::root();
        assert_eq!(context.to_string().parse(), Ok(context));
        assert_eq!(context.child().trace_id(), context.trace_id());
    }

    #[test]
    fn rubbish_is_refused() {
        for text in ["", "00-0-0-00", "00-00000000000000000000000000000000-0000000000000001-01", "ff-+"] {
            assert_eq!(text.parse::<TraceContext>(), Err(NotATraceparent), "{text}");
        }
    }
}
