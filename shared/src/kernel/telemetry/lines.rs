//! Log lines on their way out. A thread writes all that come together within a moment: a call to the system for each
//! line would cost every request.
//!
//! No line is left out: if too much waits, the thread that logs writes it. A process that is killed loses the lines of the
//! last moment.

use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

/// How long a line waits for others.
const MOMENT: Duration = Duration::from_millis(20);
/// Bytes that wait at the most.
const MOST_WAITING: usize = 64 << 10;

/// Lives as long as the process, as its thread does.
#[derive(Debug)]
pub(super) struct Lines<W: 'static> {
    waiting: Mutex<Waiting<W>>,
    writer: Thread,
}

#[derive(Debug)]
struct Waiting<W> {
    bytes: Vec<u8>,
    out: W,
}

/// Writes the lines that wait when it is dropped: keep it until the process ends.
#[derive(Debug)]
#[must_use]
pub struct LastLines<W: Write + 'static = io::Stderr>(&'static Lines<W>);

impl<W: Write + Send> Lines<W> {
    pub(super) fn to(out: W) -> (&'static Self, LastLines<W>) {
        let (hand_over, given) = std::sync::mpsc::sync_channel::<&'static Self>(1);
        let writing = thread::Builder::new().name("log".into()).spawn(move || {
            let Ok(lines) = given.recv() else { return };
            loop {
                thread::park();
                thread::sleep(MOMENT);
                lines.lock().write_out();
            }
        });
        let writer = writing.expect("a new process has room for a thread").thread().clone();
        let waiting = Mutex::new(Waiting { bytes: Vec::new(), out });
        let lines: &'static Self = Box::leak(Box::new(Self { waiting, writer }));
        hand_over.send(lines).expect("the thread waits for it");
        (lines, LastLines(lines))
    }
}

impl<W: Write> Lines<W> {
    fn lock(&self) -> MutexGuard<'_, Waiting<W>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Waiting<W> {
    fn write_out(&mut self) {
        let _ = self.out.write_all(&self.bytes); // if standard error is closed, nobody reads
        self.bytes.clear();
    }
}

/// One call for each line.
impl<W: Write> Write for &Lines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.lock();
        let is_first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        if waiting.bytes.len() > MOST_WAITING {
            waiting.write_out();
        } else if is_first {
            self.writer.unpark();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Drop for LastLines<W> {
    fn drop(&mut self) {
        self.0.lock().write_out();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    struct Out(Sender<Vec<u8>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).expect("the test listens");
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines() -> (&'static Lines<Out>, LastLines<Out>, Receiver<Vec<u8>>) {
        let (out, written) = channel();
        let (lines, last) = Lines::to(Out(out));
        (lines, last, written)
    }

    #[test]
    fn a_line_is_written_without_another_one() {
        let (mut lines, _last, written) = lines();
        for text in ["one\n", "two\n"] {
            lines.write_all(text.as_bytes()).expect("never fails");
            assert_eq!(written.recv(), Ok(text.as_bytes().to_vec()));
        }
    }

    #[test]
    fn the_last_lines_are_written_at_the_end() {
        let (mut lines, last, written) = lines();
        lines.write_all(b"the end\n").expect("never fails");
        drop(last);
        assert_eq!(written.recv(), Ok(b"the end\n".to_vec()));
    }

    #[test]
    fn many_lines_do_not_gather_for_ever() {
        let (mut lines, last, written) = lines();
        let line = [b'x'; 1000];
        (0..100).for_each(|_| lines.write_all(&line).expect("never fails"));
        drop(last);
        let lengths: Vec<usize> = written.try_iter().map(|bytes| bytes.len()).collect();
        assert_eq!(lengths.iter().sum::<usize>(), 100_000);
        assert!(lengths.iter().all(|length| *length <= MOST_WAITING + line.len()), "{lengths:?}");
    }
}
