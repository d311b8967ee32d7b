//! `haat-api create-admin`: creates the first administrator, since only an administrator could create one over the API.
//!
//! The password is never an argument: every user of the machine can read arguments.

use std::io::{self, BufRead, Write};

use shared::identity::{self, NewAccount, Passwords, Role};
use shared::kernel::{Client, Clock, Secret, Settings, db};

use super::{Failure, USAGE};

/// The account to create, or to make an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewAdmin {
    email: String,
    name: String,
}

impl NewAdmin {
    /// Takes all remaining arguments.
    pub(super) fn read(args: &mut impl Iterator<Item = String>) -> Result<Self, Failure> {
        let (mut email, mut name) = (None, None);
        while let Some(flag) = args.next() {
            let target = match flag.as_str() {
                "--email" => &mut email,
                "--name" => &mut name,
                other => return Err(format!("create-admin does not know {other:?}\n\n{USAGE}").into()),
            };
            *target = Some(args.next().ok_or_else(|| format!("{flag} needs a value\n\n{USAGE}"))?);
        }
        match (email, name) {
            (Some(email), Some(name)) => Ok(Self { email, name }),
            _ => Err(format!("create-admin needs --email and --name\n\n{USAGE}").into()),
        }
    }

    /// Makes the account. An administrator that exists already is left as it is, so that the command can be repeated.
    pub(super) async fn create(self, settings: Settings) -> Result<(), Failure> {
        let pool = db::reached(&settings.database_url, 1).await?;
        let passwords = Passwords::new(&settings);
        let new = NewAccount {
            email: self.email,
            password: password()?,
            full_name: self.name,
            phone: None,
            client: Client::unknown(),
        };
        let email = new.email.clone();
        match identity::create_admin(&pool, &passwords, &new, Clock::system().now()).await {
            Ok(_) => writeln!(io::stderr(), "{email} is an administrator")?,
            Err(identity::Error::EmailTaken) => {
                let address = email.trim().to_ascii_lowercase();
                let known = identity::store::find_credentials(&mut *pool.acquire().await?, &address).await?;
                if known.is_none_or(|known| known.user.role != Role::SuperAdmin) {
                    return Err(format!("{email} belongs to an account that is no administrator").into());
                }
                writeln!(io::stderr(), "an account for {email} exists already; it was left as it is")?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

fn password() -> Result<Secret, Failure> {
    if let Ok(password) = std::env::var("HAAT_ADMIN_PASSWORD") {
        return Ok(Secret::new(password));
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}
