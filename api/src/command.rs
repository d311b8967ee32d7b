//! The commands of the binary.

mod create_admin;

use std::io::{self, Write};
use std::time::Duration;

use create_admin::NewAdmin;
use haat_api::{App, document, serve};
use shared::kernel::settings::{DOCUMENTED, Environment};
use shared::kernel::{Settings, db, telemetry};

const USAGE: &str = "\
usage: haat-api <command>

  serve         answer requests until SIGTERM or Ctrl-C; in development, migrate first
  migrate       bring the database to this version's schema, waiting for it as long as HAAT_DATABASE_WAIT_SECONDS says
  create-admin  --email <address> --name <full name>
                make an administrator; the password is HAAT_ADMIN_PASSWORD, or the first line of standard input
  settings      print every setting with its default and meaning
  openapi       print the API document (OpenAPI 3.1, JSON)
  version       print the version";

/// The command named by the arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Serve,
    Migrate,
    CreateAdmin(NewAdmin),
    Settings,
    OpenApi,
    Version,
    Help,
}

/// An error that ends the process, with a text for its user.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Command {
    pub(crate) fn read(mut args: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let command = match args.next().as_deref() {
            Some("serve") => Self::Serve,
            Some("migrate") => Self::Migrate,
            Some("create-admin") => Self::CreateAdmin(NewAdmin::read(&mut args)?),
            Some("settings") => Self::Settings,
            Some("openapi") => Self::OpenApi,
            Some("version" | "--version" | "-V") => Self::Version,
            Some("help" | "--help" | "-h") => Self::Help,
            Some(other) => return Err(format!("there is no command {other:?}\n\n{USAGE}").into()),
            None => return Err(USAGE.into()),
        };
        match args.next() {
            Some(extra) => Err(format!("unexpected argument {extra:?}\n\n{USAGE}").into()),
            None => Ok(command),
        }
    }

    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Serve => on_runtime(serve_command),
            Self::Migrate => on_runtime(migrate_command),
            Self::CreateAdmin(new) => on_runtime(|settings| new.create(settings)),
            Self::Settings => print(&settings_table()),
            Self::OpenApi => print(&serde_json::to_string_pretty(&document())?),
            Self::Version => print(&format!("haat-api {}", shared::VERSION)),
            Self::Help => print(USAGE),
        }
    }
}

/// Prints to standard error why the command failed.
pub(crate) fn complain(error: &Failure) {
    // If standard error is closed, there is nowhere left to print to.
    let _ = writeln!(io::stderr(), "haat-api: {error}");
}

fn on_runtime<F>(work: impl FnOnce(Settings) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let settings = Settings::from_env()?;
    let _last_lines = telemetry::log(settings.environment, &settings.log);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work(settings))
}

async fn serve_command(settings: Settings) -> Result<(), Failure> {
    let (environment, wait) = (settings.environment, settings.database_wait);
    if !settings.jwt_keys.are_configured() {
        tracing::warn!(
            "HAAT_JWT_KEYS is not set: tokens are signed with a key of this process alone; other processes \
             don't know it, and it ends with this one"
        );
    }
    let app = App::start(settings)?;
    match environment {
        Environment::Development => {
            migrate(&app.pool, wait).await?;
            serve(app).await?;
        }
        // The port opens first, so that readiness can report what is missing. A database that keeps refusing the
        // sign-in ends the process.
        Environment::Production => {
            let pool = app.pool.clone();
            tokio::select! {
                served = serve(app) => served?,
                Err(refused) = reach(&pool, wait) => return Err(refused),
            }
        }
    }
    Ok(())
}

async fn migrate_command(settings: Settings) -> Result<(), Failure> {
    let pool = db::pool(&settings.database_url, 1)?;
    migrate(&pool, settings.database_wait).await?;
    writeln!(io::stderr(), "the database is up to date")?;
    Ok(())
}

/// Waits for the database, then migrates.
async fn migrate(pool: &db::Pool, wait: Duration) -> Result<(), Failure> {
    reach(pool, wait).await?;
    db::migrate(pool).await?;
    Ok(())
}

/// Waits until the database accepts our sign-in. Prints each reason for a failure once.
async fn reach(pool: &db::Pool, wait: Duration) -> Result<(), Failure> {
    let tell = |error: &db::Failure| {
        // If standard error is closed, there is nowhere left to print to.
        let _ = writeln!(io::stderr(), "waiting for the database: {error}");
    };
    let reached = db::wait_until_reached(pool, wait, tell).await;
    reached
        .map_err(|error| format!("the database does not let us in: {error}; is DATABASE_URL right?").into())
}

fn print(text: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{text}") {
        // `haat-api settings | head`: the reader may close the pipe early.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Every setting, one line each.
fn settings_table() -> String {
    let width = |cell: fn(&shared::kernel::settings::Documented) -> usize| {
        DOCUMENTED.iter().map(cell).max().unwrap_or_default()
    };
    let name_width = width(|setting| setting.name.len());
    let default_width = width(|setting| setting.default.map_or(1, str::len));
    let rows = DOCUMENTED.iter().map(|setting| {
        let default = setting.default.filter(|default| !default.is_empty()).unwrap_or("-");
        format!("{:name_width$}  {default:default_width$}  {}", setting.name, setting.meaning)
    });
    let head = format!("{:name_width$}  {:default_width$}  meaning", "name", "default");
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_command_is_one_word_and_what_it_takes() {
        assert_eq!(read("serve"), Ok(Command::Serve));
        assert!(matches!(
            read("create-admin --name Mina --email m@example.com"),
            Ok(Command::CreateAdmin(_))
        ));
        for line in ["", "fly", "serve now", "create-admin", "create-admin --email", "create-admin --age 3"] {
            assert!(read(line).is_err_and(|text| text.contains("usage: haat-api")), "{line}");
        }
    }

    #[test]
    fn the_table_names_every_setting() {
        let table = settings_table();
        assert!(DOCUMENTED.iter().all(|setting| table.contains(setting.name)));
    }

    #[test]
    fn the_compose_file_hands_every_setting_on() {
        let compose = include_str!("../../docker-compose.yml");
        let inside_the_container = ["HAAT_PORT_FILE"];
        let missing: Vec<_> = DOCUMENTED
            .iter()
            .map(|setting| setting.name)
            .filter(|name| !inside_the_container.contains(name))
            .filter(|name| !compose.lines().any(|line| line.trim_start().starts_with(&format!("{name}:"))))
            .collect();
        assert!(missing.is_empty(), "these can't be set in .env: {missing:?}");
    }

    #[test]
    fn the_page_on_configuration_says_the_same() {
        let page = include_str!("../../docs/configuration.md");
        for setting in DOCUMENTED {
            let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", setting.name)));
            let row = row.unwrap_or_else(|| panic!("{} is not on the page", setting.name));
            assert!(row.ends_with(&format!("| {} |", setting.meaning)), "{row}");
            if let Some(default) = setting.default.filter(|default| !default.is_empty()) {
                assert!(row.contains(&format!("| `{default}` |")), "{row}");
            }
        }
    }
}
