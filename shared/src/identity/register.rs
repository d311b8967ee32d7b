//! Creates accounts: customers, vendors with their shop, administrators.

use rust_decimal::Decimal;
use serde::Serialize;
use sqlx::PgConnection;
use sqlx::postgres::PgPool;
use utoipa::ToSchema;

use super::{Error, Passwords, Role, User, UserStatus, checks, store};
use crate::kernel::ids::UserId;
use crate::kernel::{Client, Gathered, Secret, Timestamp, db};
use crate::vendors::{self, NewVendor, Vendor};

/// The fields of a new account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub email: String,
    pub password: Secret,
    pub full_name: String,
    pub phone: Option<String>,
    /// The requesting client: each client has a share of the room for hashing.
    pub client: Client,
}

impl NewAccount {
    /// Every problem of the account's fields. Pure.
    pub fn check(&self) -> Result<(), Error> {
        drafted(self, Role::Customer, Timestamp::default()).map(drop)
    }
}

/// The fields of a new vendor's shop.
#[derive(Clone, Debug)]
pub struct NewShop {
    pub name: String,
    /// Made from the name if not given.
    pub slug: Option<String>,
    pub commission_rate: Decimal,
}

impl NewShop {
    /// Every problem of the shop's fields. Pure.
    pub fn check(&self) -> Result<(), vendors::Error> {
        self.drafted(UserId::new(), Timestamp::default()).map(drop)
    }

    fn drafted(&self, owner: UserId, now: Timestamp) -> Result<vendors::Drafted, vendors::Error> {
        let Self { name, slug, commission_rate } = self;
        let new = NewVendor { owner, name, slug: slug.as_deref(), commission_rate: *commission_rate };
        vendors::drafted(new, now)
    }
}

/// A vendor's account and shop.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegisteredVendor {
    pub user: User,
    pub vendor: Vendor,
}

/// Creates a customer's account. [`Error::EmailTaken`] reveals that an address is known: registration can't hide that
/// until addresses are verified by mail.
pub async fn register_customer(
    pool: &PgPool,
    passwords: &Passwords,
    new: &NewAccount,
    now: Timestamp,
) -> Result<User, Error> {
    let account = Account::prepare(passwords, new, drafted(new, Role::Customer, now)?).await?;
    let mut db = db::acquire(pool).await?;
    account.insert(&mut db).await
}

/// Creates a vendor's account and its pending shop: both or neither.
pub async fn register_vendor(
    pool: &PgPool,
    passwords: &Passwords,
    new: &NewAccount,
    shop: &NewShop,
    now: Timestamp,
) -> Result<RegisteredVendor, Error> {
    let user = drafted(new, Role::Vendor, now)?;
    let vendor = shop.drafted(user.id, now)?;
    let account = Account::prepare(passwords, new, user).await?;
    let mut tx = db::begin(pool).await?;
    refuse_taken(&mut tx, &account.user, &vendor).await?;
    let user = account.insert(&mut tx).await?;
    let vendor = vendors::open(&mut tx, vendor).await?;
    tx.commit().await?;
    Ok(RegisteredVendor { user, vendor })
}

/// Refuses an address or a slug that is taken, or both. After the password was hashed: that bounds how fast addresses can
/// be tried. Constraints refuse what another transaction writes meanwhile.
async fn refuse_taken(db: &mut PgConnection, user: &User, shop: &vendors::Drafted) -> Result<(), Error> {
    let mut found = Gathered::default();
    if store::find_credentials(db, &user.email).await?.is_some() {
        found.add(Error::EmailTaken);
    }
    if vendors::is_slug_taken(db, shop).await? {
        found.add(vendors::Error::SlugTaken);
    }
    found.done((), Error::Several)
}

/// Creates a super administrator: for the operator's command line, never over HTTP.
pub async fn create_admin(
    pool: &PgPool,
    passwords: &Passwords,
    new: &NewAccount,
    now: Timestamp,
) -> Result<User, Error> {
    let account = Account::prepare(passwords, new, drafted(new, Role::SuperAdmin, now)?).await?;
    let mut db = db::acquire(pool).await?;
    account.insert(&mut db).await
}

/// A new user. The error has every problem of the account's fields. Pure.
fn drafted(new: &NewAccount, role: Role, now: Timestamp) -> Result<User, Error> {
    let mut found = Gathered::default();
    let email = found.checked(checks::email(&new.email));
    found.checked(checks::password(&new.password));
    let user = User {
        id: UserId::new(),
        email,
        role,
        full_name: found.checked(checks::full_name(&new.full_name)),
        phone: found.checked(new.phone.as_deref().map(checks::phone).transpose()),
        status: UserStatus::Active,
        created_at: now,
        updated_at: now,
    };
    found.done(user, Error::Several)
}

/// A checked account with its password hashed. Made before a connection is taken, because hashing may wait.
struct Account {
    user: User,
    password_hash: String,
}

impl Account {
    async fn prepare(passwords: &Passwords, new: &NewAccount, user: User) -> Result<Self, Error> {
        let password_hash = passwords.hash(&new.password, new.client).await?;
        Ok(Self { user, password_hash })
    }

    async fn insert(self, db: &mut PgConnection) -> Result<User, Error> {
        store::insert_user(db, &self.user, &self.password_hash).await?;
        Ok(self.user)
    }
}
