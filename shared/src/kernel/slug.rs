//! Names fit for a path: lower-case letters and digits of any script, joined by single hyphens.
//!
//! Marks and joiners belong to letters: Bengali, Hindi and Thai can't be written without them. Slugs are in the composed
//! form of Unicode (NFC), so that the same name typed on two devices is one slug. In an address they travel
//! percent-encoded, as browsers write them.

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use uuid::Uuid;

use super::text;

/// The longest slug that is made or accepted, in characters.
pub const LONGEST: usize = 80;

/// From a name, such as `clay-plant-pot` or `নীল-শাড়ি`. Empty if the name has no letter or digit.
#[must_use]
pub fn from_name(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    let mut length = 0;
    for c in name.to_lowercase().nfc().filter(|c| !matches!(c, '\'' | '’')) {
        if length == LONGEST {
            break;
        }
        let inside = slug.chars().next_back().is_some_and(|last| last != '-');
        let fits = match c {
            c if text::is_hidden(c) => false,
            c if text::is_mark(c) => inside,
            c if text::is_joiner(c) => inside && !slug.ends_with(text::is_joiner),
            c => c.is_alphanumeric(),
        };
        if fits {
            slug.push(c);
        } else if inside && !text::is_hidden(c) {
            slug.push('-');
        } else {
            continue;
        }
        length += 1;
    }
    slug.truncate(slug.trim_end_matches(|c| c == '-' || text::is_joiner(c)).len());
    let slug = composed(&slug);
    if is_slug(&slug) { slug } else { String::new() }
}

/// From a name, or from an id if the name has no usable character: `product-1f3a09bc`.
#[must_use]
pub fn made(name: &str, kind: &str, id: Uuid) -> String {
    let slug = from_name(name);
    if !slug.is_empty() {
        return slug;
    }
    let id = id.simple().to_string();
    format!("{kind}-{}", &id[id.len() - 8..]) // the end of an id of version 7 is random
}

/// The form in which slugs are compared: composed.
#[must_use]
pub fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// Whether a text is a valid slug.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let lower = |c: char| c.is_alphanumeric() && c.to_lowercase().eq([c]);
    let known = |c: char| lower(c) || c == '-' || text::is_mark(c) || text::is_joiner(c);
    let mut before = '-';
    for c in text.chars() {
        let leans = c == '-' || text::is_mark(c) || text::is_joiner(c);
        if !known(c) || (leans && before == '-') {
            return false;
        }
        before = c;
    }
    before != '-' && is_nfc(text) && text::line(text, LONGEST).is_ok_and(|clean| clean == text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_name_the_slug_is_one_or_empty(name in any::<String>()) {
            let slug = from_name(&name);
            prop_assert!(slug.is_empty() || is_slug(&slug), "{slug}");
        }

        #[test]
        fn a_slug_makes_itself(name in "[a-z0-9নীলশাড়িé']{1,90}") {
            let slug = from_name(&name);
            prop_assert_eq!(from_name(&slug), slug);
        }
    }

    #[test]
    fn a_shop_name_reads_well_in_a_path() {
        assert_eq!(from_name("  Mina's Pots & Pans! "), "minas-pots-pans");
        assert_eq!(from_name("Café Zürich"), "café-zürich");
        assert!(!is_slug("Mina"));
        assert!(!is_slug("a--b"));
        assert!(!is_slug("-a"));
        assert!(!is_slug("cafe\u{301}")); // not composed
        assert!(!is_slug("a\u{202e}b"));
    }

    #[test]
    fn every_script_makes_a_slug() {
        assert_eq!(from_name("নকশি কাঁথা"), "নকশি-কাঁথা");
        assert_eq!(from_name("নীল শাড়ি"), composed("নীল-শাড়ি"));
        assert_eq!(from_name("हिन्दी किताब"), "हिन्दी-किताब");
        assert_eq!(from_name("น้ำ ชา"), "น้ำ-ชา");
        assert_eq!(from_name("تحفة"), "تحفة");
        assert!(is_slug("নকশি-কাঁথা"));
    }

    #[test]
    fn a_name_without_letters_gets_a_neutral_slug() {
        let id = Uuid::now_v7();
        let slug = made("🎁 ™", "product", id);
        assert!(slug.starts_with("product-") && is_slug(&slug), "{slug}");
        assert_eq!(made("Pot", "product", id), "pot");
    }
}
