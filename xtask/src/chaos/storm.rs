//! Carries out the plan: breaks things at their times, reports it, and notices processes that end without being asked
//! to.

use std::time::{Duration, Instant};

use super::Wishes;
use super::fleet::Fleet;
use super::load::Stage;
use super::plan::{self, Act};
use crate::console;
use crate::failure::Result;
use crate::interrupt;
use crate::services::Fragile;

const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Breaks things until the run is over. Returns the processes that ended by themselves, or did not end when asked to.
pub fn rage(wishes: Wishes, fragile: &mut Fragile, fleet: &mut Fleet, stage: &Stage) -> Result<Vec<String>> {
    let begun = Instant::now();
    let mut odd = Vec::new();
    for moment in plan::draw(wishes.run, wishes.seed) {
        odd.extend(watch_until(begun + moment.at, fleet)?);
        let (at, accepted) = (begun.elapsed().as_secs_f64(), stage.notebook.accepted());
        println!("    {at:6.1} s  {accepted:6} orders   {}", moment.act);
        odd.extend(carry_out(moment.act, fragile, fleet)?);
    }
    odd.extend(watch_until(begun + wishes.run, fleet)?);
    Ok(odd)
}

/// Lets time pass with an eye on the processes.
fn watch_until(moment: Instant, fleet: &mut Fleet) -> Result<Vec<String>> {
    let mut ended = Vec::new();
    while Instant::now() < moment {
        interrupt::sleep(LOOK_EVERY.min(moment.saturating_duration_since(Instant::now())))?;
        ended.extend(fleet.revive()?);
    }
    Ok(ended)
}

fn carry_out(act: Act, fragile: &mut Fragile, fleet: &mut Fleet) -> Result<Option<String>> {
    match act {
        Act::KillWorker(member) => fleet.workers[member].kill(),
        Act::StopWorker(member) => fleet.workers[member].ask_to_stop(),
        Act::KillApi(member) => fleet.apis[member].kill(),
        Act::StartWorker(member) => return fleet.workers[member].start(),
        Act::StartApi(member) => return fleet.apis[member].start(),
        Act::FlushRedis => {
            if let Err(error) = fragile.flush_redis() {
                console::note(&format!("Redis is away, nothing to flush: {error}"));
            }
        }
        Act::KillRedis => fragile.kill_redis(),
        Act::StartRedis => fragile.start_redis()?,
        Act::FreezeRedis => fragile.freeze_redis(),
        Act::ThawRedis => fragile.thaw_redis(),
        Act::RestartPostgres(how) => fragile.restart_postgres(how)?,
    }
    Ok(None)
}
