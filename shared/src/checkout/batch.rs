//! Handles many checkouts in one transaction.

use std::collections::HashSet;

use serde::Deserialize;
use sqlx::{PgConnection, PgPool};

use super::selection::select;
use super::store::{self, Failed};
use super::{Accepted, Answer, CartLine, Error, Limits, Request, quote};
use crate::jobs::{self, Job, NewJob, ReserveStock};
use crate::kernel::batcher::Batch;
use crate::kernel::db::{self, BatchFailure};
use crate::kernel::ids::{CartItemId, OrderId, UserId};
use crate::kernel::{Bell, Clock, Timestamp};
use crate::orders;
use crate::orders::store::NewOrder;

/// One lane of checkouts; see [`crate::kernel::batcher::Batcher`].
#[derive(Clone, Debug)]
pub struct Checkout {
    pool: PgPool,
    clock: Clock,
    bell: Bell,
    limits: Limits,
    /// Order numbers that were drawn in advance: one round trip for many batches. Numbers left over by a stopping
    /// process are gaps.
    numbers: Vec<String>,
}

/// Number of order numbers drawn at once.
const DRAWN_AHEAD: usize = 1024;

impl Checkout {
    #[must_use]
    pub fn new(pool: PgPool, clock: Clock, bell: Bell, limits: Limits) -> Self {
        Self { pool, clock, bell, limits, numbers: Vec::new() }
    }

    async fn place(&mut self, requests: &[Request]) -> Result<Vec<Result<Answer, Error>>, Failed> {
        let now = self.clock.now();
        let mut db = db::begin(&self.pool).await?;
        if self.numbers.len() < requests.len() {
            self.numbers.extend(orders::store::next_numbers(&mut db, DRAWN_AHEAD).await?);
        }
        let answers = place(&mut db, requests, &mut self.numbers, &self.limits, now).await?;
        db.commit().await?;
        if answers.iter().any(|answer| matches!(answer, Ok(Answer::Placed(_)))) {
            self.bell.jobs_waiting(ReserveStock::KIND.policy().queue);
        }
        Ok(answers)
    }
}

impl Batch for Checkout {
    type Item = Request;
    type Answer = Result<Answer, Error>;
    type Error = BatchFailure;

    async fn run(&mut self, requests: &[Request]) -> Result<Vec<Result<Answer, Error>>, BatchFailure> {
        metrics::histogram!("haat_checkout_batch_items").record(requests.len() as f64);
        self.place(requests).await.map_err(|error| BatchFailure::of(&error))
    }

    fn hits_all_alike(error: &BatchFailure) -> bool {
        error.hits_all_alike()
    }
}

/// Decides each request by itself, and writes all accepted ones together.
async fn place(
    db: &mut PgConnection,
    requests: &[Request],
    numbers: &mut Vec<String>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Vec<Result<Answer, Error>>, Failed> {
    let mut answers: Vec<Option<Result<Answer, Error>>> = vec![None; requests.len()];
    let fresh = fresh(db, requests, &mut answers).await?;
    let fresh: Vec<(usize, &Request)> = fresh.into_iter().map(|index| (index, &requests[index])).collect();
    if !fresh.is_empty() {
        let quoted = quoted(db, &fresh, numbers, limits, &mut answers, now).await?;
        write(db, quoted, &mut answers, now).await?;
    }
    Ok(answers.into_iter().map(|answer| answer.expect("every request was decided")).collect())
}

/// Answers repeated requests with their stored answers. Refuses those whose key is held by another request, in this batch
/// or in another process. Locks the carts of the others, and returns their indexes.
async fn fresh(
    db: &mut PgConnection,
    requests: &[Request],
    answers: &mut [Option<Result<Answer, Error>>],
) -> Result<Vec<usize>, sqlx::Error> {
    let locked = store::lock(db, requests).await?;
    let stored = store::stored(db, requests).await?;
    let mut seen = HashSet::new();
    let mut fresh = Vec::new();
    for (index, (request, locked)) in requests.iter().zip(locked).enumerate() {
        let key = (request.customer, request.key.clone());
        match stored.get(&key) {
            None if locked && seen.insert(key) => fresh.push(index),
            None => answers[index] = Some(Err(Error::InProgress)),
            Some(found) if found.fingerprint != request.fingerprint => {
                answers[index] = Some(Err(Error::KeyReused));
            }
            Some(found) => {
                let accepted = Accepted::deserialize(&found.answer);
                let accepted = accepted.map_err(|error| Error::Broken(format!("a stored answer: {error}")));
                answers[index] = Some(accepted.map(Answer::Replayed));
            }
        }
    }
    Ok(fresh)
}

/// The requests of a batch that become orders, at the same indexes in all three lists.
#[derive(Default)]
struct Placed<'a> {
    places: Vec<usize>,
    requests: Vec<&'a Request>,
    orders: Vec<NewOrder>,
    /// The lines of all these orders: they leave the carts.
    bought: Vec<CartItemId>,
}

