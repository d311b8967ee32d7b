//! What an admin does to paid orders: refunds in parts, refunds that race, refunds of more than there is.

use serde_json::{Value, json};

use super::caller::{Ask, Caller};
use super::dice::Dice;
use super::shopper::Shopper;

/// Refunds a paid order, in some way that dice decide.
pub fn refund(shopper: &mut Shopper, order: &Value, racing: bool) {
    let Some(id) = order["id"].as_str() else { return };
    let path = format!("/api/orders/{id}/refunds");
    let admin = shopper.stage.admin();
    let asks = if racing { racing_asks(order) } else { partial_asks(order, &mut shopper.dice) };
    if racing {
        let dice = &shopper.dice;
        let accepted = std::thread::scope(|scope| {
            let threads: Vec<_> = asks
                .iter()
                .map(|ask| scope.spawn(|| request(&admin, &path, ask, &mut dice.clone())))
                .collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|accepted| *accepted).count()
        });
        (0..accepted).for_each(|_| shopper.stage.notebook.did("refunds"));
        return;
    }
    for ask in &asks {
        if request(&admin, &path, ask, &mut shopper.dice) {
            shopper.stage.notebook.did("refunds");
        }
        std::thread::sleep(shopper.dice.pause(0, 200));
    }
}

/// Sent once: without an answer it is unknown whether it was carried out, and asking again may refund twice, within the
/// capture.
fn request(admin: &Caller, path: &str, ask: &Value, dice: &mut Dice) -> bool {
    admin.ask(&Ask::post(path, ask), dice).is(202)
}

/// All of them, three times at once: at most one can be carried out.
fn racing_asks(order: &Value) -> Vec<Value> {
    let total = &order["total"];
    vec![
        json!({ "restock": true, "reason": "whole" }),
        json!({ "amount": total, "reason": "everything as goodwill" }),
        json!({ "restock": false, "reason": "whole again" }),
    ]
}

/// A little goodwill, a piece of the first line, and perhaps all that is left, twice.
fn partial_asks(order: &Value, dice: &mut Dice) -> Vec<Value> {
    let currency = &order["total"]["currency"];
    let line = &order["vendors"][0]["lines"][0]["line_no"];
    let mut asks = vec![
        json!({ "amount": { "amount": format!("{}.50", dice.between(0, 2)), "currency": currency } }),
        json!({ "lines": [{ "line_no": line, "quantity": 1, "restock": dice.percent(50) }] }),
    ];
    if dice.percent(50) {
        asks.push(json!({ "restock": true }));
        asks.push(json!({ "restock": true }));
    }
    asks
}
