//! The Checkout Session endpoints.
//! Each reads all its parameters first, then looks at or changes the books.

use serde_json::{Value, json};

use super::books::Books;
use super::create;
use super::expand::{Expand, OF_SESSION};
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{Session, SessionStatus};
use super::owner::{self, Owner};
use super::refusal::Refusal;
use super::render;

const URL: &str = "/v1/checkout/sessions";

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_SESSION)?;
    let mut session = create::read(&mut call.params, call.now, &books.terms.accounts)?;
    call.params.finish()?;
    session.owner.clone_from(&call.owner);
    session.expiry = Some(books.expiries.add(session.expires_at * 1000, session.id.clone()));
    let answer = render::session(&session, &books.public_url);
    books.totals.sessions += 1;
    books.sessions.insert(&session.id.clone(), session);
    Ok(expand.apply(books, answer))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_SESSION)?;
    call.params.finish()?;
    let answer = render::session(find(books, id, &call.owner)?, &books.public_url);
    Ok(expand.apply(books, answer))
}

pub fn expire(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, &OF_SESSION)?;
    call.params.finish()?;
    let session = find(books, id, &call.owner)?;
    if session.status != SessionStatus::Open {
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a \
             status of `{}`.",
            session.status.as_str()
        );
        return Err(Refusal::forbidden_by_state(None, message));
    }
    books.run_out(id, &call.origin);
    let answer = render::session(find(books, id, &call.owner)?, &books.public_url);
    Ok(expand.apply(books, answer))
}

pub fn line_items(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let page = Page::read(&mut call.params, &call.owner)?;
    call.params.finish()?;
    let session = find(books, id, &call.owner)?;
    let lines = session.lines.iter().map(|line| (line.id.clone(), render::line(line, &session.currency)));
    page.of_few(("item", &format!("{URL}/{id}/line_items")), lines.collect())
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, &OF_SESSION)?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let payment = params.text("payment_intent")?;
    let customer = params.text("customer")?;
    let status = params.one_of("status", &["open", "complete", "expired"])?;
    params.finish()?;
    let fits = |session: &Session| {
        status.is_none_or(|status| session.status.as_str() == status)
            && (customer.is_none() || session.customer == customer)
    };
    let show = |session: &Session| render::session(session, &books.public_url);
    let answer = if let Some(payment) = payment {
        let payment = owner::of(&books.payments, &payment, &call.owner);
        let session = payment.and_then(|payment| books.sessions.get(payment.session.as_deref()?));
        let found: Vec<Value> = session.into_iter().filter(|session| fits(session)).map(show).collect();
        json!({"object": "list", "url": URL, "has_more": false, "data": found})
    } else {
        let by_time = (created, (|session: &Session| session.created) as fn(&Session) -> i64);
        page.of(("checkout.session", URL), &books.sessions, by_time, fits, show)?
    };
    Ok(expand.apply(books, answer))
}

fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Session, Refusal> {
    owner::of(&books.sessions, id, owner).ok_or_else(|| Refusal::no_such("checkout.session", "session", id))
}
