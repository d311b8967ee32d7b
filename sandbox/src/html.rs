//! The frame of every page the sandbox shows: one small style sheet, no scripts, nothing fetched.
//! Whoever builds a body escapes what he quotes.

use std::fmt::Write;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            plain => escaped.push(plain),
        }
    }
    escaped
}

/// `body` is HTML and must have been escaped where it quotes anybody.
pub fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n\
         <footer>Haat sandbox. No money moves here.</footer>\n</body>\n</html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, html).into_response()
}

pub fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// The cells are HTML.
pub fn table<const N: usize>(heads: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut html = String::from("<table>\n<thead><tr>");
    for head in heads {
        write!(html, "<th scope=\"col\">{}</th>", escape(head)).expect("writing to a String cannot fail");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let cells = row.map(|cell| format!("<td>{cell}</td>")).concat();
        writeln!(html, "<tr>{cells}</tr>").expect("writing to a String cannot fail");
    }
    html.push_str("</tbody>\n</table>");
    html
}

/// A table of what there is so far.
pub fn latest<const N: usize>(heads: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return "<p>None yet.</p>".into();
    }
    table(heads, rows)
}

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8885;--accent:#1d5fd1;--bad:#b3261e}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0;padding:1.5rem}
main{max-width:44rem;margin:0 auto}
h1{font-size:1.5rem;line-height:1.2}
h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.amount,th.amount{text-align:right;padding-right:0;font-variant-numeric:tabular-nums}
tfoot td,tfoot th{font-weight:600}
fieldset{border:1px solid var(--line);border-radius:.5rem;padding:.5rem 1rem 1rem;margin:1.5rem 0}
legend{font-weight:600;padding:0 .4rem}
label.card{display:flex;gap:.7rem;padding:.45rem 0;align-items:baseline}
label.card small{display:block;opacity:.75}
code,pre{font:.9em ui-monospace,monospace}
pre{overflow-x:auto;padding:.8rem;border:1px solid var(--line);border-radius:.5rem}
button{font:inherit;font-weight:600;padding:.65rem 1.2rem;border-radius:.5rem;border:1px solid var(--accent);
background:var(--accent);color:#fff;cursor:pointer}
button.quiet{background:none;color:inherit;border-color:var(--line);font-weight:400}
:focus-visible{outline:3px solid #f5a623;outline-offset:2px}
.alert{border-left:4px solid var(--bad);padding:.5rem 1rem;margin:1rem 0}
footer{max-width:44rem;margin:3rem auto 0;font-size:.85rem;opacity:.7}
";
