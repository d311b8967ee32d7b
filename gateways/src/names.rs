//! Our references at gateways without idempotency keys: made from our ids, and read back from answers.
//!
//! The reference of a payment is the attempt's id. It gets a suffix from `-2` to `-9` if an earlier page was opened and
//! its address got lost. So nothing has to be stored, and every reference identifies the attempt.

use uuid::Uuid;

use crate::{CallError, GatewayName};

/// Most pages that are opened for one attempt.
pub(crate) const MOST_PAGES: u32 = 9;
const UUID_CHARS: usize = 36;

/// The reference of an attempt's page: its first, or a later one.
pub(crate) fn of_attempt(attempt: Uuid, number: u32) -> String {
    match number {
        ..=1 => attempt.to_string(),
        later => format!("{attempt}-{later}"),
    }
}

/// The attempt whose page has this reference, if it is one of ours.
pub(crate) fn attempt(name: &str) -> Option<Uuid> {
    let (id, rest) = name.split_at_checked(UUID_CHARS)?;
    let is_ours = match rest.strip_prefix('-') {
        None => rest.is_empty(),
        Some(number) => {
            number.len() == 1 && number.parse().is_ok_and(|number| (2..=MOST_PAGES).contains(&number))
        }
    };
    Uuid::try_parse(id).ok().filter(|_| is_ours)
}

/// The attempt whose reference is at the end of a longer one, after a hyphen.
pub(crate) fn attempt_at_end(name: &str) -> Option<Uuid> {
    // With and without the number of a later page.
    [UUID_CHARS, UUID_CHARS + 2].into_iter().find_map(|length| {
        let (before, end) = name.split_at_checked(name.len().checked_sub(length)?)?;
        before.ends_with('-').then(|| attempt(end)).flatten()
    })
}

/// When one of our ids was made, in unix seconds; `None` for an id without a time.
pub(crate) fn made_at(id: Uuid) -> Option<i64> {
    i64::try_from(id.get_timestamp()?.to_unix().0).ok()
}

/// A reference for use in an address, if it needs no encoding: only letters, digits and these marks. Anything else
/// would change the path.
pub(crate) fn path_part<'a>(
    gateway: GatewayName,
    name: &'a str,
    marks: &[u8],
    most_bytes: usize,
) -> Result<&'a str, CallError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || marks.contains(&byte));
    let says_something = name.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if plain && says_something && name.len() <= most_bytes {
        Ok(name)
    } else {
        Err(CallError::unsendable(format!("the reference is none that {gateway} can have")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part<'a>(name: &'a str, marks: &[u8]) -> Option<&'a str> {
        path_part(GatewayName::Chapa, name, marks, 255).ok()
    }

    #[test]
    fn only_our_own_names_lead_to_an_attempt() {
        let id = Uuid::from_u128(7);
        let foreign = [
            String::new(),
            "é".to_owned(),
            "ord-1".to_owned(),
            "ord_01J0000000000000000000TEST".to_owned(),
            id.to_string()[1..].to_owned(),
            format!("{id}-1"),
            format!("{id}-10"),
            format!("{id}-+2"),
            format!("{id}-"),
            format!("{id}2"),
            format!("{id}x"),
            format!("{id}-2-2"),
            id.simple().to_string(),
            format!("{}é", &id.to_string()[1..]),
        ];
        for name in foreign {
            assert_eq!(attempt(&name), None, "{name}");
        }
    }

    #[test]
    fn no_name_leaves_its_place_in_the_path() {
        for bad in ["", ".", "..", "-", "a/b", "a?b", "a%2fb", "a b", "é", &"x".repeat(256)] {
            assert_eq!(part(bad, b"-_."), None, "{bad}");
        }
        assert_eq!(part("a.b", b"_"), None);
        assert_eq!(part("AP634JFwnYlc", b""), Some("AP634JFwnYlc"));
    }

    proptest! {
        #[test]
        fn what_goes_out_comes_back(id in any::<u128>(), number in 1..=MOST_PAGES) {
            let attempted = Uuid::from_u128(id);
            let name = of_attempt(attempted, number);
            prop_assert_eq!(attempt(&name), Some(attempted));
            prop_assert_eq!(attempt_at_end(&format!("7K3M-9QX2-{name}")), Some(attempted));
            prop_assert_eq!(attempt_at_end(&format!("7K3M{name}")), None);
            prop_assert!(part(&name, b"-").is_some());
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let _ = attempt(&text);
            let _ = attempt_at_end(&text);
            let _ = part(&text, b"-_.");
        }
    }
}
