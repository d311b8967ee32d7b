//! What is wrong with a request: texts by the path of the field.
//!
//! A request may have as many problems as bytes. An answer tells a hundred, and says that there are more; long paths and
//! texts, which repeat what was sent, are cut.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::kernel::{Fault, MOST_TOLD};

/// Most characters of a path in an answer. The longest name that may be sent has 255, and stands within a list.
const LONGEST_PATH: usize = 300;
/// Most characters of a text in an answer.
const LONGEST_TEXT: usize = 1000;

/// Problems by the path of the field that has them; `.` is the value as a whole. At most [`MOST_TOLD`] are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    told: BTreeMap<String, Vec<String>>,
    /// The number of texts.
    count: usize,
    /// Whether a problem was left out because there are enough.
    has_more: bool,
}

impl Problems {
    pub(crate) fn add(&mut self, path: &str, problem: impl Into<String>) {
        if self.count == MOST_TOLD {
            self.has_more = true;
            return;
        }
        let path = if path.is_empty() { "." } else { path };
        let (told, problem) = (self.told.entry(path.to_owned()).or_default(), problem.into());
        if !told.contains(&problem) {
            told.push(problem);
            self.count += 1;
        }
    }

    /// Whether there are more problems than are told: looking for others is pointless.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Of the fields that have problems.
    pub(crate) fn count(&self) -> usize {
        self.told.len()
    }

    /// Whether there is a problem with this field or a field within it.
    pub(crate) fn is_about(&self, path: &str) -> bool {
        let begins = |start: String| {
            let first = self.told.range(start.clone()..).next();
            first.is_some_and(|(told, _)| told.starts_with(&start))
        };
        self.told.contains_key(path) || begins(format!("{path}.")) || begins(format!("{path}["))
    }

    /// Whether there is a problem with this field itself or with something that contains it.
    fn is_about_all_of(&self, path: &str) -> bool {
        let mut ends = path.char_indices().filter(|(_, c)| matches!(c, '.' | '[')).map(|(end, _)| end);
        let is_told = |path: &str| self.told.contains_key(path);
        is_told(".") || is_told(path) || ends.any(|end| is_told(&path[..end]))
    }

    /// The details of a capability's error, which are texts by the path of a field. An error without such details is a
    /// problem of the value as a whole.
    pub(crate) fn of<T, F: Fault>(checked: Result<T, F>) -> Self {
        let mut problems = Self::default();
        let Err(error) = checked else { return problems };
        let detail = error.detail().unwrap_or_default();
        for (path, told) in detail.as_object().into_iter().flatten() {
            for text in told.as_array().into_iter().flatten().filter_map(Value::as_str) {
                problems.add(path, text);
            }
        }
        if problems.is_empty() {
            problems.add(".", error.to_string());
        }
        problems
    }

    /// Adds problems with fields of which no problem is known, nor of what contains them: a value that can't be read has
    /// a stand-in, about which nothing is to be told. A problem within a field does not hide one of the field itself.
    pub(crate) fn merge_of_others(&mut self, mut others: Self) {
        others.told.retain(|path, _| !self.is_about_all_of(path));
        self.merge(others);
    }

    /// All problems, without their paths.
    pub(crate) fn told(self) -> impl Iterator<Item = String> {
        self.told.into_values().flatten()
    }

    pub(crate) fn merge(&mut self, others: Self) {
        self.has_more |= others.has_more;
        for (path, problems) in others.told {
            problems.into_iter().for_each(|problem| self.add(&path, problem));
        }
    }

    pub(crate) fn into_json(self) -> Value {
        let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, problems) in self.told {
            let texts = told.entry(cut(path, LONGEST_PATH)).or_default();
            texts.extend(problems.into_iter().map(|problem| cut(problem, LONGEST_TEXT)));
        }
        if self.has_more {
            let more = format!("there are more problems: at most {MOST_TOLD} are told");
            told.entry(".".to_owned()).or_default().push(more);
        }
        json!(told)
    }
}

/// The text, or its beginning if it is longer than this many characters.
fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
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
        // A problem with an entry says nothing about the list.
        expected.merge(problems(["lines[2]", "lines", "name"]));
        assert_eq!(merged, expected);
    }

    #[test]
    fn an_answer_tells_a_hundred_problems_and_that_there_are_more() {
        let mut found = Problems::default();
        for place in 0..MOST_TOLD {
            found.add(&format!("tags[{place}]"), "is wrong");
        }
        assert!(!found.has_more() && found.clone().into_json().as_object().unwrap().len() == MOST_TOLD);
        let mut merged = problems(["title"]);
        merged.merge(found.clone());
        found.add("title", "is wrong");
        for found in [found, merged] {
            assert!(found.has_more());
            let told = found.into_json();
            assert_eq!(told["."], json!(["there are more problems: at most 100 are told"]));
            assert_eq!(told.as_object().unwrap().len(), MOST_TOLD + 1);
        }
    }

    #[test]
    fn long_names_and_texts_are_cut() {
        let mut found = Problems::default();
        for end in ["a", "b"] {
            found.add(&format!("{}{end}", "é".repeat(100_000)), "y".repeat(100_000));
        }
        let told = found.into_json();
        let cut = |letter: &str, most| format!("{}…", letter.repeat(most));
        let text = cut("y", LONGEST_TEXT);
        assert_eq!(told, json!({ cut("é", LONGEST_PATH): [text, text] }));
    }

    #[test]
    fn an_error_without_a_field_is_a_problem_all_the_same() {
        let refused = Err::<(), _>(shared::refunds::Error::NothingToRefund);
        assert_eq!(Problems::of(refused).into_json(), json!({ ".": ["there is nothing to refund"] }));
        assert!(Problems::of(Ok::<_, shared::refunds::Error>(())).is_empty());
    }
}
