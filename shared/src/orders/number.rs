//! Order numbers that people can read aloud: eight letters and digits in two groups, such as `7K3M-9QX2`.
//!
//! A number is made from a sequence, so no two are alike. A small keyed permutation scrambles it, so that a number does
//! not reveal how many orders there are. The alphabet is Crockford's base 32, without I, L, O and U, which are easily
//! mistaken.

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HALF: u32 = 20;
const MASK: u64 = (1 << HALF) - 1;
/// Must never change: another key would map the sequence to numbers that were used already.
const KEYS: [u64; 4] =
    [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x27D4_EB2F_1656_67C5];

/// The number of the `n`th order. Distinct for all `n` below 2⁴⁰. Beyond that numbers repeat, and the unique constraint
/// would refuse them.
#[must_use]
pub fn from_sequence(n: i64) -> String {
    let n = n.unsigned_abs() & ((1 << (2 * HALF)) - 1);
    let (mut left, mut right) = (n >> HALF, n & MASK);
    // A Feistel network is a permutation whatever its round function is.
    for key in KEYS {
        (left, right) = (right, left ^ round(right, key));
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

fn round(half: u64, key: u64) -> u64 {
    let mixed = (half ^ key).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ mixed >> 31) & MASK
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn neighbours_look_unrelated_and_none_is_given_twice() {
        let numbers: HashSet<String> = (1..=200_000).map(from_sequence).collect();
        assert_eq!(numbers.len(), 200_000);
        assert!(numbers.iter().all(|number| number.len() == 9));
        let (first, second) = (from_sequence(1), from_sequence(2));
        let alike = first.chars().zip(second.chars()).filter(|(a, b)| a == b).count();
        assert!(alike < 6, "{first} and {second}");
    }
}
