//! The names we give to payments and transfers at Paystack: made of our ids, and read back from what comes.
//!
//! A payment's is the attempt's id, and `…-2` to `…-9` where an earlier page's address was lost: the name is used up, and
//! Paystack does not tell the address a second time.

use uuid::Uuid;

use crate::CallError;

/// Pages that are opened for one attempt at the most.
pub(super) const MOST: u32 = 9;
const UUID_CHARS: usize = 36;
const LONGEST: usize = 100;

/// The name of an attempt's page: of its first, or of a later one.
pub(super) fn of_attempt(attempt: Uuid, number: u32) -> String {
    match number {
        ..=1 => attempt.to_string(),
        later => format!("{attempt}-{later}"),
    }
}

/// The attempt whose page has this name, if it is one of ours.
pub(super) fn attempt(reference: &str) -> Option<Uuid> {
    let (id, rest) = reference.split_at_checked(UUID_CHARS)?;
    let is_ours = match rest.strip_prefix('-') {
        None => rest.is_empty(),
        Some(number) => number.len() == 1 && number.parse().is_ok_and(|number| (2..=MOST).contains(&number)),
    };
    Uuid::try_parse(id).ok().filter(|_| is_ours)
}

/// Whether a name fits into an address as it is: letters, digits, `-`, `_`.
pub(super) fn path_part(name: &str) -> Result<&str, CallError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain && (1..=LONGEST).contains(&name.len()) {
        Ok(name)
    } else {
        Err(CallError::unsendable("the reference is not one of Paystack's"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_our_own_names_lead_to_an_attempt() {
        let id = Uuid::from_u128(7);
        let foreign = [
            String::new(),
            "ord_01J0000000000000000000TEST".to_owned(),
            format!("{id}-1"),
            format!("{id}-10"),
            format!("{id}-"),
            format!("{id}x"),
            format!("{id}-2-2"),
            id.simple().to_string(),
            format!("{}é", &id.to_string()[..35]),
        ];
        for reference in foreign {
            assert_eq!(attempt(&reference), None, "{reference}");
        }
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back(id in any::<u128>(), number in 1..=MOST) {
            let attempted = Uuid::from_u128(id);
            let name = of_attempt(attempted, number);
            prop_assert_eq!(attempt(&name), Some(attempted));
            prop_assert!(path_part(&name).is_ok());
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = attempt(&text);
            let _ = path_part(&text);
        }
    }
}
