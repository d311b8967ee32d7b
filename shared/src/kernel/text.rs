//! Text that people send, made fit for a column and a page: trimmed, bounded, without control characters.
//!
//! PostgreSQL refuses NUL in text and in JSON. What passes here can be stored; what does not is the caller's
//! fault and never ours. Lengths are counted in characters.

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    #[error("must not be empty")]
    Empty,
    #[error("must not have more than {0} characters")]
    TooLong(usize),
    #[error("must not contain control characters")]
    Control,
}

/// One line, as a name or a title: trimmed, at least one character, no control characters at all.
pub fn line(text: &str, most: usize) -> Result<String, TextProblem> {
    let text = text.trim();
    if text.is_empty() {
        Err(TextProblem::Empty)
    } else if text.chars().any(char::is_control) {
        Err(TextProblem::Control)
    } else {
        bounded(text, most)
    }
}

/// Several lines, as a description: possibly empty, with line breaks and tabs.
pub fn block(text: &str, most: usize) -> Result<String, TextProblem> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(odd) { Err(TextProblem::Control) } else { bounded(text.trim(), most) }
}

/// One line, or nothing if it is blank.
pub fn optional_line(text: Option<&str>, most: usize) -> Result<Option<String>, TextProblem> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(|text| line(text, most)).transpose()
}

fn bounded(text: &str, most: usize) -> Result<String, TextProblem> {
    if text.chars().count() > most { Err(TextProblem::TooLong(most)) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_would_refuse_is_refused_first() {
        assert_eq!(line("a\0b", 10), Err(TextProblem::Control));
        assert_eq!(block("a\0b", 10), Err(TextProblem::Control));
        assert_eq!(line("two\nlines", 10), Err(TextProblem::Control));
        assert_eq!(block("two\nlines", 10), Ok("two\nlines".into()));
    }

    #[test]
    fn lengths_are_counted_in_characters_after_trimming() {
        assert_eq!(line("  ঢাকা  ", 4), Ok("ঢাকা".into()));
        assert_eq!(line("ঢাকা!", 4), Err(TextProblem::TooLong(4)));
        assert_eq!(line("  ", 4), Err(TextProblem::Empty));
        assert_eq!(optional_line(Some("  "), 4), Ok(None));
    }
}
