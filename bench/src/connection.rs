//! One HTTP/1.1 connection that is kept alive, and no more of the protocol than our own API needs.
//!
//! By hand, because a general client costs more of the shared cores than the server does for a poll. Answers have a
//! `content-length` or no body.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

/// A whole answer; borrows the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub status: u16,
    head: &'a str,
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// A header by its name in lower case, as our server sends it.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.head, name)
    }
}

impl Connection {
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends a request and waits for the end of its answer.
    pub async fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let head_length = loop {
            let seen = self.received.len();
            self.receive().await?;
            if let Some(end) = end_of_head(&self.received, seen) {
                break end;
            }
        };
        let length = text(&self.received[..head_length])?;
        let length = header(length, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0usize);
        while self.received.len() < head_length + length {
            self.receive().await?;
        }
        let head = text(&self.received[..head_length])?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let status = status.ok_or_else(|| io::Error::other("no status line"))?;
        Ok(Answer { status, head, body: &self.received[head_length..] })
    }

    async fn receive(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn end_of_head(received: &[u8], seen: usize) -> Option<usize> {
    let from = seen.saturating_sub(3);
    received[from..].windows(4).position(|window| window == b"\r\n\r\n").map(|place| from + place + 4)
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(io::Error::other)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| *field == name).map(|(_, value)| value.trim())
}
