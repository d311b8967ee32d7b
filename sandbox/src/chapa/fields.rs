//! The fields of a request, read as Chapa's validation reads them: null and the empty text count as
//! absent, and all complaints are gathered before any is answered. Reading a field that is wrong
//! gives a placeholder; `finish` refuses before it can be used.

use reqwest::Url;
use serde_json::{Map, Value};

use super::amount;
use super::refusal::{Complaints, Refusal};
use crate::form;

/// Longest text that is taken, in characters.
const LONGEST: usize = 255;
const LONGEST_URL: usize = 2_048;

#[derive(Debug, Default)]
pub struct Fields {
    /// Where in the request these are: `bulk_data.0.`, or nothing at the top.
    prefix: String,
    object: Map<String, Value>,
    complaints: Complaints,
}

impl Fields {
    /// A body that is no JSON object has no fields. Names with brackets, which many clients send in JSON too,
    /// count as they do in a form.
    pub fn of_json(body: &[u8]) -> Self {
        let value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let Value::Object(given) = value else { return Self::default() };
        let mut object = Map::new();
        let (nested, plain): (Vec<_>, Vec<_>) = given.into_iter().partition(|(name, _)| name.contains('['));
        object.extend(plain);
        nested.into_iter().for_each(|(name, value)| put(&mut object, &name, value));
        Self::of(Value::Object(object), String::new())
    }

    pub fn of(value: Value, prefix: String) -> Self {
        let object = if let Value::Object(object) = value { object } else { Map::new() };
        Self { prefix, object, complaints: Complaints::new() }
    }

    /// Form pairs; brackets make objects and lists, as in `meta[order]=1` and `bulk_data[0][amount]=5`.
    pub fn of_form(pairs: Vec<(String, String)>) -> Self {
        let mut object = Map::new();
        for (name, value) in pairs {
            put(&mut object, &name, Value::String(value));
        }
        Self::of(listed(Value::Object(object)), String::new())
    }

    pub fn complain(&mut self, field: &str, rule: &str) {
        self.complaints.entry(format!("{}{field}", self.prefix)).or_default().push(rule.to_owned());
    }

    /// Whatever it is.
    pub fn take(&mut self, field: &str) -> Option<Value> {
        let value = self.object.remove(field)?;
        let absent = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        (!absent).then_some(value)
    }

    pub fn text(&mut self, field: &str) -> Option<String> {
        self.text_within(field, LONGEST)
    }

    fn text_within(&mut self, field: &str, longest: usize) -> Option<String> {
        match self.take(field)? {
            Value::String(text) if text.chars().count() <= longest => Some(text),
            Value::String(_) => {
                self.complain(field, "validation.max.string");
                None
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                self.complain(field, "validation.string");
                None
            }
        }
    }

    pub fn required_text(&mut self, field: &str) -> String {
        self.require(field);
        self.text(field).unwrap_or_default()
    }

    /// A text, or a number that stands for one, as account numbers and bank codes do.
    pub fn required_digits(&mut self, field: &str) -> String {
        self.require(field);
        if let Some(Value::Number(number)) = self.object.get(field) {
            let text = number.to_string();
            self.object.insert(field.to_owned(), Value::String(text));
        }
        self.text(field).unwrap_or_default()
    }

    pub fn amount(&mut self, field: &str) -> Option<i64> {
        let value = self.take(field)?;
        amount::read(&value).map_err(|rule| self.complain(field, rule)).ok()
    }

    pub fn required_amount(&mut self, field: &str) -> i64 {
        self.require(field);
        self.amount(field).unwrap_or_default()
    }

    pub fn email(&mut self, field: &str) -> Option<String> {
        let text = self.text(field)?;
        let halves = text.split_once('@');
        let fits = halves.is_some_and(|(name, host)| {
            !name.is_empty()
                && host.contains('.')
                && !host.contains('@')
                && !text.contains(char::is_whitespace)
        });
        if !fits {
            self.complain(field, "validation.email");
        }
        Some(text)
    }

    /// Ten digits that begin with 09 or 07.
    pub fn phone(&mut self, field: &str) -> Option<String> {
        let text = self.text(field)?;
        let digits = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !(text.starts_with("09") || text.starts_with("07")) {
            self.complain(field, "validation.regex");
        }
        Some(text)
    }

