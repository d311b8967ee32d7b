//! Log lines on their way out. A thread writes all that come together within a moment: a call to the system for each
//! line would cost every request.
//!
//! If too much waits, the thread that logs writes it. A process that is killed loses the lines of the last moment.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a line waits for others.
const MOMENT: Duration = Duration::from_millis(20);
/// Bytes that wait at the most.
const MOST_WAITING: usize = 64 << 10;

/// Lives as long as the process, as its thread does.
#[derive(Debug)]
pub(super) struct Lines<W: 'static> {
    waiting: Mutex<Vec<u8>>,
    /// Notified of the first line that waits.
    some: Condvar,
    out: Mutex<Out<W>>,
}

#[derive(Debug)]
struct Out<W> {
    /// Taken from `waiting`; kept for its memory.
    taken: Vec<u8>,
    to: W,
}

/// Writes the lines that wait when it is dropped: keep it until the process ends.
#[derive(Debug)]
#[must_use]
pub struct LastLines<W: Write + 'static = io::Stderr>(&'static Lines<W>);

impl<W: Write + Send> Lines<W> {
    pub(super) fn to(to: W) -> (&'static Self, LastLines<W>) {
        let out = Mutex::new(Out { taken: Vec::new(), to });
        let lines = Self { waiting: Mutex::default(), some: Condvar::new(), out };
        let lines: &'static Self = Box::leak(Box::new(lines));
        let writing = thread::Builder::new().name("log".into()).spawn(|| {
            loop {
                lines.wait();
                thread::sleep(MOMENT);
                lines.write_out();
            }
        });
        writing.expect("a new process has room for a thread");
        (lines, LastLines(lines))
    }
}

impl<W: Write> Lines<W> {
    /// Until a line waits.
    fn wait(&self) {
        let some = self.some.wait_while(locked(&self.waiting), |waiting| waiting.is_empty());
        drop(some.unwrap_or_else(PoisonError::into_inner));
    }

    /// Only one thread at a time, which keeps the order. The others go on logging.
    fn write_out(&self) {
        let mut out = locked(&self.out);
        let Out { taken, to } = &mut *out;
        std::mem::swap(&mut *locked(&self.waiting), taken);
        let _ = to.write_all(taken); // there is no other place to report that this fails
        taken.clear();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<W: Write> Write for &Lines<W> {
    /// `tracing` writes each line by one call.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = locked(&self.waiting);
        let is_first = waiting.is_empty();
        waiting.extend_from_slice(line);
        let is_too_much = waiting.len() > MOST_WAITING;
        drop(waiting);
        if is_too_much {
            self.write_out();
        } else if is_first {
            self.some.notify_one();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Drop for LastLines<W> {
    fn drop(&mut self) {
        self.0.write_out();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    struct Sent(Sender<Vec<u8>>);

    impl Write for Sent {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).expect("the test listens");
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn lines() -> (&'static Lines<Sent>, LastLines<Sent>, Receiver<Vec<u8>>) {
        let (out, written) = channel();
        let (lines, last) = Lines::to(Sent(out));
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