/// Quotes the locked carts of new requests. A refused request gets its answer.
async fn quoted<'a>(
    db: &mut PgConnection,
    fresh: &[(usize, &'a Request)],
    numbers: &mut Vec<String>,
    limits: &Limits,
    answers: &mut [Option<Result<Answer, Error>>],
    now: Timestamp,
) -> Result<Placed<'a>, Failed> {
    let customers: HashSet<UserId> = fresh.iter().map(|(_, request)| request.customer).collect();
    let customers: Vec<UserId> = customers.into_iter().collect();
    let (mut carts, mut open) = store::carts(db, &customers, limits, now).await?;
    let mut placed = Placed::default();
    for (place, request) in fresh.iter().copied() {
        let cart = carts.entry(request.customer).or_default();
        let open = open.entry(request.customer).or_default();
        let number = numbers.pop().expect("at least one number per request was drawn");
        let quoted = order_of(request, number, cart)
            .and_then(|(order, lines)| open.admit(&order, limits).map(|()| (order, lines)));
        match quoted {
            Ok((order, lines)) => {
                // A second request of this customer in the batch sees the lines that the first one left.
                cart.retain(|line| lines.iter().all(|bought| bought.id != line.id));
                placed.places.push(place);
                placed.requests.push(request);
                placed.orders.push(order);
                placed.bought.extend(lines.iter().map(|line| line.id));
            }
            Err(error) => answers[place] = Some(Err(error)),
        }
    }
    Ok(placed)
}

/// The order that a request makes of its customer's cart, and the lines it buys.
fn order_of(
    request: &Request,
    number: String,
    cart: &[CartLine],
) -> Result<(NewOrder, Vec<CartLine>), Error> {
    let lines = select(request.selection.as_ref(), cart)?;
    let order = quote(OrderId::new(), number, request, &lines)?;
    Ok((order, lines))
}

/// Writes the orders, empties the carts, stores the answers and schedules the reservation of stock.
async fn write(
    db: &mut PgConnection,
    placed: Placed<'_>,
    answers: &mut [Option<Result<Answer, Error>>],
    now: Timestamp,
) -> Result<(), Failed> {
    let Placed { places, requests, orders, bought } = placed;
    if orders.is_empty() {
        return Ok(());
    }
    orders::store::insert(db, &orders, now).await?;
    let asked = requests.iter().copied();
    let closed: Vec<(&Request, Accepted)> = asked.clone().zip(orders.iter().map(accepted)).collect();
    store::close(db, &closed, &bought, now).await?;
    let reserve = orders.iter().zip(asked).map(|(order, request)| {
        NewJob::at(now, &ReserveStock { order_id: order.id }).in_trace(request.trace)
    });
    jobs::store::insert(db, &reserve.collect::<Vec<_>>(), now).await?;
    for (place, (_, accepted)) in places.into_iter().zip(closed) {
        answers[place] = Some(Ok(Answer::Placed(accepted)));
    }
    Ok(())
}

fn accepted(order: &NewOrder) -> Accepted {
    Accepted {
        id: order.id,
        number: order.number.clone(),
        status: orders::OrderStatus::Pending,
        payment_method: order.payment_method,
        total: order.total,
    }
}
