//! What Stripe knows of request parameters, operation by operation: the table `parameters.txt`, read once.
//! The first lines of the table explain its notation.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

const TABLE: &str = include_str!("parameters.txt");

/// What the sandbox does about a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// An endpoint reads it.
    Carried,
    /// The object shows it, and nothing else comes of it.
    Shown,
    /// Its type is checked, and nothing comes of it.
    Taken,
    /// It would change the outcome in a way that is not simulated.
    Refused,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub fate: Fate,
    pub required: bool,
    /// Only in API versions before the announced one.
    pub earlier: bool,
    pub shape: Arc<Shape>,
}

#[derive(Debug, Clone)]
pub struct Shape {
    pub kind: Kind,
    /// Whether an empty value clears it.
    pub clearable: bool,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Text,
    Integer,
    Decimal,
    Flag {
        refused: Option<bool>,
    },
    Metadata,
    /// A time, or a range of times.
    Time,
    Choice(Vec<Word>),
    List(Arc<Shape>),
    Object {
        fields: Vec<Field>,
        /// Whether fields that were left out are shown as null.
        filled: bool,
    },
}

#[derive(Debug, Clone)]
pub struct Word {
    pub text: String,
    pub refused: bool,
    pub earlier: bool,
}

#[derive(Debug)]
struct Operation {
    method: String,
    /// Segments of the path; `*` stands for an id.
    path: Vec<String>,
    fields: Vec<Field>,
}

static OPERATIONS: LazyLock<Vec<Operation>> =
    LazyLock::new(|| read(TABLE).expect("the table of parameters can be read, as a test shows"));

/// The parameters of an operation. None if the sandbox does not serve it.
pub fn parameters(method: &str, path: &[&str]) -> Option<&'static [Field]> {
    let fits = |operation: &&Operation| {
        operation.method == method
            && operation.path.len() == path.len()
            && operation.path.iter().zip(path).all(|(known, given)| known == "*" || known == given)
    };
    OPERATIONS.iter().find(fits).map(|operation| operation.fields.as_slice())
}

fn read(table: &str) -> Result<Vec<Operation>, String> {
    let mut entries: Vec<String> = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match entries.last_mut().filter(|_| line.starts_with([' ', '}'])) {
            Some(entry) => {
                entry.push(' ');
                entry.push_str(line.trim());
            }
            None => entries.push(line.to_owned()),
        }
    }
    let mut operations = Vec::new();
    let mut definitions = Definitions::default();
    for entry in entries {
        let (first, rest) = entry.split_once(' ').ok_or_else(|| format!("{entry}: nothing follows"))?;
        let reader = |text| Reader { text, definitions: &definitions };
        if let Some(name) = first.strip_prefix('@') {
            let shape = reader(rest).shape()?;
            definitions.shapes.insert(name.to_owned(), Arc::new(shape));
        } else if let Some(name) = first.strip_prefix('+') {
            let fields = reader(rest).fields()?;
            definitions.fields.insert(name.to_owned(), fields);
        } else {
            let (path, fields) = rest.split_once(' ').ok_or_else(|| format!("{entry}: no parameters"))?;
            let path = path.split('/').skip(1).map(str::to_owned).collect();
            let fields = reader(fields).fields()?;
            operations.push(Operation { method: first.to_owned(), path, fields });
        }
    }
    Ok(operations)
}

#[derive(Debug, Default)]
struct Definitions {
    shapes: HashMap<String, Arc<Shape>>,
    fields: HashMap<String, Vec<Field>>,
}

/// Reads types and fields from the front of a text.
struct Reader<'a> {
    text: &'a str,
    definitions: &'a Definitions,
}

