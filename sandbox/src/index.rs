//! The front page: what the sandbox can do, and the latest sessions to click on.
//! Everything on it is also in the README; the tables come from the code they describe.

use std::fmt::Write;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use crate::faults::FAULTS;
use crate::html::{escape, page};
use crate::stripe::{CHOICES, Inspect};
use crate::world::World;

const RECENT: usize = 20;

const CONTROL: [(&str, &str); 14] = [
    ("GET /control/state?limit=1000", "counts, money by currency and by PaymentIntent, events"),
    ("POST /control/pay", r#"{"session": "cs_test_…", "outcome": "pay"} — as clicking on the payment page"#),
    ("POST /control/settle", "settle all pending refunds and payments at once"),
    ("POST /control/refunds/{id}", r#"{"status": "failed"} — or "succeeded" for a pending one"#),
    (
        "POST /control/faults",
        r#"{"match": {"method": "POST", "path": "/v1/refunds"}, "fault": "cut_after", "times": 1}"#,
    ),
    (
        "POST /control/faults",
        r#"{"match": {"event": "checkout.session.completed"}, "fault": "webhook_late:800"}"#,
    ),
    ("GET /control/faults", "the rules that are left, the chaos, how often a fault has struck"),
    ("DELETE /control/faults", "no more faults, no more chaos"),
    ("POST /control/chaos", r#"{"seed": 7, "rates": {"slow:300": 0.05, "webhook_duplicate": 0.1}}"#),
    ("PUT /control/webhook", r#"{"url": "http://…", "secrets": ["whsec_…"]}"#),
    ("DELETE /control/webhook", "send no more events"),
    ("POST /control/webhooks/resend", r#"{"event": "evt_…"}"#),
    ("POST /control/webhooks/flush", "try all outstanding deliveries now"),
    ("GET /health/live", "ok"),
];

pub fn router() -> Router<Arc<World>> {
    Router::new().route("/", get(show))
}

async fn show(State(world): State<Arc<World>>) -> Response {
    let body = format!(
        "<h1>Haat sandbox</h1>\n<p>Pretend payment gateways. Stripe is at <code>{url}/stripe</code>.</p>\n\
         <h2>Latest sessions</h2>\n{sessions}\n\
         <h2>Test cards</h2>\n{cards}\n\
         <h2>Faults</h2>\n<p>For one request: the header <code>X-Sandbox-Fault: name</code> or \
         <code>name:ms</code>.</p>\n{faults}\n\
         <h2>Control API</h2>\n{control}",
        url = escape(&world.public_url),
        sessions = sessions(&world),
        cards = cards(),
        faults = table(
            &["Fault", "What happens"],
            FAULTS.iter().map(|(_, name, _, effect)| [code(name), escape(effect)])
        ),
        control = table(
            &["Request", "Body or effect"],
            CONTROL.iter().map(|(call, effect)| [code(call), code(effect)])
        ),
    );
    page(StatusCode::OK, "Haat sandbox", &body)
}

fn cards() -> String {
    let rows = CHOICES.iter().map(|choice| [escape(choice.label), code(choice.name), escape(choice.effect)]);
    table(&["Card or method", "Outcome", "What happens"], rows)
}

fn sessions(world: &World) -> String {
    let recent = Inspect { desk: &world.stripe, courier: &world.courier }.sessions(RECENT);
    if recent.is_empty() {
        return "<p>None yet.</p>".into();
    }
    let rows = recent.into_iter().map(|session| {
        let id = escape(&session.id);
        let short = id.get(..20).unwrap_or(&id);
        let link = format!("<a href=\"{}/stripe/pay/{id}\">{short}…</a>", escape(&world.public_url));
        let reference = session.client_reference_id.as_deref().map(escape).unwrap_or_default();
        [link, reference, format!("{}, {}", session.status, session.payment_status)]
    });
    table(&["Session", "Reference", "Status"], rows)
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

/// The cells are HTML.
fn table<const N: usize>(heads: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
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
