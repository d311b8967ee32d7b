//! Stripe's request parameters: form pairs whose brackets make a tree. Reading a field takes it out.
//! `sift` has left only what an endpoint reads, so that anything left at the end is unknown to it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::form;

/// Stripe's own parameters nest five deep; the limit keeps a hostile name from exhausting the stack.
const DEEPEST: usize = 10;

#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Borrowed once `sift` has found it among the words of the table.
    Leaf(Cow<'static, str>),
    Tree(BTreeMap<String, Node>),
}

#[derive(Debug, Default)]
pub struct Params {
    /// Where in the request these are: `line_items[0]`, or nothing at the top.
    path: String,
    pub(super) fields: BTreeMap<String, Node>,
    /// What the object is to show of them, and nothing else comes of. Only at the top, as `sift` leaves it.
    pub shown: Map<String, Value>,
}

impl Params {
    /// # Errors
    /// When a name is used both as a value and as a parent, or nests too deep.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut fields = BTreeMap::new();
        for (name, value) in pairs {
            let keys = form::keys(name);
            if keys.len() > DEEPEST || !plant(&mut fields, &keys, value) {
                return Err(Refusal::invalid(name, format!("Invalid parameter: {name}")));
            }
        }
        Ok(Self { fields, ..Self::default() })
    }

    pub fn name_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}[{field}]", self.path) }
    }

    /// A text; absent and empty are the same, for an empty value clears a field.
    pub fn text(&mut self, field: &str) -> Result<Option<String>, Refusal> {
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Node::Leaf(text)) => Ok(Some(text.into_owned()).filter(|text| !text.is_empty())),
            Some(Node::Tree(_)) => {
                let name = self.name_of(field);
                Err(Refusal::invalid(&name, format!("Invalid string for {name}: it must not be an object")))
            }
        }
    }

    pub fn required(&mut self, field: &str) -> Result<String, Refusal> {
        self.text(field)?.ok_or_else(|| self.missing(field))
    }

    /// The refusal of a request without this field.
    pub fn missing(&self, field: &str) -> Refusal {
        Refusal::parameter_missing(&self.name_of(field))
    }

    pub fn integer(&mut self, field: &str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        let name = self.name_of(field);
        let parsed = text.parse().map(Some);
        parsed.map_err(|_| Refusal::not_an_integer(&name, &text))
    }

    /// The integer, if the field is a plain value; a tree stays where it is.
    pub fn leaf_integer(&mut self, field: &str) -> Result<Option<i64>, Refusal> {
        match self.fields.get(field) {
            Some(Node::Leaf(_)) => self.integer(field),
            Some(Node::Tree(_)) | None => Ok(None),
        }
    }

    /// An integer not below zero.
    pub fn natural(&mut self, field: &str) -> Result<Option<i64>, Refusal> {
        let number = self.integer(field)?;
        if number.is_some_and(|number| number < 0) {
            let message = "Invalid non-negative integer";
            return Err(Refusal::coded("parameter_invalid_integer", &self.name_of(field), message));
        }
        Ok(number)
    }

    /// One of the words that the table of parameters lists for the field; `sift` has refused any other. A value
    /// of a field without such a list stays where it is, so that `finish` refuses it.
    pub fn word(&mut self, field: &str) -> Option<&'static str> {
        let Some(Node::Leaf(Cow::Borrowed(word))) = self.fields.get(field) else { return None };
        let word = *word;
        self.fields.remove(field);
        Some(word)
    }

    /// A nested object; absent is `None`.
    pub fn object(&mut self, field: &str) -> Result<Option<Self>, Refusal> {
        let path = self.name_of(field);
        match self.fields.remove(field) {
            None => Ok(None),
            Some(Node::Leaf(text)) if text.is_empty() => Ok(None),
            Some(Node::Leaf(_)) => Err(Refusal::invalid(&path, "Invalid object")),
            Some(Node::Tree(fields)) => Ok(Some(Self { path, fields, shown: Map::new() })),
        }
    }

    /// The items of an array of objects, by index.
    pub fn objects(&mut self, field: &str) -> Result<Vec<Self>, Refusal> {
        let Some(array) = self.object(field)? else { return Ok(Vec::new()) };
        let mut items = Vec::with_capacity(array.fields.len());
        for (index, node) in in_order(array.fields) {
            let path = format!("{}[{index}]", array.path);
            match node {
                Node::Tree(fields) => items.push(Self { path, fields, shown: Map::new() }),
                Node::Leaf(_) => return Err(Refusal::invalid(&path, "Invalid object")),
            }
        }
        Ok(items)
    }

    /// The items of an array of texts, by index.
    pub fn texts(&mut self, field: &str) -> Result<Vec<String>, Refusal> {
        let Some(array) = self.object(field)? else { return Ok(Vec::new()) };
        let mut items = Vec::with_capacity(array.fields.len());
        for (index, node) in in_order(array.fields) {
            match node {
                Node::Leaf(text) => items.push(text.into_owned()),
                Node::Tree(_) => {
                    return Err(Refusal::invalid(&format!("{}[{index}]", array.path), "Invalid string"));
                }
            }
        }
        Ok(items)
    }

    pub fn flag(&mut self, field: &str) -> Result<Option<bool>, Refusal> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        match text.as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(Refusal::invalid(&self.name_of(field), format!("Invalid boolean: {text}"))),
        }
    }

    /// An integer above zero.
    pub fn positive(&mut self, field: &str) -> Result<Option<i64>, Refusal> {
        let number = self.integer(field)?;
        if number.is_some_and(|number| number < 1) {
            let message = "This value must be greater than or equal to 1.";
            return Err(Refusal::coded("parameter_invalid_integer", &self.name_of(field), message));
        }
        Ok(number)
    }

    /// Stripe's metadata: at most 50 keys of 40 characters, values of 500.
    pub fn metadata(&mut self) -> Result<BTreeMap<String, String>, Refusal> {
        let mut metadata = BTreeMap::new();
        self.change_metadata(&mut metadata)?;
        Ok(metadata)
    }

    /// Keys that are given are set, with an empty value removed; all are with `metadata=`.
    pub fn change_metadata(&mut self, metadata: &mut BTreeMap<String, String>) -> Result<(), Refusal> {
        if self.is_cleared("metadata") {
            metadata.clear();
        }
        let Some(object) = self.object("metadata")? else { return Ok(()) };
        for (key, node) in object.fields {
            let name = format!("{}[{key}]", object.path);
            let Node::Leaf(value) = node else {
                return Err(Refusal::invalid(&name, "Metadata values must be strings"));
            };
            if key.chars().count() > 40 {
                return Err(Refusal::invalid(&object.path, "Metadata keys can have up to 40 characters."));
            }
            if value.chars().count() > 500 {
                return Err(Refusal::invalid(&name, "Metadata values can have up to 500 characters."));
            }
            if value.is_empty() {
                metadata.remove(&key);
            } else {
                metadata.insert(key, value.into_owned());
            }
        }
        if metadata.len() > 50 {
            return Err(Refusal::invalid(&object.path, "Metadata can have up to 50 keys."));
        }
        Ok(())
    }

    /// Whether the field is given, and empty: that clears it.
    pub fn is_cleared(&self, field: &str) -> bool {
        matches!(self.fields.get(field), Some(Node::Leaf(text)) if text.is_empty())
    }

    /// What of the shown fields belongs to another object.
    pub fn shown_within(&mut self, field: &str) -> Map<String, Value> {
        match self.shown.remove(field) {
            Some(Value::Object(shown)) => shown,
            _ => Map::new(),
        }
    }

    /// # Errors
    /// When a parameter is left that the endpoint has not read.
    pub fn finish(&self) -> Result<(), Refusal> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(field) => Err(Refusal::parameter_unknown(&self.name_of(field))),
        }
    }
}

