//! What strangers send: values that fit nowhere, and bodies that are none. The same for every run of one seed.

use serde_json::{Value, json};

/// A small generator, so that a seed always gives the same values (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// From `HAAT_TEST_SEED`, or the usual one.
    #[must_use]
    pub fn from_env() -> Self {
        let seed = std::env::var("HAAT_TEST_SEED");
        Self(seed.map_or(20_261_120, |seed| seed.parse().expect("HAAT_TEST_SEED is a whole number")))
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).expect("less than `sides`")
    }

    /// Any text, with characters that are special in paths, SQL, HTML and Unicode.
    pub fn text(&mut self) -> String {
        const PIECES: &[&str] = &[
            "a",
            "Z",
            "9",
            " ",
            "\0",
            "\n",
            "'",
            "\"",
            "\\",
            ";--",
            "%",
            "%00",
            "<b>",
            "🦀",
            "é",
            "e\u{301}",
            "\u{202e}",
            "\u{feff}",
            "\u{fffd}",
            "ß",
            "İ",
            "\u{1f}",
            "null",
            "../",
            "{}",
            "\u{10ffff}",
        ];
        (0..self.roll(12)).map(|_| PIECES[self.roll(PIECES.len())]).collect()
    }

    /// Any JSON value, not deep.
    pub fn json(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 6 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => number(NUMBERS[self.roll(NUMBERS.len())]),
            3 | 4 => json!(self.text()),
            5 => json!("01900000-0000-7000-8000-000000000000"),
            6 => (0..self.roll(4)).map(|_| self.json(depth - 1)).collect(),
            _ => Value::Object((0..self.roll(4)).map(|_| (self.text(), self.json(depth - 1))).collect()),
        }
    }
}

const NUMBERS: &[&str] = &[
    "-1",
    "0",
    "1",
    "0.5",
    "-0.0",
    "10001",
    "2147483647",
    "2147483648",
    "-2147483649",
    "4294967296",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e308",
    "-1e308",
    "1e-308",
];

fn number(text: &str) -> Value {
    text.parse().expect("a number of JSON")
}

/// Values for a field, whatever its type is.
#[must_use]
pub fn values() -> Vec<Value> {
    let mut values: Vec<Value> = NUMBERS.iter().copied().map(number).collect();
    values.extend([
        Value::Null,
        json!(true),
        json!(""),
        json!("   "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("🦀\u{202e}\u{feff}"),
        json!("NaN"),
        json!("-5.00"),
        json!("1e400"),
        json!("0.00000000000000000000000000001"),
        json!("99999999999999999999999999999999999999.99"),
        json!("no_such_word"),
        json!("x".repeat(70_000)),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!({ "amount": "-5.00", "currency": "USD" }),
        json!({ "amount": "1e28", "currency": "USD" }),
        json!({ "amount": "79228162514264337593543950335", "currency": "USD" }),
        json!({ "amount": "5.00", "currency": "usd" }),
        json!({ "amount": "5.00", "currency": "ZZZ" }),
        json!({ "amount": "5.001", "currency": "USD" }),
        json!({ "amount": "5.5", "currency": "JPY" }),
        json!({ "amount": 5.0, "currency": "USD" }),
        json!({ "\u{0}": "\u{0}" }),
        json!(vec![json!({}); 2000]),
    ]);
    values
}

/// Bodies that are no JSON document, or no object. Nothing may take them.
#[must_use]
pub fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |times: usize| [vec![b'['; times], vec![b']'; times]].concat();
    let nested = [b"{\"a\":".repeat(5_000), b"1".to_vec(), b"}".repeat(5_000)].concat();
    vec![
        ("empty", Vec::new()),
        ("cut short", b"{\"a\": ".to_vec()),
        ("a word", b"undefined".to_vec()),
        ("null", b"null".to_vec()),
        ("a list", b"[]".to_vec()),
        ("a list of one", b"[3]".to_vec()),
        ("a list of nulls", b"[null,null,null,null]".to_vec()),
        ("a text", b"\"text\"".to_vec()),
        ("a number", b"1e999".to_vec()),
        ("two documents", b"{}{}".to_vec()),
        ("single quotes", b"{'a': 1}".to_vec()),
        ("no UTF-8", b"{\"a\": \"\xff\xfe\"}".to_vec()),
        ("half a surrogate", b"{\"a\": \"\\ud800\"}".to_vec()),
        ("deep lists", deep(100_000)),
        ("deep objects", nested),
        ("huge", [b"{\"a\": \"".to_vec(), vec![b'x'; 400_000], b"\"}".to_vec()].concat()),
        ("a byte order mark", b"\xef\xbb\xbf{".to_vec()),
    ]
}

/// Parts of a path or a query that name nothing, percent-encoded.
pub const WORDS: &[&str] = &[
    "0",
    "-1",
    "abc",
    "%00",
    "a%00b",
    "%ff%fe",
    "%F0%9F%A6%80",
    "%2e%2e%2f%2e%2e",
    "null",
    "%7B%7D",
    "99999999999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "01900000-0000-7000-8000-000000000000",
    "%27%20or%201%3D1--",
    "1e3",
    "0.5",
    "%2500",
    "true",
    "9223372036854775808",
    "-9223372036854775808",
    "MQ",
    "IlwwIg",
];
