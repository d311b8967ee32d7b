//! Order numbers that people can read aloud: eight letters and digits in two groups, such as `7K3M-9QX2`.
//!
//! A number is made from a sequence, so no two are alike. A small permutation scrambles it, under a key of its own in
//! each installation, so that a number does not reveal how many orders there are. The alphabet is Crockford's base 32,
//! without I, L, O and U, which are easily mistaken.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HALF: u32 = 20;
const MASK: u64 = (1 << HALF) - 1;

/// One number per round. The database keeps the key of an installation. It must never change: another key would map the
/// sequence to numbers that were used already.
pub type Key = [u64; 4];

/// The number of the `n`th order. Distinct for all `n` below 2⁴⁰. Beyond that numbers repeat, and the unique constraint
/// would refuse them.
#[must_use]
pub fn from_sequence(n: i64, key: &Key) -> String {
    let n = n.unsigned_abs() & ((1 << (2 * HALF)) - 1);
    let (mut left, mut right) = (n >> HALF, n & MASK);
    // A Feistel network is a permutation whatever its round function is.
    for round_key in key {
        (left, right) = (right, left ^ round(right, *round_key));
    }
    let scrambled = left << HALF | right;
    let digit = |place: u32| {
        let index = usize::try_from(scrambled >> (5 * place) & 31).expect("five bits");
        char::from(ALPHABET[index])
    };
    let (front, back): (String, String) =
        ((4..8).rev().map(digit).collect(), (0..4).rev().map(digit).collect());
    format!("{front}-{back}")
}

/// A number as people write or paste it: in capitals or not, with any signs around and between the groups, after the word
/// "order", with the letters that Crockford reads as digits. Text that can't be a number is returned as it is, and no
/// order has it.
#[must_use]
pub fn as_kept(typed: &str) -> String {
    const WORD: &str = "order";
    let letters = typed.trim_start_matches(|c: char| !c.is_alphanumeric());
    let number = match letters.get(..WORD.len()) {
        Some(word) if word.eq_ignore_ascii_case(WORD) => &letters[WORD.len()..],
        _ => letters,
    };
    let digits = number.chars().filter(|c| c.is_alphanumeric()).map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        digit => digit,
    });
    let digits: String = digits.collect();
    if digits.len() == 8 && digits.is_ascii() {
        format!("{}-{}", &digits[..4], &digits[4..])
    } else {
        typed.trim().to_owned()
    }
}

fn round(half: u64, key: u64) -> u64 {
    let mixed = (half ^ key).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 31) & MASK
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const KEY: Key =
        [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x27D4_EB2F_1656_67C5];

    #[test]
    fn a_number_is_read_however_people_write_it() {
        for typed in [
            "7K3M-9QX2",
            "7k3m9qx2",
            " 7K3M 9QX2 ",
            "7k3m–9qx2",
            "7-K-3-M-9-Q-X-2",
            "#7K3M-9QX2",
            "Order 7K3M-9QX2.",
            "(7K3M_9QX2)",
            "\u{200e}7K3M-9QX2\u{200b}",
        ] {
            assert_eq!(as_kept(typed), "7K3M-9QX2", "{typed}");
        }
        assert_eq!(as_kept("oil0-1o1l"), "0110-1011");
        for other in ["7K3M", "7K3M-9QX2-1", "ключключ", ""] {
            assert_eq!(as_kept(other), other);
        }
        for n in [1, 7, 1 << 39] {
            let number = from_sequence(n, &KEY);
            assert_eq!(as_kept(&number.replace('-', "").to_lowercase()), number);
        }
    }

    #[test]
    fn neighbours_look_unrelated_and_none_is_given_twice() {
        let numbers: HashSet<String> = (1..=200_000).map(|n| from_sequence(n, &KEY)).collect();
        assert_eq!(numbers.len(), 200_000);
        assert!(numbers.iter().all(|number| number.len() == 9));
        let (first, second) = (from_sequence(1, &KEY), from_sequence(2, &KEY));
        let alike = first.chars().zip(second.chars()).filter(|(a, b)| a == b).count();
        assert!(alike < 6, "{first} and {second}");
    }

    #[test]
    fn without_the_key_a_number_says_nothing_of_its_place() {
        let mut other = KEY;
        other[3] ^= 1;
        let same = (1..=1000).filter(|n| from_sequence(*n, &KEY) == from_sequence(*n, &other)).count();
        assert!(same < 10, "{same} of 1000");
    }
}
