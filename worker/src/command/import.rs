//! `import products`: imports a file of products into a shop, all or nothing.

use std::path::PathBuf;
use std::process::ExitCode;

use money::Currency;
use shared::catalog::Rules;
use shared::catalog::import::{self, Context, Error, Imports};
use shared::kernel::{Clock, Fault, Settings, db};
use shared::vendors;

use super::{Failure, USAGE, say, value_of};

/// The file and its shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    vendor: String,
    currency: Currency,
    file: PathBuf,
}

impl Import {
    pub(super) fn read(args: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        if args.next().as_deref() != Some("products") {
            return Err(format!("only products can be imported\n\n{USAGE}").into());
        }
        let (mut vendor, mut format, mut file) = (None, None, None);
        let mut currency = import::default_currency();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--vendor" => vendor = Some(value_of("--vendor", args)?),
                "--format" => format = Some(value_of("--format", args)?),
                "--currency" => {
                    let code = value_of("--currency", args)?;
                    currency = code.parse().map_err(|_| format!("{code:?} is no currency we know"))?;
                }
                _ if file.is_none() && !arg.starts_with('-') => file = Some(PathBuf::from(arg)),
                other => return Err(format!("unexpected argument {other:?}\n\n{USAGE}").into()),
            }
        }
        let missing = |what: &str| format!("{what} is missing\n\n{USAGE}");
        if format.as_deref() != Some("shopify") {
            return Err(missing("--format shopify").into());
        }
        let vendor = vendor.ok_or_else(|| missing("--vendor"))?;
        let file = file.ok_or_else(|| missing("the file"))?;
        Ok(Self { vendor, currency, file })
    }

    pub(super) async fn carry_out(self, settings: &Settings) -> Result<ExitCode, Failure> {
        let pool = db::reached(&settings.database_url, 2).await?;
        let bytes = tokio::fs::read(&self.file).await;
        let bytes = bytes.map_err(|error| format!("cannot read {}: {error}", self.file.display()))?;
        let vendor = vendors::find_by_slug(&mut *pool.acquire().await?, &self.vendor).await?;
        let context = Context {
            currency: self.currency,
            rules: Rules::of(settings),
            actor: None,
            now: Clock::system().now(),
        };
        let admission = Imports::default().admit(vendor.id)?;
        match import::shopify(&pool, &admission, bytes, context).await {
            Ok(report) => {
                say(&serde_json::to_string_pretty(&report)?)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => refused(&error),
        }
    }
}

/// Lists the problems, line by line. Nothing was written.
fn refused(error: &Error) -> Result<ExitCode, Failure> {
    say(&error.to_string())?;
    if let Some(detail) = error.detail() {
        let lines = detail["lines"].as_array().cloned().unwrap_or_default();
        for line in &lines {
            let column = line["column"].as_str().unwrap_or("row");
            say(&format!(
                "  line {}, {column}: {}",
                line["line"],
                line["message"].as_str().unwrap_or_default()
            ))?;
        }
    }
    Ok(ExitCode::FAILURE)
}
