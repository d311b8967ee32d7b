//! Carries the plan out: breaks things at their moments, tells when, and notices processes that end though nobody
//! asked them to.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::Wishes;
use super::fleet::Fleet;
use super::load::Stage;
use super::plan::{self, Act};
use crate::console;
use crate::failure::Result;
use crate::interrupt;
use crate::services::Fragile;

const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Breaks things until the run is over. Returns what ended by itself.
pub fn rage(wishes: Wishes, fragile: &mut Fragile, fleet: &mut Fleet, stage: &Stage) -> Result<Vec<String>> {
    let begun = Instant::now();
    let mut ended = Vec::new();
    let mut wait_until = |at: Duration, fleet: &mut Fleet| -> Result<()> {
        while begun.elapsed() < at {
            interrupt::sleep(LOOK_EVERY.min(at.saturating_sub(begun.elapsed())))?;
            ended.extend(fleet.revive()?);
        }
        Ok(())
    };
    for moment in plan::draw(wishes.run, wishes.seed) {
        wait_until(moment.at, fleet)?;
        let (at, accepted) = (begun.elapsed().as_secs_f64(), stage.notebook.accepted());
        println!("    {at:6.1} s  {accepted:6} orders   {}", moment.act);
        carry_out(moment.act, fragile, fleet)?;
    }
    wait_until(wishes.run, fleet)?;
    Ok(ended)
}

fn carry_out(act: Act, fragile: &mut Fragile, fleet: &mut Fleet) -> Result<()> {
    match act {
        Act::KillWorker(member) => fleet.workers[member].end(Signal::SIGKILL),
        Act::StopWorker(member) => fleet.workers[member].end(Signal::SIGTERM),
        Act::StartWorker(member) => fleet.workers[member].start()?,
        Act::KillApi(member) => fleet.apis[member].end(Signal::SIGKILL),
        Act::StartApi(member) => fleet.apis[member].start()?,
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
    Ok(())
}
