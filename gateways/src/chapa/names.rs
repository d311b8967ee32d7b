//! Our references at Chapa: made from an attempt's id, and read back.
//!
//! A `tx_ref` is used once. When an earlier page was opened and its address got lost, the next one is `<attempt>-2`, and
//! so on: nothing has to be remembered, and all of them name the attempt.

use uuid::Uuid;

use crate::CallError;

/// Pages of one attempt at the most.
pub(super) const MOST_PAGES: u32 = 9;
const UUID_CHARS: usize = 36;

/// The reference of page `number`, counted from 1.
pub(super) fn tx_ref(attempt: Uuid, number: u32) -> String {
    if number <= 1 { attempt.hyphenated().to_string() } else { format!("{}-{number}", attempt.hyphenated()) }
}

/// The attempt that a `tx_ref` of ours names.
pub(super) fn attempt_of(tx_ref: &str) -> Option<Uuid> {
    let (name, rest) = tx_ref.split_at_checked(UUID_CHARS)?;
    let number = rest.strip_prefix('-').unwrap_or("0");
    let is_ours = rest.is_empty() || number.parse::<u32>().is_ok_and(|number| number >= 2);
    name.parse().ok().filter(|_| is_ours)
}

/// References are letters, digits, hyphens, underscores and dots; anything else would change the path.
pub(super) fn path_part(reference: &str) -> Result<&str, CallError> {
    let plain =
        reference.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let a_name = reference.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if plain && a_name && reference.len() <= 255 {
        Ok(reference)
    } else {
        Err(CallError::unsendable("the reference is not one that Chapa can have"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_that_is_almost_ours_is_not() {
        let id = Uuid::from_u128(7).to_string();
        for almost in ["", "ord-1", &id[1..], &format!("{id}-"), &format!("{id}2"), &format!("{id}-1"), "é"]
        {
            assert_eq!(attempt_of(almost), None, "{almost}");
        }
        let cut_inside_a_letter = format!("{}é", &id[1..]);
        assert_eq!(attempt_of(&cut_inside_a_letter), None);
    }

    #[test]
    fn no_reference_leaves_its_place_in_the_path() {
        for bad in ["", ".", "..", "a/b", "a?b", "a%2fb", "a b", "é"] {
            assert!(path_part(bad).is_err(), "{bad}");
        }
        assert_eq!(path_part("AP634JFwnYlc").ok(), Some("AP634JFwnYlc"));
    }

    proptest! {
        #[test]
        fn every_page_names_its_attempt(id in any::<u128>(), number in 1..=MOST_PAGES) {
            let attempt = Uuid::from_u128(id);
            let name = tx_ref(attempt, number);
            prop_assert_eq!(attempt_of(&name), Some(attempt));
            prop_assert!(path_part(&name).is_ok());
        }
    }
}
