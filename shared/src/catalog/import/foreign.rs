//! Files of another form than CSV in UTF-8 with commas, as spreadsheets save them on request: told apart and named,
//! with what to do. Pure.

use super::MOST_COLUMNS;
use super::columns::Column;

/// What to do about any of them.
const REMEDY: &str = "save it as CSV UTF-8, separated by commas";

/// Bytes at the beginning that are looked at for text of two bytes a character.
const LOOKED_AT: usize = 64;

/// Columns that must be recognised with another separator, so that it is one and no part of a name.
const RECOGNISED: usize = 2;

/// What is wrong with the file as a whole, if it is of another form.
pub(super) fn problem(file: &[u8]) -> Option<String> {
    if is_utf16(file) {
        return Some(format!("the file is in UTF-16 (“Unicode text”): {REMEDY}"));
    }
    if file.starts_with(b"PK\x03\x04") || file.starts_with(b"\xd0\xcf\x11\xe0") {
        return Some(format!("the file is a spreadsheet: {REMEDY}"));
    }
    let header = file.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    if header.starts_with(b"sep=") {
        return Some(format!("the first line names a separator: leave it out, and {REMEDY}"));
    }
    if recognised(header, b',') > 0 {
        return None;
    }
    let others = [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "vertical bars")];
    let (_, name) = others.into_iter().find(|(separator, _)| recognised(header, *separator) >= RECOGNISED)?;
    Some(format!("the columns are separated by {name}: {REMEDY}"))
}

/// By its byte order mark, or by the zero bytes that ASCII letters have in UTF-16. UTF-32 has more of them.
fn is_utf16(file: &[u8]) -> bool {
    if file.starts_with(b"\xff\xfe") || file.starts_with(b"\xfe\xff") {
        return true;
    }
    let beginning = &file[..file.len().min(LOOKED_AT)];
    let zeros = |first: usize| beginning.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    beginning.len() >= 4 && zeros(0).max(zeros(1)) * 4 >= beginning.len()
}

/// How many of the header's names are those of columns, if this separates them.
fn recognised(header: &[u8], separator: u8) -> usize {
    let names = header.split(|byte| *byte == separator).take(MOST_COLUMNS);
    let names = names.filter_map(|name| std::str::from_utf8(name).ok());
    names.filter(|name| Column::of_header(name.trim().trim_matches('"')).is_some()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "Handle,Title,Variant Price\npot,Pot,9\n";

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_of_two_bytes_a_letter_is_named_with_and_without_its_mark() {
        for text in [PLAIN.to_owned(), format!("\u{feff}{PLAIN}"), "Handle\tTitle\n".into()] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let told = problem(&utf16(&text, bytes)).unwrap_or_default();
                assert!(told.contains("UTF-16") && told.contains(REMEDY), "{text:?}: {told}");
            }
        }
    }

    #[test]
    fn other_separators_are_named() {
        for (separator, name) in [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")] {
            for header in ["Handle,Title,Variant Price", "\"Handle\",\"Title\",\"Variant Price\""] {
                let told = problem(format!("{}\r\npot\r\n", header.replace(',', separator)).as_bytes());
                assert_eq!(told, Some(format!("the columns are separated by {name}: {REMEDY}")));
            }
        }
        assert!(problem(b"sep=;\nHandle;Title\n").is_some_and(|told| told.contains("first line")));
        assert!(problem(b"PK\x03\x04\x14\x00").is_some_and(|told| told.contains("spreadsheet")));
    }

    #[test]
    fn files_of_the_right_form_are_left_alone() {
        for file in
            [PLAIN, "", "Name,Cost\na;b,1\n", "Handle,Body;Title\n", "Handle\n", "\"Ha\"\"ndle\",Title\n"]
        {
            assert_eq!(problem(file.as_bytes()), None, "{file:?}");
        }
        assert_eq!(problem(b"Handle,Title\na,\0\n"), None);
    }
}
