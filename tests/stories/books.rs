//! A check that can't fail is a defect: every law of conservation is broken by hand, and the breach is reported.

use std::collections::HashMap;

use haat_sandbox::stripe::Outcome;
use haat_tests::{Sale, World};
use serde_json::json;
use shared::verify::{self, LAWS};
use uuid::Uuid;

/// A law, and a way to break it. Names in braces are orders and variants of [`market`].
const BREACHES: &[(&str, &str)] = &[
    ("orders_can_be_read", "update refunds set currency = 'ZZZ' where order_id = {refunded0}"),
    ("clearing_matches_payments", "update ledger_entries set amount = amount + 1 where account = 'gateway_clearing'
        and transaction_id = (select id from ledger_transactions where order_id = {paid0})"),
    ("ledger_balances", "update ledger_entries set amount = amount + 1 where account = 'commission_revenue'
        and transaction_id = (select id from ledger_transactions where order_id = {paid1})"),
    ("ledger_matches_payments", "delete from ledger_transactions where order_id = {paid2}"),
    ("ledger_matches_payments", "delete from ledger_transactions where order_id = {refunded0} and kind = 'refund'"),
    ("ledger_matches_payments", "insert into ledger_transactions
        select gen_random_uuid(), kind, source_id, order_id, posted_at from ledger_transactions where order_id = {paid3}"),
    ("stock_matches_journal", "update inventory set on_hand = on_hand + 1 where variant_id = {spare0}"),
    ("stock_matches_journal", "update inventory set reserved = reserved + 1 where variant_id = {spare1}"),
    ("stock_matches_journal", "with m as (insert into stock_movements (variant_id, kind, quantity, at)
        values ({spare2}, 'adjusted', -9, now())) update inventory set on_hand = on_hand - 9 where variant_id = {spare2}"),
    ("stock_matches_journal", "with m as (insert into stock_movements (variant_id, kind, quantity, at)
        values ({spare3}, 'reserved', 9, now())) update inventory set reserved = reserved + 9 where variant_id = {spare3}"),
    ("listed_matches_status", "update products set listed = not listed where id = (select product_id from variants where id = {spare0})"),
    ("variants_of_one_kind", "insert into variants (id, product_id, title, options, price, currency, position, created_at, updated_at)
        select gen_random_uuid(), product_id, 'Euro', '{}', 1, 'EUR', 9, now(), now() from variants where id = {spare0}"),
    ("variants_of_one_kind", "insert into variants (id, product_id, title, options, price, currency, position, created_at, updated_at)
        select gen_random_uuid(), product_id, 'Large', '{\"Size\": \"L\"}', 1, currency, 9, now(), now() from variants where id = {spare1}"),
    ("journal_has_stock", "insert into stock_movements (variant_id, kind, quantity, at)
        values (gen_random_uuid(), 'received', 1, now())"),
    ("reserved_matches_holds", "with m as (insert into stock_movements (variant_id, kind, quantity, at)
        values ({spare4}, 'reserved', 1, now())) update inventory set reserved = reserved + 1 where variant_id = {spare4}"),
    ("holds_match_status", "update reservations set state = 'released' where order_id = {awaiting0}"),
    ("holds_match_status", "update reservations set state = 'sold' where order_id = {awaiting1}"),
    ("holds_match_status", "update reservations set state = 'released' where order_id = {confirmed0}"),
    ("holds_match_status", "update reservations set state = 'held' where order_id = {paid0}"),
    ("holds_match_status", "update reservations set state = 'held' where order_id = {cancelled0}"),
    ("holds_match_status", "update reservations set state = 'held' where order_id = {expired0}"),
    ("holds_match_status", "update reservations set state = 'released' where order_id = {refunded0}"),
    ("lines_are_reserved", "delete from reservations where order_id = {awaiting2}"),
    ("lines_are_reserved", "update reservations set quantity = quantity + 1 where order_id = {paid1}"),
    ("lines_are_reserved", "insert into reservations values ({confirmed1}, {spare5}, 1, 'held')"),
    ("order_sums", "update orders set total = total + 1 where id = {confirmed0}"),
    ("order_sums", "update vendor_orders set total = total + 1 where order_id = {confirmed1}"),
    ("order_sums", "update order_items set unit_price = unit_price + 1 where order_id = {confirmed2}"),
    ("children_have_orders", "insert into order_history values (gen_random_uuid(), 1, 'pending', 'system', null, now())"),
    ("children_have_orders", "insert into order_items (order_id, line_no, vendor_id, variant_id, product_id, title, unit_price, quantity)
        select gen_random_uuid(), 1, vendor_id, variant_id, product_id, title, 1, 1 from order_items where order_id = {paid0}"),
    ("children_have_orders", "insert into vendor_orders (id, order_id, vendor_id, vendor_name, status, total, commission_rate, commission)
        select gen_random_uuid(), gen_random_uuid(), vendor_id, vendor_name, 'pending', 1, 0, 0 from vendor_orders where order_id = {paid0}"),
    ("lines_name_variants", "update order_items set variant_id = gen_random_uuid() where order_id = {rejected0}"),
    ("history_matches_status", "delete from order_history where order_id = {pending0}"),
    ("history_matches_status", "insert into order_history values ({confirmed0}, 99, 'paid', 'system', null, now())"),
    ("history_matches_status", "update orders set status = 'shipped' where id = {confirmed2}"),
    ("paid_orders_have_one_capture", "update payments set captured_amount = captured_amount - 1 where order_id = {paid0}"),
    ("paid_orders_have_one_capture", "update payments set status = 'failed' where order_id = {paid1}"),
    ("paid_orders_have_one_capture", "update payments set status = 'captured' where order_id = {awaiting0}"),
    ("paid_orders_have_one_capture", "insert into payments (id, order_id, gateway, status, currency, amount, closes_at, created_at, updated_at)
        select gen_random_uuid(), order_id, gateway, 'captured', currency, amount, now(), now(), now() from payments
        where order_id = {paid2}"),
    ("one_open_payment", "insert into payments (id, order_id, gateway, status, currency, amount, closes_at, created_at, updated_at)
        select gen_random_uuid(), order_id, gateway, 'unknown', currency, amount, now(), now(), now() from payments
        where order_id = {awaiting1}"),
    ("refunds_within_capture", "update payments set refunded_amount = refunded_amount + 1 where order_id = {paid3}"),
    ("refunds_within_capture", "update payments set refunding_amount = refunding_amount + 1 where order_id = {paid4}"),
    ("refunds_within_capture", "update payments set captured_amount = 1 where order_id = {refunded1}"),
    ("refund_shares_sum", "update refund_shares set amount = amount + 1
        where refund_id in (select id from refunds where order_id = {refunded0})"),
    ("refunded_pieces", "update order_items set refunded_quantity = 1 where order_id = {paid4}"),
    ("nothing_is_forgotten", "delete from jobs where dedupe_key = 'reserve_stock:' || {pending0}"),
    ("nothing_is_forgotten", "update refunds set status = 'submitted' where order_id = {refunded1}"),
    ("nothing_is_forgotten", "update refunds set status = 'pending' where order_id = {refunded0}"),
    ("nothing_is_forgotten", "delete from jobs where kind = 'expire_hold' and payload->>'order_id' = {awaiting2}"),
    ("nothing_is_forgotten", "update payments set status = 'open' where order_id = {cancelled0}"),
    (
        "nothing_is_forgotten",
        "update payments set status = 'surplus', captured_amount = 5 where order_id = {expired0}",
    ),
    ("nothing_is_forgotten", "insert into webhook_events (id, gateway, event_id, kind, body, received_at)
        values (gen_random_uuid(), 'stripe', 'evt_x', 'x', '{}', now())"),
];

/// Takes all guards of the database away.
const UNGUARDED: &str = "do $$ declare one record; begin
    for one in select conrelid::regclass as place, conname from pg_constraint
        where connamespace = 'public'::regnamespace and contype in ('f', 'u', 'c') and conrelid <> 0
        order by contype = 'f' desc
    loop execute format('alter table %s drop constraint %I', one.place, one.conname); end loop;
    for one in select indexrelid::regclass as name from pg_index i join pg_class c on c.oid = i.indexrelid
        where c.relnamespace = 'public'::regnamespace and indisunique and not indisprimary
    loop execute format('drop index %s', one.name); end loop;
    alter table ledger_entries disable trigger all;
    alter table ledger_transactions disable trigger all;
end $$";

/// A market with orders in every state and with spare goods, by name.
async fn market(sale: &Sale) -> HashMap<String, Uuid> {
    let mut names = HashMap::new();
    let (world, admin) = (&sale.world, &sale.admin);
    let pin = sale.pots.sells(world, "Pin", "1.00", 1000).await.variant;
    for number in 0..6 {
        let spare = sale.pots.sells(world, &format!("Spare {number}"), "1.00", 5).await;
        names.insert(format!("spare{number}"), spare.variant);
    }
    for (state, count) in [("paid", 5), ("refunded", 2), ("expired", 1)] {
        for number in 0..count {
            let order = sale.customer.order("stripe", &[(pin, 2)]).await;
            names.insert(format!("{state}{number}"), order);
            world.work().await;
            if state != "expired" {
                world.sandbox.pay(&sale.customer.payment_page(order).await, Outcome::Pay).expect("open");
                world.work().await;
            }
        }
    }
    world.work_past_the_hold().await;
    names.insert("cancelled0".into(), sale.customer.order("stripe", &[(pin, 2)]).await);
    for number in 0..3 {
        names.insert(format!("awaiting{number}"), sale.customer.order("stripe", &[(pin, 2)]).await);
        names
            .insert(format!("confirmed{number}"), sale.customer.order("cash_on_delivery", &[(pin, 2)]).await);
    }
    let late = world.customer().await;
    late.fill_cart(&[(sale.mug.variant, 5)]).await;
    sale.customer.order("cash_on_delivery", &[(sale.mug.variant, 1)]).await;
    names.insert("rejected0".into(), late.check_out_with("late", "cash_on_delivery").await.id());
    world.work().await;
    for number in 0..2 {
        let order = names[&format!("refunded{number}")];
        assert_eq!(admin.refund(order, json!({ "restock": true })).await.status.as_u16(), 202);
    }
    assert!(sale.customer.cancel(names["cancelled0"]).await.status.is_success());
    world.work().await;
    names.insert("pending0".into(), sale.customer.order("stripe", &[(pin, 2)]).await);
    names
}

async fn differences(world: &World) -> HashMap<&'static str, usize> {
    let mut counts = HashMap::new();
    for difference in verify::differences(&world.pool).await.expect("the database answers") {
        *counts.entry(difference.law).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn every_law_can_be_broken_and_tells() {
    let sale = Sale::placed().await;
    let names = market(&sale).await;
    let world = &sale.world;
    for (name, id) in names.iter().filter(|(name, _)| !name.starts_with("spare")) {
        let state =
            name.trim_end_matches(|c: char| c.is_ascii_digit()).replace("awaiting", "awaiting_payment");
        let buyer = if state == "rejected" { &sale.admin } else { &sale.customer };
        assert_eq!(buyer.status(*id).await, state, "{name}");
    }
    world.books_balance().await;
    sqlx::query(UNGUARDED).execute(&world.pool).await.expect("no guards");
    world.books_balance().await;

    let mut before = differences(world).await;
    for (law, breach) in BREACHES {
        let sql = names.iter().fold((*breach).to_owned(), |sql, (name, id)| {
            sql.replace(&format!("{{{name}}}"), &format!("'{id}'"))
        });
        let broken = sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&world.pool).await;
        assert!(broken.unwrap_or_else(|error| panic!("{breach}: {error}")).rows_affected() > 0, "{breach}");
        let after = differences(world).await;
        assert!(after.get(law) > before.get(law), "{law} does not notice: {breach}");
        before = after;
    }
    let untested: Vec<&str> =
        LAWS.iter().map(|law| law.name).filter(|name| !BREACHES.iter().any(|(law, _)| law == name)).collect();
    assert!(untested.is_empty(), "no breach of {untested:?}");
}

#[tokio::test]
async fn the_database_refuses_most_of_it_by_itself() {
    let sale = Sale::paid().await;
    for refused in [
        "update inventory set on_hand = -1",
        "update inventory set reserved = on_hand + 1",
        "update payments set refunded_amount = captured_amount + 1",
        "update payments set refunded_amount = 20, refunding_amount = 20",
        "update ledger_entries set amount = amount + 1",
        "delete from ledger_entries",
        "delete from ledger_transactions",
        "insert into ledger_entries select transaction_id, 99, account, subject, currency, 1 from ledger_entries limit 1",
        "insert into ledger_transactions select gen_random_uuid(), kind, source_id, order_id, posted_at from ledger_transactions",
        "update order_items set refunded_quantity = quantity + 1",
        "insert into payments (id, order_id, gateway, status, currency, amount, captured_amount, closes_at,
                               created_at, updated_at)
         select gen_random_uuid(), order_id, gateway, status, currency, amount, amount, now(), now(), now() from payments",
    ] {
        let error = sqlx::query(refused).execute(&sale.world.pool).await.expect_err(refused);
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
        // Unique, check or restrict violation: a guard, and no mistake in the statement.
        assert!(["23505", "23514", "23001"].contains(&code.as_str()), "{refused}: {error}");
    }
    sale.world.books_balance().await;
}
