//! The option values of a variant, in the order in which its product names the options.
//!
//! The vendor decides the order: by the columns of an imported file, or by the JSON in which a variant was sent. It is
//! stored once per product (`products.option_names`), because `variants.options` is jsonb, which sorts its keys. All
//! code that reads variants restores the order by [`Options::in_order_of`]. The options of a product with their values
//! are therefore: for each of its option names the values of its active variants, in the order of the variants.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_normalization::UnicodeNormalization as _;
use utoipa::ToSchema;

/// Names and values, such as `{"Size": "Small"}`. Two are equal if they have the same values, in whatever order.
#[derive(Clone, Debug, Default)]
pub struct Options(Vec<(String, String)>);

impl Options {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an option at the end. Returns `false` and changes nothing if the name exists already.
    #[must_use]
    pub fn add(&mut self, name: String, value: String) -> bool {
        let fresh = self.value(&name).is_none();
        if fresh {
            self.0.push((name, value));
        }
        fresh
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(name, _)| name)
    }

    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|(_, value)| value)
    }

    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// In the order in which a product names its options; others come last, alphabetically.
    #[must_use]
    pub fn in_order_of(mut self, names: &[String]) -> Self {
        let place = |name: &str| names.iter().position(|other| other == name).unwrap_or(names.len());
        self.0.sort_by(|(one, _), (other, _)| place(one).cmp(&place(other)).then_with(|| one.cmp(other)));
        self
    }

    /// Whether another has the same names, in whatever order.
    #[must_use]
    pub fn has_names_of(&self, other: &Self) -> bool {
        self.len() == other.len() && self.names().all(|name| other.value(name).is_some())
    }

    /// With new names for some options.
    #[must_use]
    pub fn renamed(&self, names: &BTreeMap<String, String>) -> Self {
        let renamed = |name: &String| names.get(name).unwrap_or(name).clone();
        Self(self.0.iter().map(|(name, value)| (renamed(name), value.clone())).collect())
    }

    /// The form for comparisons in which case, spaces and Unicode composition must not count.
    #[must_use]
    pub fn folded(&self) -> BTreeMap<String, String> {
        self.iter().map(|(name, value)| (folded(name), folded(value))).collect()
    }

    fn sorted(&self) -> Vec<&(String, String)> {
        let mut pairs: Vec<_> = self.0.iter().collect();
        pairs.sort_unstable();
        pairs
    }
}

/// One option of a product with its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProductOption {
    #[schema(example = "Size")]
    pub name: String,
    /// Each value once, in the order of the variants.
    #[schema(example = json!(["S", "M", "L"]))]
    pub values: Vec<String>,
}

impl ProductOption {
    /// Without values yet.
    pub(super) fn named(name: String) -> Self {
        Self { name, values: Vec::new() }
    }
}

/// The options with the values of the variants, in their order. An option without a variant is left out; one that the
/// product does not name comes last.
pub(super) fn choices<'a>(
    mut choices: Vec<ProductOption>,
    variants: impl Iterator<Item = &'a Options>,
) -> Vec<ProductOption> {
    let mut seen = BTreeSet::new();
    for (name, value) in variants.flat_map(Options::iter) {
        if !seen.insert((name, value)) {
            continue;
        }
        match choices.iter_mut().find(|option| option.name == name) {
            Some(option) => option.values.push(value.to_owned()),
            None => choices.push(ProductOption { name: name.to_owned(), values: vec![value.to_owned()] }),
        }
    }
    choices.retain(|option| !option.values.is_empty());
    choices
}

/// A text without differences of wording: case, runs of spaces, composed or decomposed letters.
pub(super) fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase().nfc().collect()
}

/// The option names of a product whose variants have these options: earlier names that are still in use, in their
/// order, then new ones as they appear.
pub(super) fn named_in_use(had: &[String], options: &[&Options]) -> Vec<String> {
    let mut names = named(had, options.iter().copied());
    let used: BTreeSet<&str> = options.iter().flat_map(|options| options.names()).collect();
    names.retain(|name| used.contains(name.as_str()));
    names
}

/// The former option names, then new ones as they appear.
pub(super) fn named<'a>(had: &[String], options: impl IntoIterator<Item = &'a Options>) -> Vec<String> {
    let mut names = had.to_vec();
    let mut seen: BTreeSet<String> = had.iter().cloned().collect();
    for name in options.into_iter().flat_map(Options::names) {
        if !seen.contains(name) {
            seen.insert(name.to_owned());
            names.push(name.to_owned());
        }
    }
    names
}

impl PartialEq for Options {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.value(name) == Some(value))
    }
}

impl Eq for Options {}

impl Hash for Options {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sorted().hash(state);
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Options {
    /// Names must differ.
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
}

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Options;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object of option names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Options, A::Error> {
                let mut options = Options::new();
                while let Some(option) = map.next_entry()? {
                    options.0.push(option);
                }
                // Sorted, because a request may have thousands before they are counted.
                let mut names: Vec<&str> = options.names().collect();
                names.sort_unstable();
                if names.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err(A::Error::custom("two options have the same name"));
                }
                Ok(options)
            }
        }

        from.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: &str) -> Options {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn json_keeps_its_order_and_an_order_makes_no_difference() {
        let ring = options(r#"{"Size":"6","Metal":"Silver"}"#);
        assert_eq!(serde_json::to_string(&ring).unwrap(), r#"{"Size":"6","Metal":"Silver"}"#);
        let turned = options(r#"{"Metal":"Silver","Size":"6"}"#);
        assert_eq!(ring, turned);
        assert_eq!(std::collections::HashSet::from([ring, turned]).len(), 1);
        assert!(serde_json::from_str::<Options>(r#"{"Size":"6","Size":"7"}"#).is_err());
    }

    #[test]
    fn a_product_gives_the_order_and_what_it_does_not_name_comes_last() {
        let shirt = Options::from([("Zip", "no"), ("Color", "Red"), ("Size", "S"), ("Fit", "slim")]);
        let names = ["Size".to_owned(), "Color".to_owned()];
        let ordered = shirt.in_order_of(&names);
        assert_eq!(ordered.names().collect::<Vec<_>>(), ["Size", "Color", "Fit", "Zip"]);
        assert_eq!(named(&names, [&ordered]), ["Size", "Color", "Fit", "Zip"]);
        let other = Options::from([("Color", "Red"), ("Fit", "wide")]);
        assert_eq!(named_in_use(&names, &[&other]), ["Color", "Fit"]);
    }

    #[test]
    fn choices_are_each_value_once_in_the_order_of_names_and_variants() {
        let named = ["Size", "Color", "Gone"].map(|name| ProductOption::named(name.into()));
        let shirts = [("L", "Red"), ("S", "Red"), ("L", "Blue")]
            .map(|(s, c)| Options::from([("Color", c), ("Size", s)]));
        let found = choices(named.into(), shirts.iter());
        let found: Vec<_> =
            found.iter().map(|option| (option.name.as_str(), option.values.join(" "))).collect();
        assert_eq!(found, [("Size", "L S".to_owned()), ("Color", "Red Blue".to_owned())]);
    }

    #[test]
    fn wording_does_not_count_when_folded() {
        let one = Options::from([("Colour", "Dark  red"), ("Café", "à la carte")]);
        let other = Options::from([("Cafe\u{301}", "À LA carte"), ("colour", "dark Red")]);
        assert_eq!(one.folded(), other.folded());
        assert_ne!(one, other);
    }
}
