//! A token is believed only if we signed it, for us, and not too long ago.

use chrono::DateTime;

use super::*;

const KEYS: &str = "new:7f3c9a1be5d24c0f8a6b1d2e3f405162,old:00112233445566778899aabbccddeeff";

fn tokens(pairs: &[(&str, &str)]) -> Tokens {
    let base =
        [("DATABASE_URL", "postgres://db/haat"), ("REDIS_URL", "redis://cache"), ("HAAT_JWT_KEYS", KEYS)];
    let find = |name: &str| {
        let given = pairs.iter().chain(&base).find(|(n, _)| *n == name);
        given.map(|(_, value)| (*value).to_owned())
    };
    Tokens::new(&Settings::read(find).expect("complete settings"))
}

fn noon() -> Timestamp {
    DateTime::from_timestamp(1_800_000_000, 0).expect("in range")
}

fn caller() -> Caller {
    let vendor = Some(VendorId::new());
    Caller { user: UserId::new(), session: SessionId::new(), role: Role::Vendor, vendor }
}

#[test]
fn a_token_gives_back_whom_it_was_signed_for() {
    let (tokens, caller) = (tokens(&[]), caller());
    let signed = tokens.sign(&caller, noon()).expect("signs");
    assert_eq!(signed.expires_in, 900);
    assert!(matches!(tokens.verify(&signed.token, noon()), Ok(known) if known == caller));
    let customer = Caller { role: Role::Customer, vendor: None, ..caller };
    let signed = tokens.sign(&customer, noon()).expect("signs");
    assert!(matches!(tokens.verify(&signed.token, noon()), Ok(known) if known == customer));
}

#[test]
fn it_expires_by_the_clock_it_is_given_with_five_seconds_of_leeway() {
    let tokens = tokens(&[]);
    let token = tokens.sign(&caller(), noon()).expect("signs").token;
    assert!(tokens.verify(&token, noon() + TimeDelta::seconds(904)).is_ok());
    let late = tokens.verify(&token, noon() + TimeDelta::seconds(905));
    assert!(matches!(late, Err(Error::TokenExpired)));
    let early = tokens.verify(&token, noon() - TimeDelta::seconds(6));
    assert!(matches!(early, Err(Error::TokenInvalid)));
}

#[test]
fn a_rolled_key_still_verifies_and_a_dropped_one_does_not() {
    let before = tokens(&[("HAAT_JWT_KEYS", "old:00112233445566778899aabbccddeeff")]);
    let token = before.sign(&caller(), noon()).expect("signs").token;
    assert!(tokens(&[]).verify(&token, noon()).is_ok());
    let after = tokens(&[("HAAT_JWT_KEYS", "new:7f3c9a1be5d24c0f8a6b1d2e3f405162")]);
    assert!(matches!(after.verify(&token, noon()), Err(Error::TokenInvalid)));
}

#[test]
fn another_issuer_audience_secret_or_algorithm_is_refused() {
    let ours = tokens(&[]);
    for other in [
        ("HAAT_JWT_ISSUER", "them"),
        ("HAAT_JWT_AUDIENCE", "them"),
        ("HAAT_JWT_KEYS", "new:ffffffffffffffffffffffffffffffff"),
    ] {
        let token = tokens(&[other]).sign(&caller(), noon()).expect("signs").token;
        assert!(matches!(ours.verify(&token, noon()), Err(Error::TokenInvalid)), "{other:?}");
    }
    let token = ours.sign(&caller(), noon()).expect("signs").token;
    let (_, rest) = token.split_once('.').expect("three parts");
    // {"alg":"none","kid":"new"} and {"alg":"HS512","kid":"new"}
    for header in ["eyJhbGciOiJub25lIiwia2lkIjoibmV3In0", "eyJhbGciOiJIUzUxMiIsImtpZCI6Im5ldyJ9"] {
        let forged = ours.verify(&format!("{header}.{rest}"), noon());
        assert!(matches!(forged, Err(Error::TokenInvalid)));
    }
    for garbage in ["", "a.b.c", "...", "Bearer x"] {
        assert!(matches!(ours.verify(garbage, noon()), Err(Error::TokenInvalid)));
    }
}

#[test]
fn a_ticket_opens_one_order_for_a_minute_and_is_no_access_token() {
    let (tokens, caller) = (tokens(&[]), caller());
    let (order, other) = (OrderId::new(), OrderId::new());
    let ticket = tokens.sign_ticket(&caller, order, noon()).expect("signs").token;
    assert!(matches!(tokens.verify_ticket(&ticket, order, noon()), Ok(known) if known == caller));
    assert!(matches!(tokens.verify_ticket(&ticket, other, noon()), Err(Error::TokenInvalid)));
    let late = noon() + TimeDelta::seconds(65);
    assert!(matches!(tokens.verify_ticket(&ticket, order, late), Err(Error::TokenExpired)));
    assert!(matches!(tokens.verify(&ticket, noon()), Err(Error::TokenInvalid)));
    let token = tokens.sign(&caller, noon()).expect("signs").token;
    assert!(matches!(tokens.verify_ticket(&token, order, noon()), Err(Error::TokenInvalid)));
}
