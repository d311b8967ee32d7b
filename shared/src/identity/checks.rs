//! Checks the fields of an account. Pure.

use super::Error;
use super::passwords::normalised;
use crate::kernel::{Secret, text};

/// Fewest characters of a password (NIST SP 800-63B asks for 8 or more, OWASP for 12 without a second factor).
pub const SHORTEST_PASSWORD: usize = 12;
/// Most bytes of a password: hashing a long one must not be a way to overload the process.
pub const LONGEST_PASSWORD: usize = 128;
/// RFC 5321 §4.5.3.1: 64 octets before the `@`, 254 in all.
const LONGEST_EMAIL: usize = 254;
const LONGEST_LOCAL_PART: usize = 64;
const LONGEST_NAME: usize = 120;

/// The address trimmed and in lower case, as it is stored and compared. Only a sent mail can show whether it is
/// reachable.
pub fn email(text: &str) -> Result<String, Error> {
    let address = text.trim().to_ascii_lowercase();
    let (local, domain) = address.rsplit_once('@').ok_or(Error::EmailInvalid)?;
    let fits = address.len() <= LONGEST_EMAIL && local.len() <= LONGEST_LOCAL_PART;
    if fits && is_local_part(local) && is_domain(domain) { Ok(address) } else { Err(Error::EmailInvalid) }
}

/// RFC 5322 `dot-atom`: quoted local parts are refused, as hardly any address has one.
fn is_local_part(local: &str) -> bool {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.split('.').all(|part| !part.is_empty() && part.chars().all(atom))
}

fn is_domain(domain: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(letter)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(label)
}

/// Checks only the length: rules about kinds of characters make passwords worse. Characters are counted in the form
/// that is hashed, so that all keyboards count alike.
pub fn password(password: &Secret) -> Result<(), Error> {
    if password.expose().len() > LONGEST_PASSWORD {
        Err(Error::PasswordTooLong)
    } else if normalised(password).expose().chars().count() < SHORTEST_PASSWORD {
        Err(Error::PasswordTooShort)
    } else {
        Ok(())
    }
}

pub fn full_name(name: &str) -> Result<String, Error> {
    text::line(name, LONGEST_NAME).map_err(|problem| Error::Text { field: "full_name", problem })
}

/// Digits with an optional leading plus (E.164 allows at most 15); spaces, dots, hyphens and parentheses are dropped.
pub fn phone(number: &str) -> Result<String, Error> {
    let plain: String = number.chars().filter(|c| !" .-()".contains(*c)).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    let valid = (6..=15).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit());
    if valid { Ok(plain) } else { Err(Error::PhoneInvalid) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_kept_in_one_form() {
        assert!(
            email("  Mina.K+shop@Example.COM ").is_ok_and(|address| address == "mina.k+shop@example.com")
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(65));
        for text in [
            "",
            "mina",
            "@example.com",
            "mina@",
            "mina@host",
            "a b@example.com",
            "a\0@example.com",
            "a@b@example.com",
            "a..b@example.com",
            "mina@-x.com",
            "mina@example..com",
            &long,
        ] {
            assert!(matches!(email(text), Err(Error::EmailInvalid)), "{text:?}");
        }
    }

    #[test]
    fn a_password_is_judged_by_its_length_alone() {
        let judge = |text: &str| password(&Secret::new(text));
        assert!(matches!(judge("elevenchars"), Err(Error::PasswordTooShort)));
        assert!(judge("twelve chars").is_ok());
        assert!(judge("cafe\u{301} noirs").is_err(), "eleven letters, of which one is two code points");
        assert!(judge("মাটির পাতিল লাল").is_ok());
        assert!(judge(&"x".repeat(128)).is_ok());
        assert!(matches!(judge(&"x".repeat(129)), Err(Error::PasswordTooLong)));
    }

    #[test]
    fn phone_numbers_lose_their_ornament() {
        assert!(phone("+880 (1712) 345-678").is_ok_and(|number| number == "+8801712345678"));
        assert!(phone("call me").is_err());
    }

    proptest! {
        #[test]
        fn normalising_twice_is_normalising_once(text in any::<String>()) {
            if let Ok(address) = email(&text) {
                prop_assert!(email(&address).is_ok_and(|again| again == address));
            }
        }
    }
}