impl<'a> Reader<'a> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.text.strip_prefix(token);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn word(&mut self) -> &'a str {
        self.until(|character| !character.is_ascii_alphanumeric() && character != '_')
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let (word, rest) = self.text.split_at(self.text.find(ends).unwrap_or(self.text.len()));
        self.text = rest;
        word
    }

    /// Fields up to the end of the text or of their object.
    fn fields(&mut self) -> Result<Vec<Field>, String> {
        let mut fields = Vec::new();
        loop {
            self.text = self.text.trim_start();
            if self.text.is_empty() || self.text.starts_with('}') {
                return Ok(fields);
            }
            if self.takes("+") {
                let name = self.word();
                let known = self.definitions.fields.get(name).ok_or_else(|| format!("+{name} is unknown"))?;
                fields.extend(known.iter().cloned());
            } else {
                fields.push(self.field()?);
            }
        }
    }

    fn field(&mut self) -> Result<Field, String> {
        let earlier = self.takes("<");
        let name = self.word().to_owned();
        let required = self.takes("*");
        let marks = [("=", Fate::Carried), ("~", Fate::Shown), (":", Fate::Taken), ("!", Fate::Refused)];
        let fate = marks.into_iter().find(|(mark, _)| self.takes(mark)).map(|(_, fate)| fate);
        let fate = fate.filter(|_| !name.is_empty()).ok_or_else(|| format!("no field: {}", self.text))?;
        let shape =
            if fate == Fate::Refused { Shape { kind: Kind::Text, clearable: true } } else { self.shape()? };
        Ok(Field { name, fate, required, earlier, shape: Arc::new(shape) })
    }

    fn shape(&mut self) -> Result<Shape, String> {
        let defined = self.takes("@").then(|| self.word());
        let shape = match defined {
            Some(name) => {
                let known = self.definitions.shapes.get(name).ok_or_else(|| format!("@{name} is unknown"))?;
                known.as_ref().clone()
            }
            None => Shape { kind: self.kind()?, clearable: false },
        };
        let clearable = self.takes("?") || shape.clearable;
        Ok(Shape { clearable, ..shape })
    }

    fn kind(&mut self) -> Result<Kind, String> {
        if self.takes("{") {
            let filled = self.takes("_ ");
            let fields = self.fields()?;
            return self.ended("}", Kind::Object { fields, filled });
        }
        if self.takes("[") {
            let items = Arc::new(self.shape()?);
            return self.ended("]", Kind::List(items));
        }
        if self.takes("(") {
            let mut words = Vec::new();
            loop {
                let (refused, earlier) = (self.takes("!"), self.takes("<"));
                words.push(Word {
                    text: self.until(|character| matches!(character, '|' | ')')).to_owned(),
                    refused,
                    earlier,
                });
                if !self.takes("|") {
                    return self.ended(")", Kind::Choice(words));
                }
            }
        }
        match self.word() {
            "s" => Ok(Kind::Text),
            "i" => Ok(Kind::Integer),
            "d" => Ok(Kind::Decimal),
            "m" => Ok(Kind::Metadata),
            "t" => Ok(Kind::Time),
            "b" => {
                let refused = self.takes("!").then(|| self.word() == "true");
                Ok(Kind::Flag { refused })
            }
            other => Err(format!("{other:?} is no type, before {}", self.text)),
        }
    }

    fn ended(&mut self, token: &str, kind: Kind) -> Result<Kind, String> {
        self.text = self.text.trim_start();
        if self.takes(token) { Ok(kind) } else { Err(format!("{token} is missing before {}", self.text)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, Field, Kind, TABLE, parameters, read};

    #[test]
    fn the_table_can_be_read() {
        let operations = read(TABLE).unwrap();
        assert_eq!(operations.len(), 43);
        assert!(operations.iter().all(|operation| !operation.fields.is_empty()));
    }

    /// Of an operation, and of the objects within what is carried out: the fields that are not.
    fn without_effect(fields: &[Field]) -> Vec<&Field> {
        let within = |field: &'_ Field| matches!(field.fate, Fate::Carried);
        let mut found: Vec<&Field> = fields.iter().filter(|field| !within(field)).collect();
        for field in fields.iter().filter(|field| within(field)) {
            let mut shape = &field.shape;
            while let Kind::List(items) = &shape.kind {
                shape = items;
            }
            if let Kind::Object { fields, .. } = &shape.kind {
                found.extend(without_effect(fields));
            }
        }
        found
    }

    #[test]
    fn the_readme_names_what_is_not_carried_out() {
        let readme = include_str!("../../README.md");
        // What a payment method says of itself makes no difference, but for its type, its card and its account.
        let of_methods = ["payment_method_data", "evidence"];
        for operation in read(TABLE).unwrap() {
            let fields: Vec<Field> = operation
                .fields
                .into_iter()
                .filter(|field| !of_methods.contains(&field.name.as_str()))
                .collect();
            for field in without_effect(&fields) {
                let (plain, nested) = (format!("`{}`", field.name), format!("[{}]`", field.name));
                assert!(readme.contains(&plain) || readme.contains(&nested), "{}", field.name);
            }
        }
    }

    #[test]
    fn an_operation_is_found_by_its_path() {
        let fields = parameters("POST", &["v1", "payment_intents", "pi_1", "confirm"]).unwrap();
        let token = fields.iter().find(|field| field.name == "confirmation_token").unwrap();
        assert_eq!(token.fate, Fate::Refused);
        let off = fields.iter().find(|field| field.name == "off_session").unwrap();
        assert!(matches!(&off.shape.kind, Kind::Choice(words) if words.len() == 4));
        assert!(parameters("GET", &["v1", "payment_intents", "pi_1", "confirm"]).is_none());
    }

    #[test]
    fn a_table_that_makes_no_sense_is_named() {
        for (table, named) in [
            ("GET /v1/x a=q", "\"q\""),
            ("GET /v1/x a=@y", "@y"),
            ("GET /v1/x a=[s", "]"),
            ("GET /v1/x +z", "+z"),
        ] {
            assert!(read(table).unwrap_err().contains(named), "{table}");
        }
    }
}
