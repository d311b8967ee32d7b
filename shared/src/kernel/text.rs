//! Text that people send, prepared for a column and a page: trimmed, limited, without invisible characters.
//!
//! PostgreSQL refuses NUL in text and in JSON. A text that passes here can be stored; any other is an error of the
//! caller. Lengths are counted in characters. [`line()`] is the one rule for all names. Invisible characters that get
//! into a text by copying (zero-width spaces, byte order marks, soft hyphens, direction marks) are removed. Characters
//! that reverse the text after them, and other invisible ones, are refused. Joiners stay where they join: the scripts
//! of India and Persian need them.

use unicode_normalization::char::is_combining_mark;

/// Most combining marks on one letter: no script stacks as many.
const MOST_MARKS: usize = 10;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    #[error("must not be empty")]
    Empty,
    #[error("must not have more than {0} characters")]
    TooLong(usize),
    #[error("must not have more than {0} KiB")]
    TooLarge(usize),
    #[error("must not contain control characters")]
    Control,
    #[error("must not contain characters that are invisible or turn the direction of the text")]
    Hidden,
    #[error("must not have more than {MOST_MARKS} marks on one letter")]
    Marks,
}

/// One line, such as a name or a title: trimmed, at least one visible character, no control characters at all.
pub fn line(text: &str, most: usize) -> Result<String, TextProblem> {
    let text = cleaned(text.trim())?;
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_joiner(c));
    if text.chars().all(|c| c.is_whitespace() || is_joiner(c) || is_mark(c)) {
        Err(TextProblem::Empty)
    } else {
        bounded(text, most)
    }
}

/// Several lines, such as a description: possibly empty, with line breaks and tabs.
pub fn block(text: &str, most: usize) -> Result<String, TextProblem> {
    let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(odd) { Err(TextProblem::Control) } else { bounded(text.trim(), most) }
}

/// One line, or `None` if it is blank.
pub fn optional_line(text: Option<&str>, most: usize) -> Result<Option<String>, TextProblem> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(|text| line(text, most)).transpose()
}

/// A combining mark, such as an accent, a vowel sign or a virama (Unicode's category M).
#[must_use]
pub fn is_mark(c: char) -> bool {
    is_combining_mark(c)
}

/// An invisible character that joins letters or keeps them apart: ZWNJ and ZWJ.
#[must_use]
pub fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Whether a character reverses the text after it, or is invisible: such characters are never part of a name or an
/// address.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    is_stray(c)
        || matches!(c,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
            | '\u{202a}'..='\u{202e}' // embeddings and overrides of direction
            | '\u{2061}'..='\u{206f}' // invisible operators, isolates, deprecated controls
            | '\u{2800}' | '\u{3164}' | '\u{ffa0}' // blanks and fillers that count as letters or signs
            | '\u{fdd0}'..='\u{fdef}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}') // tags
        || u32::from(c) & 0xfffe == 0xfffe // never a character
}

/// An invisible character that comes with copied text and means nothing in a name.
fn is_stray(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn cleaned(text: &str) -> Result<String, TextProblem> {
    let mut clean = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            return Err(TextProblem::Control);
        }
        if is_stray(c) {
            continue;
        }
        if is_hidden(c) {
            return Err(TextProblem::Hidden);
        }
        let joins = clean.chars().next_back().is_some_and(|last| !last.is_whitespace() && !is_joiner(last));
        if is_joiner(c) && !joins {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MOST_MARKS {
            return Err(TextProblem::Marks);
        }
        clean.push(c);
    }
    Ok(clean)
}

fn bounded(text: &str, most: usize) -> Result<String, TextProblem> {
    if text.chars().count() > most { Err(TextProblem::TooLong(most)) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_postgres_would_refuse_is_refused_first() {
        assert_eq!(line("a\0b", 10), Err(TextProblem::Control));
        assert_eq!(block("a\0b", 10), Err(TextProblem::Control));
        assert_eq!(line("two\nlines", 10), Err(TextProblem::Control));
        assert_eq!(line("two\u{2028}lines", 10), Err(TextProblem::Control));
        assert_eq!(block("two\nlines", 10), Ok("two\nlines".into()));
    }

    #[test]
    fn lengths_are_counted_in_characters_after_trimming() {
        assert_eq!(line("  ঢাকা  ", 4), Ok("ঢাকা".into()));
        assert_eq!(line("ঢাকা!", 4), Err(TextProblem::TooLong(4)));
        assert_eq!(line("  ", 4), Err(TextProblem::Empty));
        assert_eq!(optional_line(Some("  "), 4), Ok(None));
    }

    #[test]
    fn a_name_that_nobody_can_see_is_empty() {
        for name in ["\u{200b}\u{200b}", "\u{feff}", "\u{200d}", "\u{301}\u{301}", "\u{ad} \u{200e}"] {
            assert_eq!(line(name, 10), Err(TextProblem::Empty), "{name:?}");
        }
    }

    #[test]
    fn what_turns_the_text_or_hides_in_it_is_refused() {
        for name in ["\u{202e}drowssap", "a\u{2066}b", "pot\u{e0041}", "a\u{3164}", "\u{115f}", "a\u{fdd0}"] {
            assert_eq!(line(name, 30), Err(TextProblem::Hidden), "{name:?}");
        }
        assert_eq!(line(&format!("Z{}", "\u{335}".repeat(118)), 200), Err(TextProblem::Marks));
    }

    #[test]
    fn what_strays_into_a_copied_name_is_taken_out() {
        assert_eq!(line("\u{feff}Clay\u{200b} p\u{ad}ot\u{200f}", 20), Ok("Clay pot".into()));
    }

    #[test]
    fn scripts_and_signs_pass_as_they_are() {
        for name in ["র‍্যাব", "می‌خواهم", "नमस्ते", "น้ำ", "5″ pipe™", "👩‍👩‍👧 set", "❤️", "ไม้"]
        {
            assert_eq!(line(name, 30), Ok(name.into()));
        }
    }

    proptest! {
        #[test]
        fn a_clean_name_stays_as_it_is(name in any::<String>()) {
            if let Ok(clean) = line(&name, 1000) {
                prop_assert_eq!(line(&clean, 1000), Ok(clean));
            }
        }
    }
}
