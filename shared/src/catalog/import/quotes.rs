//! Finds where quotes of a CSV file open and close. Pure.
//!
//! It follows the rules of the CSV reader (RFC 4180, with its leniency): only a quote at the beginning of a cell opens
//! it, two quotes inside are one of the text, and a quote elsewhere, as in `5" pipe`, is an ordinary character.

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the first byte of a cell.
    Begin,
    /// In a cell without quotes, or after the closing quote.
    Plain,
    /// Between opening and closing quote.
    Quoted,
    /// After a quote that closes the cell, unless another one follows.
    Closing,
}

impl State {
    fn after(self, byte: u8) -> Self {
        match self {
            Self::Quoted if byte == b'"' => Self::Closing,
            Self::Quoted => Self::Quoted,
            Self::Begin | Self::Closing if byte == b'"' => Self::Quoted,
            Self::Begin | Self::Plain | Self::Closing if matches!(byte, b',' | b'\r' | b'\n') => Self::Begin,
            Self::Begin | Self::Plain | Self::Closing => Self::Plain,
        }
    }
}

/// Whether the file ends inside quotes, counted from the beginning of a row.
pub(super) fn end_open(rows: &[u8]) -> bool {
    rows.iter().fold(State::Begin, |state, byte| state.after(*byte)) == State::Quoted
}

/// The number of cells in the first row. Blank lines before it are skipped.
pub(super) fn columns_of_first_row(file: &[u8]) -> usize {
    let begin = file.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(file.len());
    let (mut state, mut columns) = (State::Begin, 1);
    for byte in &file[begin..] {
        let outside = state != State::Quoted;
        match byte {
            b'\r' | b'\n' if outside => break,
            b',' if outside => columns += 1,
            _ => {}
        }
        state = state.after(*byte);
    }
    columns
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_a_mark_at_the_beginning_of_a_cell_opens_it() {
        for closed in
            ["", "a,b", "a,5\" pipe,c", "\"a\",\"b\n\"", "\"say \"\"hi\"\"\"", "a, \"b", "\"a\"b\"c"]
        {
            assert!(!end_open(closed.as_bytes()), "{closed}");
        }
        for open in ["\"a", "a,\"b\n", "\"a\"\"", "5\" pipe,\"<p>one\ntwo"] {
            assert!(end_open(open.as_bytes()), "{open}");
        }
    }

    proptest! {
        #[test]
        fn the_reader_counts_the_same_columns(row in "[a,\" \n]{0,30}") {
            let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row.as_bytes());
            let first = reader.into_byte_records().next();
            if let Some(Ok(record)) = first {
                prop_assert_eq!(columns_of_first_row(row.as_bytes()), record.len());
            }
        }
    }
}
