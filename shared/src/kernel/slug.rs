//! Names fit for a path: lower-case letters and digits of ASCII, joined by single hyphens.

/// The longest slug we make or accept, in characters.
pub const LONGEST: usize = 80;

/// From a name, as `clay-plant-pot`. Empty if the name has no ASCII letter or digit.
#[must_use]
pub fn from_name(name: &str) -> String {
    let mut slug = String::with_capacity(name.len().min(LONGEST));
    for c in name.chars() {
        if slug.len() == LONGEST {
            break;
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && c != '\'' {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Whether a text is a slug as we make them.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let known = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    !text.is_empty()
        && text.len() <= LONGEST
        && text.bytes().all(known)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
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
    }

    #[test]
    fn a_shop_name_reads_well_in_a_path() {
        assert_eq!(from_name("  Mina's Pots & Pans! "), "minas-pots-pans");
        assert!(!is_slug("Mina"));
        assert!(!is_slug("a--b"));
    }
}
