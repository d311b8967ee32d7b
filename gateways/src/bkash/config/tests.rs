//! Each mistake is named, and nothing secret is shown.

use super::*;
use crate::LocalShelf;

pub(in crate::bkash) fn config() -> BkashConfig {
    let credentials = Credentials {
        username: Secret::from("merchant"),
        password: Secret::from("hush-password"),
        app_key: Secret::from("hush-key"),
        app_secret: Secret::from("hush-secret"),
    };
    BkashConfig::new(credentials, Arc::new(LocalShelf::default()))
}

#[test]
fn the_defaults_are_good() {
    assert_eq!(config().validate(), Ok(()));
}

#[test]
fn each_mistake_names_its_setting() {
    type Change = fn(&mut BkashConfig);
    let mistakes: [(&str, Change); 18] = [
        ("base_url", |config| config.base_url = "tokenized.pay.bka.sh".into()),
        ("base_url", |config| config.base_url = "ftp://tokenized.pay.bka.sh".into()),
        ("base_url", |config| config.base_url = "http://tokenized.pay.bka.sh/v1.2.0-beta".into()),
        ("base_url", |config| config.base_url.push_str("?x=1")),
        ("username", |config| config.credentials.username = Secret::from(" ")),
        ("password", |config| config.credentials.password = Secret::from("x\n")),
        ("app_key", |config| config.credentials.app_key = Secret::from("")),
        ("app_secret", |config| config.credentials.app_secret = Secret::from("a\u{0}b")),
        ("timeout", |config| config.timeout = Duration::ZERO),
        ("connect_timeout", |config| config.connect_timeout = Duration::ZERO),
        ("token_fetches_per_hour", |config| config.token_fetches_per_hour = 0),
        ("token_margin", |config| config.token_margin = Duration::from_hours(1)),
        ("settle", |config| config.settle = config.timeout),
        ("refund_days", |config| config.refund_days = 0),
        ("topic_arns", |config| config.topic_arns.push("bkash".into())),
        ("certificate_origin", |config| config.certificate_origin = Some("http://sandbox:9000".into())),
        ("certificate_origin", |config| {
            config.base_url = "http://sandbox:9000".into();
            config.certificate_origin = Some("sandbox".into());
        }),
        ("certificate_origin", |config| {
            config.base_url = "http://sandbox:9000".into();
            config.certificate_origin = Some("http://sandbox:9000/certificates".into());
        }),
    ];
    for (setting, change) in mistakes {
        let mut config = config();
        change(&mut config);
        let error = config.validate().expect_err(setting);
        assert_eq!((error.gateway, error.setting), ("bkash", setting));
        assert!(!error.to_string().contains("hush"), "{error}");
    }
}

#[test]
fn the_second_version_of_refunds_stands_beside_the_first() {
    let mut config = config();
    assert_eq!(config.root(), "https://tokenized.pay.bka.sh");
    config.base_url = "http://sandbox:9000/bkash/v1.2.0-beta/".into();
    assert_eq!(
        (config.base(), config.root()),
        ("http://sandbox:9000/bkash/v1.2.0-beta", "http://sandbox:9000/bkash")
    );
    config.base_url = "http://sandbox:9000/vendor".into();
    assert_eq!(config.root(), "http://sandbox:9000/vendor");
}

#[test]
fn secrets_do_not_print() {
    let shown = format!("{:?}", crate::bkash::Bkash::new(config()).expect("a good configuration"));
    assert!(!shown.contains("hush"), "{shown}");
}
