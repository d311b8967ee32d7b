//! What is wrong with a request: texts by the path of the field.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::kernel::Fault;

/// Problems by the path of the field that has them; `.` is the value as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(BTreeMap<String, Vec<String>>);

impl Problems {
    pub(crate) fn add(&mut self, path: &str, problem: impl Into<String>) {
        let path = if path.is_empty() { "." } else { path };
        let (told, problem) = (self.0.entry(path.to_owned()).or_default(), problem.into());
        if !told.contains(&problem) {
            told.push(problem);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of the fields that have problems.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether there is a problem with this field or a field within it. Quick, since a body may have as many problems as
    /// fields.
    pub(crate) fn is_about(&self, path: &str) -> bool {
        let begins = |start: String| {
            let first = self.0.range(start.clone()..).next();
            first.is_some_and(|(told, _)| told.starts_with(&start))
        };
        self.0.contains_key(path) || begins(format!("{path}.")) || begins(format!("{path}["))
    }

    /// Whether there is a problem with something that contains this field.
    fn is_about_what_contains(&self, path: &str) -> bool {
        let mut ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(end, _)| end);
        self.0.contains_key(".") || ends.any(|end| self.0.contains_key(&path[..end]))
    }

    /// The details of a capability's error, which are texts by the path of a field.
    pub(crate) fn of<T, F: Fault>(checked: Result<T, F>) -> Self {
        let detail = checked.err().and_then(|error| error.detail()).unwrap_or_default();
        let mut problems = Self::default();
        for (path, told) in detail.as_object().into_iter().flatten() {
            for text in told.as_array().into_iter().flatten().filter_map(Value::as_str) {
                problems.add(path, text);
            }
        }
        problems
    }

    /// Adds problems with fields of which no problem is known, nor of what contains them: a value that can't be read has
    /// a stand-in, about which nothing is to be told.
    pub(crate) fn merge_of_others(&mut self, others: Self) {
        let is_new = |path: &str| !self.is_about(path) && !self.is_about_what_contains(path);
        let others: BTreeMap<_, _> = others.0.into_iter().filter(|(path, _)| is_new(path)).collect();
        self.merge(Self(others));
    }

    /// All problems, without their paths.
    pub(crate) fn told(self) -> impl Iterator<Item = String> {
        self.0.into_values().flatten()
    }

    pub(crate) fn merge(&mut self, others: Self) {
        for (path, problems) in others.0 {
            problems.into_iter().for_each(|problem| self.add(&path, problem));
        }
    }

    pub(crate) fn into_json(self) -> Value {
        json!(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems<const N: usize>(paths: [&str; N]) -> Problems {
        let mut found = Problems::default();
        paths.iter().for_each(|path| found.add(path, "is wrong"));
        found
    }

    #[test]
    fn a_field_is_told_by_its_own_path_and_by_those_within_and_around_it() {
        let known = problems(["lines[1]", "lines[10].price.amount", "name-tag", "note"]);
        for (path, is_about) in [
            ("lines", true),
            ("lines[10].price", true),
            ("lines[1]", true),
            ("lines[2]", false),
            ("line", false),
            ("name", false),
            ("note", true),
        ] {
            assert_eq!(known.is_about(path), is_about, "{path}");
        }
        let mut merged = known.clone();
        merged.merge_of_others(problems(["lines[1].quantity", "lines[2]", "lines", "name", "note.x"]));
        let mut expected = known;
        expected.merge(problems(["lines[2]", "name"]));
        assert_eq!(merged, expected);
    }
}
