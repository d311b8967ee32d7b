//! `reconcile`: one gateway's own list against our books, now, as the schedule does it.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use haat_worker::Context;
use haat_worker::reconcile::{self, Course, Patience, Wish};
use shared::kernel::page::Asked;
use shared::kernel::{Settings, Timestamp, db};
use shared::payments::Provider;
use shared::reconciliation::{Desk, Difference, Which, named_window};

use super::{Failure, USAGE, say, value_of};

/// Differences read at once.
const PAGE: i64 = 100;

/// Which gateway, and which stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reconcile {
    gateway: Provider,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Reconcile {
    pub(super) fn read(args: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut gateway, mut from, mut until) = (None, None, None);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--gateway" => gateway = Some(named(&value_of("--gateway", args)?)?),
                "--from" => from = Some(moment("--from", args)?),
                "--to" => until = Some(moment("--to", args)?),
                other => return Err(format!("unexpected argument {other:?}\n\n{USAGE}").into()),
            }
        }
        let gateway = gateway.ok_or_else(|| format!("--gateway is missing\n\n{USAGE}"))?;
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(format!("--from must be before --to\n\n{USAGE}").into());
        }
        Ok(Self { gateway, from, until })
    }

    pub(super) async fn carry_out(self, settings: Settings) -> Result<ExitCode, Failure> {
        db::reached(&settings.database_url, 1).await?;
        let context = Context::start(settings)?;
        let (name, began) = (self.gateway.as_str(), context.now());
        let window = named_window(self.from, self.until, began).map_err(|error| match error.field() {
            Some(field) => Failure::from(format!("--{field} {error}\n\n{USAGE}")),
            None => Failure::from(error),
        })?;
        if context.gateways.get(outbound::name(self.gateway)).is_none() {
            return Err(format!("{name} is not configured").into());
        }
        let course = window.map_or(Course::Scheduled, Course::Named);
        let wish = Wish { course, patience: Patience::GoesOn };
        let report = reconcile::run(&context, self.gateway, wish).await;
        let report = report.map_err(|error| format!("{name} was not compared to the end: {error}"))?;
        for one in standing(&context, self.gateway, began).await? {
            let found = one.found_at.to_rfc3339();
            let payment = one.payment_id.map(|id| format!("  payment {id}")).unwrap_or_default();
            let refund = one.refund_id.map(|id| format!("  refund {id}")).unwrap_or_default();
            let (kind, subject, detail) = (one.kind.as_str(), one.subject, one.detail);
            say(&format!("{kind:8}  {subject}{payment}{refund}  found {found}  {detail}"))?;
        }
        let reconcile::Report { compared, repaired, standing, foreign } = report;
        say(&format!(
            "{name}: {compared} compared, {repaired} repaired, {standing} standing, {foreign} of other systems"
        ))?;
        Ok(if standing == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The standing differences of a gateway that were met since `began`. The older ones of other windows are in
/// `GET /api/admin/reconciliation`.
async fn standing(
    context: &Context,
    gateway: Provider,
    began: Timestamp,
) -> Result<Vec<Difference>, Failure> {
    let desk = Desk { pool: &context.pool, clock: &context.clock, bell: &context.bell };
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = desk.list(Which::Standing, &Asked { after, size: PAGE }).await?;
        after = page.results.last().map(|last| last.id);
        let met = |one: &Difference| one.gateway == gateway && one.seen_at >= began;
        found.extend(page.results.into_iter().filter(met));
        if page.next.is_none() {
            return Ok(found);
        }
    }
}

fn named(word: &str) -> Result<Provider, Failure> {
    word.parse().map_err(|_| {
        let known: Vec<_> = Provider::ALL.iter().map(|provider| provider.as_str()).collect();
        format!("there is no gateway {word:?}; there are {}\n\n{USAGE}", known.join(", ")).into()
    })
}

fn moment(option: &str, args: &mut impl Iterator<Item = String>) -> Result<Timestamp, Failure> {
    let text = value_of(option, args)?;
    let moment = DateTime::parse_from_rfc3339(&text)
        .map_err(|_| format!("{option} needs a time as 2026-01-31T00:00:00Z, not {text:?}\n\n{USAGE}"))?;
    Ok(moment.with_timezone(&Utc))
}
