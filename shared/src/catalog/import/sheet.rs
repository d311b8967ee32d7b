//! Bytes become rows of named cells, each row with the line it begins on.

use csv::{ByteRecord, ReaderBuilder};

use super::columns::Column;
use super::{LineError, MOST_ROWS};

/// One row below the header.
pub(super) struct Row {
    /// Counted from 1 for the header line.
    pub(super) line: u64,
    /// In the order of [`Column::ALL`]; trimmed; empty if the file has no such column.
    cells: Vec<String>,
}

impl Row {
    pub(super) fn cell(&self, column: Column) -> &str {
        &self.cells[column as usize]
    }

    /// The cell, if anything is in it.
    pub(super) fn filled(&self, column: Column) -> Option<&str> {
        Some(self.cell(column)).filter(|text| !text.is_empty())
    }
}

/// Reads all rows, or says everything that keeps them from being read.
pub(super) fn rows(file: &[u8]) -> Result<Vec<Row>, Vec<LineError>> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file); // byte order mark, as Excel writes it
    // Rows may be shorter than the header: spreadsheets drop empty cells at the end.
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file);
    let mut record = ByteRecord::new();
    let file_end = u64::try_from(file.len()).unwrap_or(u64::MAX);
    let mut lines = Lines { file, byte: 0, line: 1 };
    if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
        return Err(vec![about_line(1, "the file is empty".into())]);
    }
    let header = Header::read(&record)?;
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    loop {
        let begins = reader.position().byte();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(vec![about_line(lines.at(begins), error.to_string())]),
        }
        let line = lines.at(begins);
        if rows.len() == MOST_ROWS {
            wrong.push(about_line(line, format!("a file has {MOST_ROWS} rows at the most")));
            break;
        }
        if reader.position().byte() >= file_end && lines.has_open_quote(begins) {
            wrong.push(about_line(line, "a quotation mark is opened here and never closed".into()));
            break;
        }
        match header.row(line, &record) {
            Ok(row) => rows.push(row),
            Err(error) => wrong.push(error),
        }
    }
    if wrong.is_empty() { Ok(rows) } else { Err(wrong) }
}

fn about_line(line: u64, message: String) -> LineError {
    LineError { line, column: None, message }
}

/// Where each column we know stands.
struct Header {
    places: Vec<Option<usize>>,
    width: usize,
}

impl Header {
    fn read(record: &ByteRecord) -> Result<Self, Vec<LineError>> {
        let names: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        let (mut places, mut wrong) = (vec![None; Column::ALL.len()], Vec::new());
        for (place, name) in names.iter().enumerate() {
            let Some(column) = Column::of_header(name) else { continue };
            if places[column as usize].replace(place).is_some() {
                wrong.push(about_line(1, format!("the column {} is there twice", column.name())));
            }
        }
        for column in Column::REQUIRED {
            if places[column as usize].is_none() {
                wrong.push(about_line(1, format!("the column {} is missing", column.name())));
            }
        }
        if names.len() == 1 && names[0].contains([';', '\t']) {
            wrong.push(about_line(1, "columns must be separated by commas".into()));
        }
        if wrong.is_empty() { Ok(Self { places, width: names.len() }) } else { Err(wrong) }
    }

    fn row(&self, line: u64, record: &ByteRecord) -> Result<Row, LineError> {
        if record.iter().skip(self.width).any(|cell| !cell.trim_ascii().is_empty()) {
            return Err(about_line(line, "the row has more cells than the header".into()));
        }
        let cell = |(column, place): (Column, &Option<usize>)| {
            let bytes = place.and_then(|place| record.get(place)).unwrap_or_default();
            let text = std::str::from_utf8(bytes).map_err(|_| LineError {
                line,
                column: Some(column.name()),
                message: "is not UTF-8 text".into(),
            })?;
            Ok(text.trim().to_owned())
        };
        let cells = Column::ALL.into_iter().zip(&self.places).map(cell).collect::<Result<_, _>>()?;
        Ok(Row { line, cells })
    }
}

/// Counts lines as an editor does. The reader's own count lags behind at CRLF and at blank lines.
struct Lines<'a> {
    file: &'a [u8],
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the first cell at or after a byte. Asked for in ascending order.
    fn at(&mut self, byte: u64) -> u64 {
        let mut end = usize::try_from(byte).unwrap_or(usize::MAX).min(self.file.len());
        while self.file.get(end).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            end += 1;
        }
        let breaks = self.file[self.byte..end].iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(breaks).unwrap_or(u64::MAX);
        self.byte = end;
        self.line
    }

    /// Whether the row that begins at a byte is the rest of the file because of a quotation mark without its pair.
    fn has_open_quote(&self, byte: u64) -> bool {
        let begin = usize::try_from(byte).unwrap_or(usize::MAX).min(self.file.len());
        let rest = self.file[begin..].trim_ascii();
        rest.contains(&b'\n') && rest.iter().filter(|byte| **byte == b'"').count() % 2 == 1
    }
}
