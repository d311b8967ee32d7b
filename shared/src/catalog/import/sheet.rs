//! Parses bytes into rows of named cells, each row with the line where it begins.

use std::sync::atomic::{AtomicBool, Ordering};

use csv::{ByteRecord, ReaderBuilder};

use super::columns::Column;
use super::{LineError, MOST_COLUMNS, MOST_ROWS};
use super::{foreign, quotes};

/// The parsed file.
pub(super) struct Sheet {
    /// Rows that are not empty.
    pub(super) rows: Vec<Row>,
    /// Headers of the columns that are not read, as in the file.
    pub(super) ignored: Vec<String>,
    present: [bool; Column::ALL.len()],
}

impl Sheet {
    /// Whether the file has a column: an absent column changes nothing.
    pub(super) fn has(&self, column: Column) -> bool {
        self.present[column as usize]
    }
}

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

    /// The cell, if it is not empty.
    pub(super) fn filled(&self, column: Column) -> Option<&str> {
        Some(self.cell(column)).filter(|text| !text.is_empty())
    }
}

/// Reads all rows, or returns everything that prevents reading them. Ends early, with nothing, once it is abandoned.
pub(super) fn read(file: &[u8], abandoned: &AtomicBool) -> Result<Sheet, Vec<LineError>> {
    let mut file = file;
    // Byte order marks: Excel writes one, some tools another.
    while let Some(rest) = file.strip_prefix(b"\xef\xbb\xbf") {
        file = rest;
    }
    if let Some(problem) = foreign::problem(file) {
        return Err(vec![about_line(1, problem)]);
    }
    // Checked before the reader makes a row of it: a header of a million columns is a million cells.
    if quotes::columns_of_first_row(file) > MOST_COLUMNS {
        return Err(vec![about_line(1, format!("a file may have at most {MOST_COLUMNS} columns"))]);
    }
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
    while !abandoned.load(Ordering::Relaxed) {
        let begins = reader.position().byte();
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(vec![about_line(lines.at(begins), error.to_string())]),
        }
        if record.iter().all(is_blank) {
            continue; // a row that was cleared in a spreadsheet; its line still counts
        }
        let line = lines.at(begins);
        if rows.len() == MOST_ROWS {
            wrong.push(about_line(line, format!("a file may have at most {MOST_ROWS} rows")));
            break;
        }
        if reader.position().byte() >= file_end && quotes::end_open(lines.rest(begins)) {
            wrong.push(about_line(line, "a quotation mark is opened here and never closed".into()));
            break;
        }
        match header.row(line, &record) {
            Ok(row) => rows.push(row),
            Err(error) => wrong.push(error),
        }
    }
    let Header { places, ignored, .. } = header;
    let present = Column::ALL.map(|column| places[column as usize].is_some());
    if wrong.is_empty() { Ok(Sheet { rows, ignored, present }) } else { Err(wrong) }
}

fn is_blank(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| text.trim().is_empty())
}

fn about_line(line: u64, message: String) -> LineError {
    LineError { line, column: None, message }
}

/// The positions of the known columns.
struct Header {
    places: Vec<Option<usize>>,
    ignored: Vec<String>,
    width: usize,
}

impl Header {
    fn read(record: &ByteRecord) -> Result<Self, Vec<LineError>> {
        let names: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
        let (mut places, mut wrong) = (vec![None; Column::ALL.len()], Vec::new());
        let mut ignored = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let Some(column) = Column::of_header(name) else {
                ignored.extend(Some(name.trim().to_owned()).filter(|name| !name.is_empty()));
                continue;
            };
            if places[column as usize].replace(place).is_some() {
                wrong.push(about_line(1, format!("the column {} is there twice", column.name())));
            }
        }
        for column in Column::REQUIRED {
            if places[column as usize].is_none() {
                wrong.push(about_line(1, format!("the column {} is missing", column.name())));
            }
        }
        if wrong.is_empty() { Ok(Self { places, ignored, width: names.len() }) } else { Err(wrong) }
    }

    fn row(&self, line: u64, record: &ByteRecord) -> Result<Row, LineError> {
        if record.iter().skip(self.width).any(|cell| !is_blank(cell)) {
            return Err(about_line(line, "the row has more cells than the header".into()));
        }
        let cell = |(column, place): (Column, &Option<usize>)| {
            let bytes = place.and_then(|place| record.get(place)).unwrap_or_default();
            let text = std::str::from_utf8(bytes).map_err(|_| LineError {
                line,
                column: Some(column.name()),
                message: "is not UTF-8 text: save the file as CSV UTF-8".into(),
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

impl<'a> Lines<'a> {
    /// The line of the first cell at or after a byte. Called with ascending bytes.
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

    /// The file from a byte at which a row begins.
    fn rest(&self, byte: u64) -> &'a [u8] {
        &self.file[usize::try_from(byte).unwrap_or(usize::MAX).min(self.file.len())..]
    }
}
