//! The Checkout Session endpoints.
//! Each reads all its parameters first, then looks at or changes the books.

use serde_json::{Value, json};

use super::books::Books;
use super::create;
use super::expand::Expand;
use super::gate::Call;
use super::listing::{Created, Page};
use super::model::{Session, SessionStatus};
use super::owner::{self, Owner};
use super::params::Params;
use super::refusal::Refusal;
use super::session_view;

const URL: &str = "/v1/checkout/sessions";

pub fn create(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "checkout.session")?;
    let mut session = create::read(&mut call.params, call.now, &books.terms.accounts)?;
    call.params.finish()?;
    session.owner.clone_from(&call.owner);
    session.expiry = Some(books.expiries.add(session.expires_at * 1000, session.id.clone()));
    let answer = session_view::session(&session, &books.public_url);
    books.totals.sessions += 1;
    books.sessions.insert(&session.id.clone(), session);
    Ok(expand.apply(books, answer))
}

pub fn retrieve(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "checkout.session")?;
    call.params.finish()?;
    show(books, &expand, &call.owner, id)
}

pub fn show(books: &Books, expand: &Expand, owner: &Owner, id: &str) -> Result<Value, Refusal> {
    let answer = session_view::session(find(books, id, owner)?, &books.public_url);
    Ok(expand.apply(books, answer))
}

pub fn expire(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read(&mut call.params, "checkout.session")?;
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
    show(books, &expand, &call.owner, id)
}

/// In the order of the session, of which the first counts as the newest.
pub fn line_items(books: &mut Books, call: &mut Call, id: &str) -> Result<Value, Refusal> {
    let expand = Expand::read_listed(&mut call.params, "item")?;
    let page = Page::read(&mut call.params, &call.owner)?;
    call.params.finish()?;
    let session = find(books, id, &call.owner)?;
    let lines = session.lines.iter().map(|line| (line.id.clone(), session_view::line(line, session)));
    let answer = page.of_few(("item", &format!("{URL}/{id}/line_items")), lines.collect())?;
    Ok(expand.apply_near(books, answer, Some(session)))
}

pub fn list(books: &mut Books, call: &mut Call) -> Result<Value, Refusal> {
    let params = &mut call.params;
    let expand = Expand::read_listed(params, "checkout.session")?;
    let (page, created) = (Page::read(params, &call.owner)?, Created::read(params)?);
    let payment = params.text("payment_intent")?;
    let status = params.word("status");
    let whose = Whose::read(params)?;
    params.finish()?;
    let fits = |session: &Session| {
        status.is_none_or(|status| session.status.as_str() == status) && whose.has(session)
    };
    let show = |session: &Session| session_view::session(session, &books.public_url);
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

/// By whom, or by what else, sessions are listed.
#[derive(Debug)]
struct Whose {
    customer: Option<String>,
    account: Option<String>,
    email: Option<String>,
    /// Payment links and subscriptions are not here, so nothing comes of one.
    elsewhere: bool,
}

impl Whose {
    fn read(params: &mut Params) -> Result<Self, Refusal> {
        let email = match params.object("customer_details")? {
            None => None,
            Some(mut details) => {
                let email = details.required("email")?;
                details.finish()?;
                Some(email)
            }
        };
        let (customer, account) = (params.text("customer")?, params.text("customer_account")?);
        let elsewhere = params.text("payment_link")?.or(params.text("subscription")?).is_some();
        Ok(Self { customer, account, email, elsewhere })
    }

    fn has(&self, session: &Session) -> bool {
        let of_account = session.shown.get("customer_account").and_then(Value::as_str);
        !self.elsewhere
            && (self.customer.is_none() || session.customer == self.customer)
            && (self.account.is_none() || of_account == self.account.as_deref())
            && self.email.as_ref().is_none_or(|email| session.customer_email.as_ref() == Some(email))
    }
}

pub fn find<'a>(books: &'a Books, id: &str, owner: &Owner) -> Result<&'a Session, Refusal> {
    owner::of(&books.sessions, id, owner).ok_or_else(|| Refusal::no_such("checkout.session", "session", id))
}
