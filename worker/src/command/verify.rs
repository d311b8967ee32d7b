//! `verify`: checks every conservation law over the whole database.

use std::process::ExitCode;

use shared::kernel::{Settings, db};
use shared::verify::{LAWS, differences};

use super::{Failure, say};

pub(super) async fn verify(settings: &Settings) -> Result<ExitCode, Failure> {
    let pool = db::reached(&settings.database_url, 1).await?;
    let differences = differences(&pool).await?;
    for law in LAWS {
        let broken: Vec<_> = differences.iter().filter(|difference| difference.law == law.name).collect();
        let sign = if broken.is_empty() { "ok    " } else { "BROKEN" };
        say(&format!("{sign}  {:28}  {}", law.name, law.says))?;
        for difference in broken {
            say(&format!("          {}  {}", difference.subject, difference.detail))?;
        }
    }
    if differences.is_empty() {
        say("The books balance.")?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("{} difference(s).", differences.len()))?;
    Ok(ExitCode::FAILURE)
}
