//! Tokens: who may have one, how long it lives, and how often a merchant may ask. Too many grants in
//! an hour shut the merchant out of granting for an hour; the tokens he has go on working.

use std::collections::VecDeque;

use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::books::Books;
use super::fields::Fields;
use super::refusal::Refusal;
use super::settings::BkashConfig;
use crate::ids::token;
use crate::shelf::Shelf;

const HOUR_MS: i64 = 3_600_000;
const REFRESH_LIFE_MS: i64 = 28 * 24 * HOUR_MS;

/// Both kinds by their text, with the moment when they run out.
#[derive(Debug, Default)]
pub struct Tokens {
    ids: Shelf<i64>,
    refreshes: Shelf<i64>,
    granted: VecDeque<i64>,
    blocked_until_ms: i64,
}

impl Tokens {
    /// Whether this grant is one too many.
    fn is_throttled(&mut self, now_ms: i64, per_hour: usize) -> bool {
        if now_ms < self.blocked_until_ms {
            return true;
        }
        while self.granted.front().is_some_and(|at| *at <= now_ms - HOUR_MS) {
            self.granted.pop_front();
        }
        if self.granted.len() >= per_hour {
            self.blocked_until_ms = now_ms + HOUR_MS;
            return true;
        }
        self.granted.push_back(now_ms);
        false
    }

    /// From now on every token is one that has run out.
    pub fn expire_all(&mut self, now_ms: i64) {
        let known: Vec<String> = self.ids.iter().map(|(id, _)| id.to_owned()).collect();
        for id in known {
            if let Some(expires_ms) = self.ids.get_mut(&id) {
                *expires_ms = now_ms;
            }
        }
    }
}

pub fn grant(books: &mut Books, headers: &HeaderMap, fields: &Fields, now_ms: i64) -> Result<Value, Refusal> {
    authenticate(&books.config, headers, fields)?;
    issue(books, now_ms)
}

pub fn refresh(
    books: &mut Books,
    headers: &HeaderMap,
    fields: &Fields,
    now_ms: i64,
) -> Result<Value, Refusal> {
    authenticate(&books.config, headers, fields)?;
    let given = fields.required("refresh_token")?;
    let lives = books.tokens.refreshes.get(given).is_some_and(|expires_ms| now_ms < *expires_ms);
    if lives { issue(books, now_ms) } else { Err(Refusal::code("2079")) }
}

fn authenticate(config: &BkashConfig, headers: &HeaderMap, fields: &Fields) -> Result<(), Refusal> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("username") != config.username || header("password") != config.password {
        return Err(Refusal::unauthorized());
    }
    let (key, secret) = (fields.required("app_key")?, fields.required("app_secret")?);
    if key == config.app_key && secret == config.app_secret { Ok(()) } else { Err(Refusal::code("2001")) }
}

fn issue(books: &mut Books, now_ms: i64) -> Result<Value, Refusal> {
    let life_s = books.config.token_life_s;
    if books.tokens.is_throttled(now_ms, books.config.grants_per_hour) {
        return Err(Refusal::forbidden());
    }
    let id_token = format!("{}.{}.{}", token("eyJ", 60), token("eyJ", 180), token("", 86));
    let refresh_token = format!("{}.{}", token("eyJ", 60), token("", 220));
    let keep = books.keep;
    let tokens = &mut books.tokens;
    tokens.ids.insert(&id_token, now_ms.saturating_add(life_s.saturating_mul(1000)));
    tokens.ids.trim(keep);
    tokens.refreshes.insert(&refresh_token, now_ms.saturating_add(REFRESH_LIFE_MS));
    tokens.refreshes.trim(keep);
    Ok(json!({
        "statusCode": "0000",
        "statusMessage": "Successful",
        "id_token": id_token,
        "token_type": "Bearer",
        "expires_in": life_s,
        "refresh_token": refresh_token,
    }))
}

/// Lets a request in that carries a living token, with or without `Bearer`, and the app's key.
pub fn check(books: &Books, headers: &HeaderMap, now_ms: i64) -> Result<(), Refusal> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or(given).trim();
    let expires_ms = *books.tokens.ids.get(given).ok_or_else(Refusal::unauthorized)?;
    if expires_ms <= now_ms {
        return Err(Refusal::gateway(StatusCode::UNAUTHORIZED, "The incoming token has expired"));
    }
    let key = headers.get("x-app-key").and_then(|value| value.to_str().ok());
    if key == Some(books.config.app_key.as_str()) { Ok(()) } else { Err(Refusal::error("2001")) }
}

#[cfg(test)]
mod tests {
    use super::{HOUR_MS, Tokens};

    #[test]
    fn one_grant_too_many_shuts_out_for_an_hour() {
        let mut tokens = Tokens::default();
        let mut throttled = |at_ms| tokens.is_throttled(at_ms, 2);
        assert_eq!([throttled(0), throttled(1), throttled(HOUR_MS - 1)], [false, false, true]);
        assert_eq!([throttled(HOUR_MS + 1), throttled(2 * HOUR_MS - 1)], [true, false]);
    }
}
