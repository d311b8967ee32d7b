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
fn settings_that_can_never_work_are_refused_by_name() {
    for (name, value) in [
        ("HAAT_CORS_ORIGINS", "shop.example.com"),
        ("HAAT_CORS_ORIGINS", "https://shop.example.com/"),
        ("HAAT_CORS_ORIGINS", "https://Shop.example.com"),
        ("HAAT_CORS_ORIGINS", "https://a.example,*"),
        ("HAAT_LOG", "===="),
        ("HAAT_JWT_KEYS", "k1:0123456789abcdef0123456789abcdef,k1:fedcba9876543210fedcba9876543210"),
        ("HAAT_KEEP_WEBHOOK_EVENTS_DAYS", "1"),
    ] {
        let mut pairs = SERVICES.to_vec();
        pairs.push((name, value));
        let problems = read(&pairs).expect_err(value).to_string();
        assert!(problems.contains(name), "{value}: {problems}");
    }
    for (name, value) in [
        ("HAAT_CORS_ORIGINS", "https://shop.example.com, http://localhost:5173"),
        ("HAAT_CORS_ORIGINS", "*"),
        ("HAAT_LOG", "info,haat_worker=debug"),
        ("HAAT_KEEP_DEAD_JOBS_DAYS", "90"),
    ] {
        let mut pairs = SERVICES.to_vec();
        pairs.push((name, value));
        assert!(read(&pairs).is_ok(), "{name}={value}");
    }
}

#[test]
fn an_address_that_can_not_work_is_named() {
    let wrong = |name: &'static str, value: &str| {
        let problems = read(&[SERVICES[0], SERVICES[1], (name, value)]);
        let problems = problems.err().map(|problems| problems.to_string()).unwrap_or_default();
        problems.contains(name)
    };
    for value in [
        "not a url",
        "/relative",
        "shop.example.com/paid",
        "https://",
        "https:///paid",
        "ftp://shop.example.com",
        "https://shop.example.com/paid?order={order}",
        "https://shop.example.com/paid?order={order_id",
        "https://shop example.com/",
        "https://shop.example.com:port/",
        "https://user:secret@shop.example.com/",
        "https://shop.example.com/\u{e9}",
    ] {
        assert!(wrong("HAAT_PAID_URL", value), "{value}");
        assert!(wrong("HAAT_LEFT_URL", value), "{value}");
    }
    for value in [
        "https://shop.example.com/paid?order={order_id}&by={gateway}&sid={CHECKOUT_SESSION_ID}#end",
        "http://127.0.0.1:3000/{order_id}",
        "http://[::1]:3000/",
        "http://localhost",
    ] {
        assert!(!wrong("HAAT_PAID_URL", value), "{value}");
    }
    for name in ["HAAT_PUBLIC_URL", "HAAT_STRIPE_BASE_URL", "HAAT_BKASH_BASE_URL"] {
        for value in ["https://", "stripe", "https://a b"] {
            assert!(wrong(name, value), "{name} {value}");
        }
    }
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
    pairs.extend([
        ("HAAT_ENV", "production"),
        ("HAAT_JWT_KEYS", GOOD_KEY),
        ("HAAT_PUBLIC_URL", "https://api.shop.example"),
    ]);
    assert!(read(&pairs).is_ok());
}

const GOOD_KEY: &str = "k1:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c";

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
fn production_refuses_addresses_by_http_unless_that_is_meant() {
    let production = [("HAAT_ENV", "production"), ("HAAT_JWT_KEYS", GOOD_KEY)];
    let with = |more: &[(&str, &str)]| read(&[&SERVICES[..], &production[..], more].concat());
    let public = ("HAAT_PUBLIC_URL", "https://api.shop.example");
    assert!(with(&[public]).is_ok());
    for (name, more) in [
        ("HAAT_PUBLIC_URL", vec![]),
        ("HAAT_PUBLIC_URL", vec![("HAAT_PUBLIC_URL", "http://api.shop.example")]),
        ("HAAT_PAID_URL", vec![public, ("HAAT_PAID_URL", "http://shop.example/paid")]),
        ("HAAT_STRIPE_BASE_URL", vec![public, ("HAAT_STRIPE_BASE_URL", "http://sandbox:8090/stripe")]),
    ] {
        let problems = with(&more).expect_err(name).to_string();
        assert!(problems.contains(name), "{name} is missing from:\n{problems}");
        assert!(with(&[more, vec![("HAAT_ALLOW_HTTP", "true")]].concat()).is_ok(), "{name}");
    }
}

/// A line that is uncommented must not be undone by another one further down.
#[test]
fn the_example_of_an_env_file_names_each_setting_once() {
    // Of docker compose and of the commands of this repository.
    const OTHERS: [&str; 3] = ["POSTGRES_PASSWORD", "HAAT_API_PORT", "HAAT_SANDBOX_PORT"];
    let example = include_str!("../../../../.env.example");
    let names = example.lines().filter_map(|line| Some(line.strip_prefix('#')?.split_once('=')?.0));
    let names: Vec<&str> = names.filter(|name| !name.contains(' ')).collect();
    assert!(names.len() > 40, "{names:?}");
    for name in &names {
        let known = DOCUMENTED.iter().any(|setting| setting.name == *name);
        assert!(known || OTHERS.contains(name), "{name} is no setting");
        assert_eq!(names.iter().filter(|other| *other == name).count(), 1, "{name}");
    }
}
