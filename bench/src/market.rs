//! The marketplace of `sql/seed.sql` as its customers know it: their ids follow from their numbers, their tokens are
//! signed with the key that the API checks.

use std::io::Write;

use shared::identity::{Caller, Role, Tokens};
use shared::kernel::ids::{SessionId, UserId};
use shared::kernel::{Clock, Settings};
use uuid::Uuid;

use crate::Outcome;

/// The ids of customers are this plus their number, from 1.
const FIRST: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0000;

/// The access tokens of customers, made beforehand.
#[derive(Debug)]
pub struct Customers(Vec<String>);

impl Customers {
    pub fn sign_in(settings: &Settings, count: usize) -> Outcome<Self> {
        let (tokens, now) = (Tokens::new(settings), Clock::system().now());
        let session = SessionId::new();
        let sign = |number: usize| {
            let user = UserId(Uuid::from_u128(FIRST + number as u128));
            let caller = Caller { user, session, role: Role::Customer, vendor: None };
            Ok(tokens.sign(&caller, now)?.token)
        };
        Ok(Self((1..=count).map(sign).collect::<Outcome<_>>()?))
    }

    /// The token of the customer at this place, from 0.
    pub fn token(&self, place: usize) -> Option<&str> {
        self.0.get(place).map(String::as_str)
    }
}

/// Writes a GET; `more` are whole header lines.
pub fn get(into: &mut Vec<u8>, path: &str, token: Option<&str>, more: &str) {
    write(into, format_args!("GET {path} HTTP/1.1\r\nhost: haat\r\n{more}"));
    if let Some(token) = token {
        write(into, format_args!("authorization: Bearer {token}\r\n"));
    }
    into.extend_from_slice(b"\r\n");
}

/// Writes a POST of JSON; `more` are whole header lines.
pub fn post(into: &mut Vec<u8>, path: &str, more: std::fmt::Arguments<'_>, body: &str) {
    write(
        into,
        format_args!(
            "POST {path} HTTP/1.1\r\nhost: haat\r\n{more}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
}

fn write(into: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    into.write_fmt(text).expect("a vector takes everything");
}