    pub fn url(&mut self, field: &str) -> Option<String> {
        let text = self.text_within(field, LONGEST_URL)?;
        if !Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            self.complain(field, "validation.url");
        }
        Some(text)
    }

    /// A nested object's fields; absent is empty.
    pub fn object(&mut self, field: &str) -> Self {
        let prefix = format!("{}{field}.", self.prefix);
        match self.take(field) {
            Some(value @ Value::Object(_)) => Self::of(value, prefix),
            Some(_) => {
                self.complain(field, "validation.array");
                Self { prefix, ..Self::default() }
            }
            None => Self { prefix, ..Self::default() },
        }
    }

    /// Takes over what a part has to complain of.
    pub fn join(&mut self, part: Self) {
        self.complaints.extend(part.complaints);
    }

    fn require(&mut self, field: &str) {
        let absent = self
            .object
            .get(field)
            .is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()));
        if absent {
            self.complain(field, "validation.required");
        }
    }

    /// # Errors
    /// When there was anything to complain of.
    pub fn finish(&self) -> Result<(), Refusal> {
        if self.complaints.is_empty() { Ok(()) } else { Err(Refusal::invalid(&self.complaints)) }
    }
}

/// Deeper names are taken as they stand.
const DEEPEST: usize = 6;

/// Puts a value where its bracketed name says. A name that is a value already stays one.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    let keys = form::keys(name);
    let [root, parents @ .., last] = keys.as_slice() else {
        object.insert(name.to_owned(), value);
        return;
    };
    if parents.len() >= DEEPEST {
        object.insert(name.to_owned(), value);
        return;
    }
    let mut place = object.entry(*root).or_insert_with(|| Value::Object(Map::new()));
    for key in parents {
        let Value::Object(children) = place else { return };
        place = children.entry(*key).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Value::Object(children) = place {
        let key = if last.is_empty() { children.len().to_string() } else { (*last).to_owned() };
        children.insert(key, value);
    }
}

/// Makes lists of the objects whose keys count from 0.
fn listed(value: Value) -> Value {
    let Value::Object(children) = value else { return value };
    let children: Map<String, Value> =
        children.into_iter().map(|(key, child)| (key, listed(child))).collect();
    let counts = (0..children.len()).all(|index| children.contains_key(&index.to_string()));
    if children.is_empty() || !counts {
        return Value::Object(children);
    }
    let mut items: Vec<(usize, Value)> =
        children.into_iter().map(|(key, child)| (key.parse().unwrap_or_default(), child)).collect();
    items.sort_by_key(|(index, _)| *index);
    Value::Array(items.into_iter().map(|(_, item)| item).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fields;
    use crate::form;

    #[test]
    fn all_complaints_come_together() {
        let mut fields = Fields::of_json(br#"{"tx_ref": "", "amount": "-1", "email": "a@b", "name": 7}"#);
        fields.required_text("tx_ref");
        fields.required_amount("amount");
        fields.email("email");
        fields.text("name");
        assert_eq!(
            fields.finish().unwrap_err().message,
            json!({
                "amount": ["validation.min.numeric"],
                "email": ["validation.email"],
                "name": ["validation.string"],
                "tx_ref": ["validation.required"],
            })
        );
    }

    #[test]
    fn bracketed_names_count_in_json_as_in_a_form() {
        let mut fields =
            Fields::of_json(br#"{"customization[title]": "T", "customization": {"logo": "l"}, "x[": 1}"#);
        assert_eq!(fields.take("customization"), Some(json!({"title": "T", "logo": "l"})));
        let mut fields =
            Fields::of_form(form::pairs(b"bulk_data[1][amount]=2&bulk_data[0][amount]=1&tags[]=a"));
        assert_eq!(fields.take("bulk_data"), Some(json!([{"amount": "1"}, {"amount": "2"}])));
        assert_eq!(fields.take("tags"), Some(json!(["a"])));
        let deep = "a".to_owned() + &"[b]".repeat(100_000);
        Fields::of_form(vec![(deep, "1".into())]).finish().unwrap();
    }

    #[test]
    fn brackets_make_an_object_of_a_form() {
        let mut fields = Fields::of_form(form::pairs(b"amount=5&meta%5Border%5D=1&meta[x]=2&amount[y]=3"));
        assert_eq!(fields.take("meta"), Some(json!({"order": "1", "x": "2"})));
        assert_eq!(fields.amount("amount"), Some(500));
        fields.finish().unwrap();
    }
}
