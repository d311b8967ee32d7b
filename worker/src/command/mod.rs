//! The commands of the binary.

mod import;
mod jobs;
mod reconcile;
mod verify;

use std::io::{self, Write};
use std::process::ExitCode;

use haat_worker::{Context, run};
use shared::kernel::{Settings, telemetry};

pub(crate) use import::Import;
pub(crate) use jobs::Jobs;
pub(crate) use reconcile::Reconcile;

pub(crate) const USAGE: &str = "\
usage: haat-worker <command>

  run           run jobs until SIGTERM or Ctrl-C
  verify        check every conservation law over the whole database; exit code 1 if any is broken
  reconcile     --gateway stripe|bkash|paystack|chapa [--from <time>] [--to <time>]
                compare the gateway's own list with the books: the schedule's next run now, or a window, which
                does not affect the schedule; a time is 2026-01-31T00:00:00Z, from the year 2000 on; exit code 1
                if a difference is open, or if the comparison did not end
  import        products --vendor <slug> --format shopify [--currency USD] <file.csv>
                all or nothing; errors are listed by line and column
  jobs list     [--status dead|queued|published|running|done] [--limit 50]
  jobs retry    <id> | --all [--kind <kind>]     queue dead jobs again
  jobs drop     <id>                             delete a dead job
  version       print the version";

/// An error that ends the process, with a text for its user.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The command named by the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run,
    Verify,
    Reconcile(Reconcile),
    Import(Import),
    Jobs(Jobs),
    Version,
    Help,
}

impl Command {
    /// A request for help wins over everything else on the line.
    pub(crate) fn read(args: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let args: Vec<String> = args.collect();
        if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
            return Ok(Self::Help);
        }
        let mut args = args.into_iter();
        let command = match args.next().as_deref() {
            Some("run") => Self::Run,
            Some("verify") => Self::Verify,
            Some("reconcile") => Self::Reconcile(Reconcile::read(&mut args)?),
            Some("import") => Self::Import(Import::read(&mut args)?),
            Some("jobs") => Self::Jobs(Jobs::read(&mut args)?),
            Some("version" | "--version" | "-V") => Self::Version,
            Some("help") => Self::Help,
            Some(other) => return Err(format!("there is no command {other:?}\n\n{USAGE}").into()),
            None => return Err(USAGE.into()),
        };
        match args.next() {
            Some(extra) => Err(format!("unexpected argument {extra:?}\n\n{USAGE}").into()),
            None => Ok(command),
        }
    }

    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let work = match self {
            Self::Version => {
                say(&format!("haat-worker {}", shared::VERSION))?;
                return Ok(ExitCode::SUCCESS);
            }
            Self::Help => {
                say(USAGE)?;
                return Ok(ExitCode::SUCCESS);
            }
            Self::Run | Self::Verify | Self::Reconcile(_) | Self::Import(_) | Self::Jobs(_) => self,
        };
        let settings = Settings::from_env()?;
        let _last_lines = telemetry::log(settings.environment, &settings.log);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(work.carry_out(settings))
    }

    async fn carry_out(self, settings: Settings) -> Result<ExitCode, Failure> {
        match self {
            Self::Run => {
                // The recorder must be installed before the first metric.
                let _ = telemetry::metrics();
                run(Context::start(settings)?).await?;
                Ok(ExitCode::SUCCESS)
            }
            Self::Verify => verify::verify(&settings).await,
            Self::Reconcile(reconcile) => reconcile.carry_out(settings).await,
            Self::Import(import) => import.carry_out(&settings).await,
            Self::Jobs(jobs) => jobs.carry_out(&settings).await,
            Self::Version | Self::Help => Ok(ExitCode::SUCCESS),
        }
    }
}

/// Prints a line for the user. It is no failure if the reader closes the pipe early.
pub(crate) fn say(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// The value that follows an option.
pub(crate) fn value_of(option: &str, args: &mut impl Iterator<Item = String>) -> Result<String, Failure> {
    args.next().ok_or_else(|| format!("{option} needs a value\n\n{USAGE}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn commands_are_read_and_mistakes_are_answered_with_the_usage() {
        assert_eq!(read("run"), Ok(Command::Run));
        assert!(matches!(
            read("import products --vendor pots --format shopify a.csv"),
            Ok(Command::Import(_))
        ));
        for line in [
            "reconcile --gateway bkash",
            "reconcile --gateway stripe --from 2026-01-01T00:00:00Z --to 2026-01-02T06:00:00+06:00",
            "reconcile --to 2026-01-02T00:00:00Z --gateway chapa",
        ] {
            assert!(matches!(read(line), Ok(Command::Reconcile(_))), "{line}");
        }
        for line in
            ["help", "--help", "import --help", "import products --vendor pots --format shopify a.csv -h"]
        {
            assert_eq!(read(line), Ok(Command::Help), "{line}");
        }
        assert!(matches!(read("jobs list --status dead"), Ok(Command::Jobs(_))));
        for line in [
            "",
            "fly",
            "run now",
            "reconcile",
            "reconcile stripe",
            "reconcile --gateway paypal",
            "reconcile --gateway stripe --from yesterday",
            "reconcile --gateway stripe --from 2026-01-02T00:00:00Z --to 2026-01-02T06:00:00+06:00",
            "import",
            "import products a.csv",
            "jobs",
            "jobs retry",
            "jobs drop x",
        ] {
            assert!(read(line).is_err_and(|text| text.contains("usage: haat-worker")), "{line}");
        }
    }
}
