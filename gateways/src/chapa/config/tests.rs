//! Every setting that can be wrong.

use super::*;

fn config() -> ChapaConfig {
    ChapaConfig::new(Secret::from("CHASECK_TEST-x"), vec![Secret::from("hook_x")])
}

#[test]
fn the_defaults_are_good() {
    assert_eq!(config().validate(), Ok(()));
}

#[test]
fn each_mistake_names_its_setting() {
    type Change = fn(&mut ChapaConfig);
    let mistakes: [(&str, Change); 17] = [
        ("base_url", |config| config.base_url = "api.chapa.co".into()),
        ("base_url", |config| config.base_url = "ftp://api.chapa.co/v1".into()),
        ("base_url", |config| config.base_url = "https://api.chapa.co/v1?x=1".into()),
        ("base_url", |config| {
            config.base_url = "http://sandbox:9000/v1".into();
            config.secret_key = Secret::from("CHASECK-x");
        }),
        ("secret_key", |config| config.secret_key = Secret::from("")),
        ("secret_key", |config| config.secret_key = Secret::from("CHASECK_TEST-x\n")),
        ("webhook_secrets", |config| config.webhook_secrets.clear()),
        ("webhook_secrets", |config| config.webhook_secrets.push(Secret::from(" "))),
        ("webhook_secrets", |config| config.webhook_secrets.push(Secret::from("hook_y "))),
        ("timeout", |config| config.timeout = Duration::ZERO),
        ("connect_timeout", |config| config.connect_timeout = Duration::ZERO),
        ("callback_url", |config| config.callback_url = Some("shop.example/cb".into())),
        ("page_title", |config| config.page_title = " ".into()),
        ("page_title", |config| config.page_title = "A title beyond 16".into()),
        ("page_title", |config| config.page_title = "Order #1".into()),
        ("duplicate_words", |config| config.duplicate_words.clear()),
        ("duplicate_words", |config| config.duplicate_words.push("Used".into())),
    ];
    for (setting, change) in mistakes {
        let mut config = config();
        change(&mut config);
        let error = config.validate().expect_err(setting);
        assert_eq!((error.gateway, error.setting), ("chapa", setting));
    }
}

#[test]
fn the_refund_path_has_two_words() {
    assert_eq!("chapa_reference".parse(), Ok(RefundPath::ChapaReference));
    assert_eq!("tx_ref".parse(), Ok(RefundPath::TxRef));
    let error = "AP634".parse::<RefundPath>().expect_err("no such word");
    assert_eq!(error.setting, "refund_path");
    assert!(!error.to_string().contains("AP634"));
}

#[test]
fn secrets_do_not_print() {
    let mut config = config();
    config.secret_key = Secret::from("CHASECK_TEST-hush");
    let chapa = crate::chapa::Chapa::new(config).expect("a good configuration");
    let shown = format!("{chapa:?}");
    assert!(!shown.contains("hush") && !shown.contains("hook_x"), "{shown}");
}
