//! The configuration says everything that is wrong at once, and production refuses weak secrets.

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, Problems> {
    let owned: Vec<(String, String)> =
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    Settings::read(move |name| owned.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()))
}

const SERVICES: [(&str, &str); 2] = [("DATABASE_URL", "postgres://db/haat"), ("REDIS_URL", "redis://cache")];

#[test]
fn two_addresses_are_enough_for_development() {
    let settings = read(&SERVICES).expect("everything else has a default");
    assert_eq!(settings.hold, Duration::from_secs(1800));
    assert!(settings.gateways.stripe.is_none() && settings.gateways.bkash.is_none());
}

#[test]
fn every_problem_is_reported_at_once_and_no_secret_is_shown() {
    let wrong = [
        ("HAAT_ENV", "production"),
        ("REDIS_URL", "hunter2@cache:6379"),
        ("HAAT_JWT_KEYS", "k1:short-hunter2"),
        ("HAAT_HOLD_SECONDS", "-5"),
        ("HAAT_COMMISSION_RATE", "1.5"),
        ("HAAT_STRIPE_SECRET_KEY", "sk_live_hunter2"),
        ("HAAT_BKASH_APP_KEY", "hunter2"),
    ];
    let problems = read(&wrong).expect_err("six settings are wrong").to_string();
    for name in [
        "DATABASE_URL",
        "REDIS_URL",
        "HAAT_JWT_KEYS",
        "HAAT_HOLD_SECONDS",
        "HAAT_COMMISSION_RATE",
        "HAAT_STRIPE_WEBHOOK_SECRETS",
        "HAAT_BKASH_APP_SECRET",
    ] {
        assert!(problems.contains(name), "{name} is missing from:\n{problems}");
    }
    assert!(!problems.contains("hunter2"), "{problems}");
}

#[test]
fn production_refuses_a_missing_a_documented_and_a_dull_key() {
    for key in
        ["", "k1:dev-0123456789012345678901234567890123456789", "k1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"]
    {
        let mut pairs = SERVICES.to_vec();
        pairs.extend([("HAAT_ENV", "production"), ("HAAT_JWT_KEYS", key)]);
        assert!(read(&pairs).is_err(), "{key}");
    }
    let mut pairs = SERVICES.to_vec();
    pairs.extend(PRODUCTION);
    assert!(read(&pairs).is_ok());
}

const PRODUCTION: [(&str, &str); 3] = [
    ("HAAT_ENV", "production"),
    ("HAAT_JWT_KEYS", "k1:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"),
    ("HAAT_PUBLIC_URL", "https://api.example.com"),
];

#[test]
fn without_a_key_a_process_makes_its_own_and_only_where_nobody_else_reaches_it() {
    let (one, other) = (read(&SERVICES).expect("complete"), read(&SERVICES).expect("complete"));
    assert!(!one.jwt_keys.are_configured());
    assert_ne!(one.jwt_keys.signing().secret, other.jwt_keys.signing().secret);
    let mut reachable = SERVICES.to_vec();
    reachable.push(("HAAT_API_ADDR", "0.0.0.0:8080"));
    let problems = read(&reachable).expect_err("no key").to_string();
    assert!(problems.contains("HAAT_JWT_KEYS"), "{problems}");
    reachable.push(("HAAT_JWT_KEYS", "dev:a-key-of-the-developer"));
    assert!(read(&reachable).expect("a key").jwt_keys.are_configured());
}

#[test]
fn production_speaks_with_the_world_by_tls_unless_it_is_a_trial() {
    for plain in [
        ("HAAT_PUBLIC_URL", "http://api.example.com"),
        ("HAAT_PUBLIC_URL", ""),
        ("HAAT_PAID_URL", "http://shop.example.com/paid"),
        ("HAAT_PAYSTACK_BASE_URL", "http://sandbox:8090/paystack"),
    ] {
        let mut pairs = SERVICES.to_vec();
        pairs.push(plain);
        pairs.extend(PRODUCTION);
        let problems = read(&pairs).expect_err(plain.0).to_string();
        assert!(problems.contains(plain.0) && problems.contains("HAAT_TRIAL"), "{problems}");
        pairs.push(("HAAT_TRIAL", "true"));
        assert!(read(&pairs).is_ok(), "{plain:?}");
    }
}
