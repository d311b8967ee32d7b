//! The demo's pictures, served from `demo/pictures` while `up` runs: browsers find there what the demo shops' products
//! name. The files of products name a host that does not exist, so each import is rewritten to ours.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::failure::{Explain, Result};
use crate::workspace;

/// What the demo's CSV files call the host of their pictures.
const NAMED_HOST: &str = "https://pictures.haat.example";
const PREFERRED_PORT: u16 = 8091;
/// A browser that sends nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Begins to serve; ends with the process. Returns the address.
pub fn serve() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", PREFERRED_PORT))
        .or_else(|_| TcpListener::bind(("127.0.0.1", 0)))
        .explain("no free port on 127.0.0.1", "close programs that hold many connections, and try again")?;
    let address = listener.local_addr().explain("a listener without an address", "try again")?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A browser that disconnects is no failure.
            let _ = answer(&stream);
        }
    });
    Ok(format!("http://{address}"))
}

/// A copy of a demo shop's file whose pictures are served at `pictures`.
pub fn file_naming(pictures: &str, slug: &str) -> Result<PathBuf> {
    let source = workspace::root().join("demo").join(format!("{slug}.csv"));
    let advice = "check the rights of the project's folder";
    let text = fs::read_to_string(&source).explain(format!("cannot read {}", source.display()), advice)?;
    let dir = workspace::services_dir().join("demo");
    workspace::make_dir(&dir)?;
    let copy = dir.join(format!("{slug}.csv"));
    fs::write(&copy, text.replace(NAMED_HOST, pictures))
        .explain(format!("cannot write {}", copy.display()), advice)?;
    Ok(copy)
}

fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    BufReader::new(stream).read_line(&mut request)?;
    let picture = request.split(' ').nth(1).and_then(picture);
    let (status, kind, body) = match picture {
        Some(bytes) => ("200 OK", "image/svg+xml", bytes),
        None => ("404 Not Found", "text/plain", b"There is no such picture.\n".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\ncache-control: max-age=3600\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}

/// The file of a path such as `/river-mug.svg`: of letters, digits and hyphens, so never outside the folder.
fn picture(path: &str) -> Option<Vec<u8>> {
    let name = path.strip_prefix('/')?.strip_suffix(".svg")?;
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let file = workspace::root().join("demo/pictures").join(format!("{name}.svg"));
    if plain { fs::read(file).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_that_a_demo_product_names_is_there() {
        let mut named = 0;
        for file in fs::read_dir(workspace::root().join("demo")).expect("the demo's files").flatten() {
            let text = fs::read_to_string(file.path()).unwrap_or_default();
            for rest in text.split(NAMED_HOST).skip(1) {
                let path = &rest[..rest.find(',').expect("a cell ends")];
                assert!(picture(path).is_some(), "{path}");
                named += 1;
            }
            assert!(!text.contains("example.com"), "{:?} names pictures that are nowhere", file.path());
        }
        assert!(named > 30);
    }

    #[test]
    fn nothing_outside_the_folder_is_a_picture() {
        for path in
            ["/../potters-lane.csv", "/..%2Fx.svg", "/../../README.md", "/.svg", "/a/b.svg", "river-mug.svg"]
        {
            assert!(picture(path).is_none(), "{path}");
        }
    }
}
