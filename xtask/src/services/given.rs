//! Servers the user names: are they there, and new enough? A wrong URL is better found here, with
//! advice, than as a stack of connection errors in a log. Nothing is written to them. Also how their
//! URLs are taken apart.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::binaries::{POSTGRES_MAJOR, REDIS_MAJOR, client, major_of};
use crate::command;
use crate::failure::{Explain, Failure, Result};

const PATIENCE: Duration = Duration::from_secs(5);
const POSTGRES_ADVICE: &str =
    "start the server that DATABASE_URL names, correct the URL, or unset it to get a private one";
const REDIS_ADVICE: &str =
    "start the server that REDIS_URL names, correct the URL, or unset it to get a private one";

/// The server's version. Asking it takes `psql`; without, only the connection is tried.
pub fn check_postgres(url: &str, bin: Option<&Path>) -> Result<String> {
    let Some(psql) = client("psql", bin) else {
        if let Some(target) = target(url, 5432) {
            connect(&target, POSTGRES_ADVICE)?;
        }
        return Ok("(version not checked: no psql here)".into());
    };
    let mut ask = Command::new(psql);
    ask.args(["-XAtq", "-c", "show server_version", url]).env("PGCONNECT_TIMEOUT", "5");
    let version = command::output(&mut ask, POSTGRES_ADVICE)?;
    new_enough("PostgreSQL", &version, POSTGRES_MAJOR, "DATABASE_URL")
}

pub fn check_redis(url: &str) -> Result<String> {
    let target = target(url, 6379).ok_or_else(|| Failure::new("REDIS_URL has no host", REDIS_ADVICE))?;
    let mut stream = connect(&target, REDIS_ADVICE)?;
    if url.starts_with("rediss:") {
        return Ok("(version not checked: TLS)".into());
    }
    let hello =
        target.login.map(|(user, password)| format!("AUTH {user} {password}\r\n")).unwrap_or_default();
    let answer = converse(&mut stream, &format!("{hello}INFO server\r\n"))
        .explain("Redis does not answer", REDIS_ADVICE)?;
    let version = answer.lines().find_map(|line| line.strip_prefix("redis_version:")).ok_or_else(|| {
        Failure::new(format!("Redis answers: {}", answer.lines().next().unwrap_or("nothing")), REDIS_ADVICE)
    })?;
    new_enough("Redis", version, REDIS_MAJOR, "REDIS_URL")
}

fn new_enough(what: &str, version: &str, least_major: u32, variable: &str) -> Result<String> {
    if major_of(version).is_some_and(|major| major >= least_major) {
        return Ok(version.split_whitespace().next().unwrap_or(version).to_owned());
    }
    Err(Failure::new(
        format!("{variable} names {what} {version}; {least_major} or later is needed"),
        format!("upgrade that server, or unset {variable} to get a private one"),
    ))
}

/// Inline commands, until the answer to INFO is complete or Redis complains.
fn converse(stream: &mut TcpStream, commands: &str) -> std::io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(commands.as_bytes())?;
    let mut answer = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk)?;
        answer.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&answer);
        let complained = text.lines().any(|line| line.starts_with('-'));
        if read == 0 || complained || text.contains("redis_version:") {
            return Ok(text.into_owned());
        }
    }
}

struct Target {
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

/// `scheme://[user[:password]@]host[:port]/…`; none when there is no host (a socket).
fn target(url: &str, default_port: u16) -> Option<Target> {
    let authority = url.split_once("://")?.1.split(['/', '?']).next()?;
    let (login, place) = authority.rsplit_once('@').map_or((None, authority), |(a, b)| (Some(a), b));
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (place, default_port),
    };
    let login = login.and_then(|login| login.split_once(':')).map(|(user, password)| {
        (if user.is_empty() { "default".to_owned() } else { decoded(user) }, decoded(password))
    });
    let host = host.trim_matches(['[', ']']).to_owned();
    if host.is_empty() { None } else { Some(Target { host, port, login }) }
}

/// The same server, another database.
pub fn with_database(url: &str, name: &str) -> String {
    let (address, options) = url.split_once('?').map_or((url, None), |(a, b)| (a, Some(b)));
    let after_scheme = address.find("://").map_or(0, |at| at + 3);
    let end = address[after_scheme..].find('/').map_or(address.len(), |at| after_scheme + at);
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("{}/{name}{options}", &address[..end])
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend([b"%", part.as_bytes()].concat()),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn connect(target: &Target, advice: &str) -> Result<TcpStream> {
    let what = format!("cannot connect to {}:{}", target.host, target.port);
    let addresses = (target.host.as_str(), target.port).to_socket_addrs().explain(&what, advice)?;
    let mut last = None;
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    let reason = last.map_or("the name has no address".to_owned(), |error| error.to_string());
    Err(Failure::new(format!("{what}: {reason}"), advice))
}

#[cfg(test)]
mod tests {
    use super::{target, with_database};

    #[test]
    fn urls_name_a_host_a_port_and_maybe_a_login() {
        let full = target("redis://:p%40ss@cache.example:6380/1", 6379).expect("has a host");
        assert_eq!((full.host.as_str(), full.port), ("cache.example", 6380));
        assert_eq!(full.login, Some(("default".into(), "p@ss".into())));
        let short = target("postgres://haat@localhost/haat", 5432).expect("has a host");
        assert_eq!((short.host.as_str(), short.port, short.login), ("localhost", 5432, None));
        let six = target("redis://[::1]", 6379).expect("has a host");
        assert_eq!((six.host.as_str(), six.port), ("::1", 6379));
        assert!(target("postgres:///haat?host=/run/postgresql", 5432).is_none());
    }

    #[test]
    fn the_database_of_a_url_is_replaced_and_nothing_else() {
        let renamed = |url| with_database(url, "y");
        assert_eq!(renamed("postgres://a:b@h:1/x?sslmode=off"), "postgres://a:b@h:1/y?sslmode=off");
        assert_eq!(renamed("postgres://h"), "postgres://h/y");
        assert_eq!(renamed("postgres:///x?host=/run"), "postgres:///y?host=/run");
    }
}