pub(super) fn in_order(items: BTreeMap<String, Node>) -> Vec<(String, Node)> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort_by_key(|(index, _)| index.parse::<u32>().unwrap_or(u32::MAX));
    items
}

/// False when a name would be both a value and a parent. An empty key appends, as in `expand[]=`.
fn plant(fields: &mut BTreeMap<String, Node>, keys: &[&str], value: &str) -> bool {
    let Some((key, rest)) = keys.split_first() else { return false };
    let key = if key.is_empty() { fields.len().to_string() } else { (*key).to_owned() };
    if rest.is_empty() {
        if matches!(fields.get(&key), Some(Node::Tree(_))) {
            return false;
        }
        fields.insert(key, Node::Leaf(value.to_owned().into()));
        return true;
    }
    match fields.entry(key).or_insert_with(|| Node::Tree(BTreeMap::new())) {
        Node::Tree(children) => plant(children, rest, value),
        Node::Leaf(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Params;
    use crate::form;

    fn params(text: &str) -> Params {
        Params::parse(&form::pairs(text.as_bytes())).unwrap()
    }

    #[test]
    fn brackets_make_a_tree_in_numeric_order() {
        let mut params = params("items[10][n]=b&items[9][n]=a&expand[]=x&expand[]=y");
        let mut items = params.objects("items").unwrap();
        let names: Vec<_> = items.iter_mut().map(|item| item.required("n").unwrap()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(params.texts("expand").unwrap(), ["x", "y"]);
        params.finish().unwrap();
    }

    #[test]
    fn a_name_without_end_is_refused() {
        let name = "a".to_owned() + &"[".repeat(1_000_000);
        assert!(Params::parse(&[(name, "1".into())]).is_err());
    }

    #[test]
    fn what_nobody_read_is_unknown_and_names_its_path() {
        let mut params = params("line_items[0][colour]=red");
        let items = params.objects("line_items").unwrap();
        let refusal = items[0].finish().unwrap_err();
        assert_eq!(refusal.code, Some("parameter_unknown"));
        assert_eq!(refusal.param.as_deref(), Some("line_items[0][colour]"));
        let mut params = self::params("colour=red");
        assert_eq!(params.word("colour"), None);
        assert_eq!(params.finish().unwrap_err().param.as_deref(), Some("colour"));
    }
}
