//! After the storm: what the customers know, what the database says and what the gateways have in their books must be
//! one story. Each check returns what differs; nothing means that it holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fleet::Fleet;
use super::gateway::Gateway;
use super::notebook::{Fate, Notebook};
use super::records::Records;
use crate::console;
use crate::failure::{Explain, Result};
use crate::vendors::Vendor;

/// One check's name in words, and what differs.
pub struct Finding {
    pub holds: &'static str,
    pub differences: Vec<String>,
}

pub fn all(records: &Records, fleet: &Fleet, gateway: &Gateway, notebook: &Notebook) -> Result<Vec<Finding>> {
    let finding = |holds, differences| Finding { holds, differences };
    Ok(vec![
        finding("every accepted order exists once, every refused one not at all", orders(records, notebook)?),
        finding("every order is final or waits for a person", statuses(records)?),
        finding("verify: all laws of conservation", laws(fleet)?),
        finding("money at each gateway is the money in our books", money(records, gateway)?),
        finding("money that pays no order has gone back", surplus(records)?),
        finding("no job is dead", dead_jobs(records)?),
        finding("no webhook was a stranger's, no amount differed", incidents(records)?),
        finding("nothing surprised the customers", notebook.surprises()),
    ])
}

/// By the customers' own list of keys and answers.
fn orders(records: &Records, notebook: &Notebook) -> Result<Vec<String>> {
    let keys = records.rows(
        "select k.key, k.answer->>'id' as id, o.id as found
         from idempotency_keys k left join orders o on o.id::text = k.answer->>'id'
         where k.operation = 'checkout'",
    )?;
    let kept: BTreeMap<&str, &Value> =
        keys.iter().filter_map(|row| Some((row["key"].as_str()?, row))).collect();
    let mut wrong = Vec::new();
    let checkouts = notebook.checkouts();
    for (key, fate) in &checkouts {
        let row = kept.get(key.as_str());
        match (fate, row) {
            (Fate::Accepted(order), None) => {
                wrong.push(format!("{key}: order {order} was accepted and is lost"))
            }
            (Fate::Accepted(order), Some(row)) if row["found"] != order.as_str() => {
                wrong.push(format!("{key}: accepted as {order}, kept as {row}"));
            }
            (Fate::Refused, Some(row)) => wrong.push(format!("{key}: refused, and yet there is {row}")),
            (Fate::Unknown, _) => wrong.push(format!("{key}: never answered")),
            (Fate::Accepted(_), Some(_)) | (Fate::Refused, None) => {}
        }
    }
    let known: BTreeSet<&str> = checkouts
        .values()
        .filter_map(|fate| match fate {
            Fate::Accepted(order) => Some(order.as_str()),
            Fate::Refused | Fate::Unknown => None,
        })
        .collect();
    let there = records.rows("select id, status, placed_at from orders")?;
    let strangers = there.iter().filter(|row| !row["id"].as_str().is_some_and(|id| known.contains(id)));
    wrong.extend(strangers.map(|row| format!("nobody was told of the order {row}")));
    Ok(wrong)
}

fn statuses(records: &Records) -> Result<Vec<String>> {
    let rows = records.rows(
        "select id, status, updated_at from orders
         where status not in ('confirmed', 'paid', 'rejected', 'expired', 'cancelled', 'refunded')",
    )?;
    Ok(rows.iter().map(Value::to_string).collect())
}

fn laws(fleet: &Fleet) -> Result<Vec<String>> {
    let output = fleet.binary("haat-worker").arg("verify").output();
    let output = output.explain("cannot run haat-worker verify", "build the product")?;
    if output.status.success() {
        return Ok(Vec::new());
    }
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let told = text.lines().filter(|line| !line.starts_with("ok")).map(str::to_owned);
    // The last line keeps a crash that prints nothing from passing for agreement.
    Ok(told.chain([format!("haat-worker verify ended with {}", output.status)]).collect())
}

/// Captured and refunded per payment at each gateway, in hundredths, as all currencies here are divided.
fn money(records: &Records, gateway: &Gateway) -> Result<Vec<String>> {
    let ours = records.rows(
        "select gateway, reference, order_id, status, captured_currency as currency,
                (captured_amount * 100)::bigint as captured, (refunded_amount * 100)::bigint as refunded
         from payments where captured_amount > 0",
    )?;
    let mut wrong = Vec::new();
    for (vendor, theirs) in gateway.payments()? {
        let ours: Vec<_> = ours.iter().filter(|payment| payment["gateway"] == vendor.name).collect();
        let surplus = ours.iter().filter(|payment| payment["status"] == "surplus").count();
        let refunded = ours.iter().filter(|payment| payment["refunded"].as_i64() > Some(0)).count();
        console::note(&format!(
            "{}: {} payments took money, {surplus} of them too much, {refunded} gave some back",
            vendor.name,
            ours.len()
        ));
        let differences = of_gateway(vendor, &ours, &theirs);
        wrong.extend(differences.into_iter().map(|what| format!("{}: {what}", vendor.name)));
    }
    Ok(wrong)
}

fn of_gateway(vendor: Vendor, ours: &[&Value], theirs: &[Value]) -> Vec<String> {
    let charged = theirs.iter().filter(|payment| payment["captured"].as_i64() > Some(0));
    let theirs: BTreeMap<&str, &Value> =
        charged.filter_map(|payment| Some((payment[vendor.reference].as_str()?, payment))).collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for payment in ours {
        let reference = payment["reference"].as_str().unwrap_or_default();
        seen.insert(reference);
        match theirs.get(reference) {
            None => wrong.push(format!("it knows nothing of {payment}")),
            Some(booked) if !agree(payment, booked) => wrong.push(format!("ours {payment}, its {booked}")),
            Some(_) => {}
        }
    }
    let unknown = theirs.iter().filter(|(reference, _)| !seen.contains(*reference));
    wrong.extend(unknown.map(|(_, booked)| format!("we know nothing of {booked}")));
    wrong
}

fn agree(ours: &Value, booked: &Value) -> bool {
    let currency = |payment: &Value| payment["currency"].as_str().map(str::to_uppercase);
    ours["captured"] == booked["captured"]
        && ours["refunded"] == booked["refunded"]
        && currency(ours) == currency(booked)
}

/// Money of orders that were not served must be back with the customer. Otherwise its refund must have been tried and
/// have failed at the bank, with an incident for operators.
fn surplus(records: &Records) -> Result<Vec<String>> {
    let rows = records.rows(
        "select p.id, p.order_id, p.status, o.status as order_status, p.captured_amount, p.refunded_amount
         from payments p join orders o on o.id = p.order_id
         where (p.status = 'surplus' or (p.status = 'captured' and o.status = 'cancelled'))
           and p.refunded_amount <> p.captured_amount
           and not exists (select from refunds r where r.payment_id = p.id and r.status = 'failed')",
    )?;
    Ok(rows.iter().map(Value::to_string).collect())
}

fn dead_jobs(records: &Records) -> Result<Vec<String>> {
    let rows = records.rows("select kind, id, attempt, last_error from jobs where status = 'dead'")?;
    Ok(rows.iter().map(Value::to_string).collect())
}

fn incidents(records: &Records) -> Result<Vec<String>> {
    let rows = records.rows(
        "select kind, order_id, detail from incidents
         where kind in ('unknown_payment', 'unreadable_event', 'amount_mismatch', 'books_differ', 'refund_needs_attention')",
    )?;
    Ok(rows.iter().map(Value::to_string).collect())
}
