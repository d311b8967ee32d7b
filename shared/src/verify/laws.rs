//! The laws of conservation. The list only grows.

/// A law.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    pub name: &'static str,
    /// In the words of an operator.
    pub says: &'static str,
    /// The query that finds violations: rows of `subject` and `detail`, both text. `None` for the law that is checked
    /// by reading the orders.
    pub(super) sql: Option<&'static str>,
}

pub const LAWS: &[Law] = &[
    Law {
        name: "stock_matches_journal",
        says: "on_hand = received + restocked + adjusted - sold, and reserved = reserved - released - sold",
        sql: Some("
            select i.variant_id::text as subject,
                   format('on_hand %s, journal %s; reserved %s, journal %s',
                          i.on_hand, coalesce(m.on_hand, 0), i.reserved, coalesce(m.reserved, 0)) as detail
            from inventory i
            left join (
              select variant_id,
                     sum(case kind when 'received' then quantity when 'restocked' then quantity
                                   when 'adjusted' then quantity when 'sold' then -quantity else 0 end) as on_hand,
                     sum(case kind when 'reserved' then quantity when 'released' then -quantity
                                   when 'sold' then -quantity else 0 end) as reserved
              from stock_movements
              group by variant_id
            ) m on m.variant_id = i.variant_id
            where i.on_hand <> coalesce(m.on_hand, 0) or i.reserved <> coalesce(m.reserved, 0)
               or i.on_hand < 0 or i.reserved < 0 or i.reserved > i.on_hand"),
    },
    Law {
        name: "journal_has_stock",
        says: "every movement belongs to a variant that has a stock row",
        sql: Some("
            select m.variant_id::text as subject, format('%s movement(s) without stock', count(*)) as detail
            from stock_movements m
            where not exists (select from inventory i where i.variant_id = m.variant_id)
            group by m.variant_id"),
    },
    Law {
        name: "reserved_matches_holds",
        says: "reserved is the sum of what orders hold",
        sql: Some("
            select i.variant_id::text as subject,
                   format('reserved %s, held by orders %s', i.reserved, coalesce(h.quantity, 0)) as detail
            from inventory i
            left join (
              select variant_id, sum(quantity) as quantity from reservations where state = 'held' group by variant_id
            ) h on h.variant_id = i.variant_id
            where i.reserved <> coalesce(h.quantity, 0)"),
    },
    Law {
        name: "holds_match_status",
        says: "an order holds stock while it waits or is confirmed, has sold it once paid, and has none otherwise",
        sql: Some("
            select o.id::text as subject, format('order is %s, reservation of %s is %s', o.status, r.variant_id, r.state) as detail
            from orders o
            join reservations r on r.order_id = o.id
            where case
                when o.status in ('awaiting_payment', 'confirmed') then r.state <> 'held'
                when o.status in ('expired', 'rejected', 'pending') then r.state <> 'released'
                when o.status in ('paid', 'refunded') then r.state <> 'sold'
                when o.status = 'cancelled' then r.state = 'held'
                else false
              end"),
    },
    Law {
        name: "lines_are_reserved",
        says: "what a waiting, confirmed or paid order bought is what it holds or has sold",
        sql: Some("
            select o.id::text as subject,
                   format('%s: bought %s, reserved %s of %s', o.status, l.quantity, coalesce(r.quantity, 0), l.variant_id) as detail
            from orders o
            join lateral (
              select variant_id, sum(quantity) as quantity from order_items where order_id = o.id group by variant_id
            ) l on true
            left join reservations r on r.order_id = o.id and r.variant_id = l.variant_id
            where o.status in ('awaiting_payment', 'confirmed', 'paid') and l.quantity <> coalesce(r.quantity, 0)
            union all
            select r.order_id::text, format('reserved %s of %s, which it did not buy', r.quantity, r.variant_id)
            from reservations r
            where not exists (select from order_items l where l.order_id = r.order_id and l.variant_id = r.variant_id)"),
    },
    Law {
        name: "order_sums",
        says: "an order's total is the sum of its parts, and of its lines",
        sql: Some("
            select o.id::text as subject, format('total %s, parts %s, lines %s', o.total, p.total, l.total) as detail
            from orders o
            left join lateral (select sum(total) as total from vendor_orders where order_id = o.id) p on true
            left join lateral (select sum(unit_price * quantity) as total from order_items where order_id = o.id) l on true
            where o.total is distinct from p.total or o.total is distinct from l.total"),
    },
    Law {
        name: "children_have_orders",
        says: "every part, line and step of history belongs to an order, and every order has each of them",
        sql: Some("
            select c.order_id::text as subject, format('%s without an order', c.what) as detail
            from (
              select order_id, 'part' as what from vendor_orders
              union all
              select order_id, 'line' from order_items
              union all
              select order_id, 'step of history' from order_history
            ) c
            where not exists (select from orders o where o.id = c.order_id)
            union all
            select o.id::text, 'order without part, line or history'
            from orders o
            where not exists (select from vendor_orders p where p.order_id = o.id)
               or not exists (select from order_items l where l.order_id = o.id)
               or not exists (select from order_history h where h.order_id = o.id)"),
    },
    Law {
        name: "lines_name_variants",
        says: "every line names a variant",
        sql: Some("
            select l.order_id::text as subject, format('line %s names %s', l.line_no, l.variant_id) as detail
            from order_items l
            where not exists (select from variants v where v.id = l.variant_id)"),
    },
    Law {
        name: "history_matches_status",
        says: "the last step of an order's history is its status",
        sql: Some("
            select o.id::text as subject, format('status %s, history %s', o.status, h.status) as detail
            from orders o
            left join lateral (
              select status from order_history where order_id = o.id order by version desc limit 1
            ) h on true
            where o.status is distinct from h.status"),
    },
    Law {
        name: "paid_orders_have_one_capture",
        says: "a paid order has exactly one captured payment, of its total; an unpaid one has none",
        sql: Some("
            select o.id::text as subject,
                   format('%s with %s captured payment(s) of %s, total %s', o.status, p.count, p.amount, o.total) as detail
            from orders o
            join lateral (
              select count(*) as count, coalesce(sum(captured_amount), 0) as amount
              from payments
              where order_id = o.id and status = 'captured'
            ) p on true
            where (o.status in ('paid', 'refunded') and (p.count <> 1 or p.amount <> o.total))
               or (o.status in ('pending', 'awaiting_payment', 'confirmed', 'rejected', 'expired') and p.count <> 0)
               or p.count > 1"),
    },
    Law {
        name: "one_open_payment",
        says: "an order has at most one open payment",
        sql: Some("
            select order_id::text as subject, format('%s open payments', count(*)) as detail
            from payments
            where status in ('creating', 'unknown', 'open', 'processing')
            group by order_id
            having count(*) > 1"),
    },
    Law {
        name: "refunds_within_capture",
        says: "refunded and promised are the sums of a payment's refunds, and within what was captured",
        sql: Some("
            select p.id::text as subject,
                   format('captured %s, refunded %s (refunds %s), promised %s (refunds %s)', p.captured_amount,
                          p.refunded_amount, r.done, p.refunding_amount, r.open) as detail
            from payments p
            join lateral (
              select coalesce(sum(amount) filter (where status = 'succeeded'), 0) as done,
                     coalesce(sum(amount) filter (where status in ('requested', 'submitted', 'pending', 'needs_attention')), 0) as open
              from refunds
              where payment_id = p.id
            ) r on true
            where p.refunded_amount <> r.done or p.refunding_amount <> r.open
               or p.refunded_amount + p.refunding_amount > p.captured_amount"),
    },
    Law {
        name: "refund_shares_sum",
        says: "what vendors bear of a refund sums to it, if it takes from a sale",
        sql: Some("
            select r.id::text as subject, format('refund of %s, borne %s', r.amount, s.amount) as detail
            from refunds r
            join payments p on p.id = r.payment_id and p.status = 'captured'
            join lateral (select coalesce(sum(amount), 0) as amount from refund_shares where refund_id = r.id) s on true
            where r.amount <> s.amount"),
    },
    Law {
        name: "refunded_pieces",
        says: "the refunded pieces of a line are those of its refunds",
        sql: Some("
            select l.order_id::text as subject,
                   format('line %s: refunded %s, by refunds %s', l.line_no, l.refunded_quantity, coalesce(r.quantity, 0)) as detail
            from order_items l
            left join (
              select r.order_id, x.line_no, sum(x.quantity) as quantity
              from refunds r
              join refund_lines x on x.refund_id = r.id
              where r.status not in ('failed', 'cancelled')
              group by r.order_id, x.line_no
            ) r on r.order_id = l.order_id and r.line_no = l.line_no
            where l.refunded_quantity <> coalesce(r.quantity, 0)"),
    },
    Law {
        name: "ledger_balances",
        says: "every posting sums to zero in every currency",
        sql: Some("
            select transaction_id::text as subject, format('%s %s', sum(amount), currency) as detail
            from ledger_entries
            group by transaction_id, currency
            having sum(amount) <> 0"),
    },
    Law {
        name: "ledger_matches_payments",
        says: "every capture is posted once, and every refund that succeeded or bounced",
        sql: Some("
            select p.id::text as subject, format('payment is %s, posted %s time(s)', p.status, t.count) as detail
            from payments p
            join lateral (
              select count(*) as count from ledger_transactions
              where source_id = p.id and kind = case p.status when 'captured' then 'sale' else 'surplus' end
            ) t on true
            where p.status in ('captured', 'surplus') and t.count <> 1
            union all
            select r.id::text, format('refund is %s, posted %s time(s) less %s', r.status, t.there, t.back)
            from refunds r
            join lateral (
              select count(*) filter (where kind = 'refund') as there, count(*) filter (where kind = 'refund_failed') as back
              from ledger_transactions
              where source_id = r.id
            ) t on true
            where t.there - t.back <> case when r.status = 'succeeded' then 1 else 0 end"),
    },
    Law {
        name: "clearing_matches_payments",
        says: "what gateways hold for us by the ledger is what was captured less what was refunded",
        sql: Some("
            select coalesce(l.subject, p.gateway) || ' ' || coalesce(l.currency, p.currency) as subject,
                   format('ledger %s, payments %s', coalesce(l.amount, 0), coalesce(p.amount, 0)) as detail
            from (
              select subject, currency, sum(amount) as amount
              from ledger_entries
              where account = 'gateway_clearing'
              group by subject, currency
            ) l
            full join (
              select gateway, coalesce(captured_currency, currency) as currency, sum(captured_amount - refunded_amount) as amount
              from payments
              where status in ('captured', 'surplus')
              group by 1, 2
            ) p on p.gateway = l.subject and p.currency = l.currency
            where coalesce(l.amount, 0) <> coalesce(p.amount, 0)"),
    },
    Law {
        name: "nothing_is_forgotten",
        says: "what waits for a worker has a job that will come to it, and money that must go back is on its way",
        sql: Some("
            select o.id::text as subject, 'pending without a job' as detail
            from orders o
            where o.status = 'pending'
              and not exists (select from jobs j where j.dedupe_key = 'reserve_stock:' || o.id and j.status <> 'done')
            union all
            select r.id::text, 'refund is ' || r.status || ' without a job'
            from refunds r
            where r.status in ('requested', 'submitted')
              and not exists (select from jobs j where j.dedupe_key = 'submit_refund:' || r.id and j.status <> 'done')
            union all
            select r.id::text, 'refund is ' || r.status || ' and nobody asks about it'
            from refunds r
            where r.status in ('pending', 'needs_attention')
              and not exists (select from jobs j where j.dedupe_key = 'submit_refund:' || r.id and j.status <> 'done')
              and not exists (select from jobs j where j.dedupe_key = 'poll_refund:' || r.id and j.status <> 'done')
            union all
            select o.id::text, 'awaiting payment without an end'
            from orders o
            where o.status = 'awaiting_payment'
              and o.id::text not in (
                select j.payload->>'order_id' from jobs j
                where j.kind = 'expire_hold' and j.status <> 'done' and j.payload->>'order_id' is not null
              )
            union all
            select p.id::text, 'payment is ' || p.status || ' for an order that no longer waits, and nobody closes it'
            from payments p
            join orders o on o.id = p.order_id
            where p.status in ('creating', 'unknown', 'open', 'processing') and o.status <> 'awaiting_payment'
              and not exists (select from jobs j where j.dedupe_key = 'close_payment:' || p.id and j.status <> 'done')
            union all
            select p.id::text, format('payment is %s of a %s order: of %s only %s went or goes back', p.status, o.status,
                                      p.captured_amount, p.refunded_amount + p.refunding_amount)
            from payments p
            join orders o on o.id = p.order_id
            where (p.status = 'surplus' or (p.status = 'captured' and o.status = 'cancelled'))
              and p.refunded_amount + p.refunding_amount < p.captured_amount
              and not exists (select from incidents i where i.order_id = o.id and i.kind = 'refund_failed')
            union all
            select e.id::text, 'webhook received without a job'
            from webhook_events e
            where e.status = 'received'
              and not exists (select from jobs j where j.dedupe_key = 'apply_webhook:' || e.id and j.status <> 'done')"),
    },
    Law {
        name: "orders_can_be_read",
        says: "every order can be read by its customer, its vendors and an admin",
        sql: None,
    },
    Law {
        name: "listed_matches_status",
        says: "a product is in the public lists exactly while it and its shop are approved",
        sql: Some("
            select p.id::text as subject, format('listed: %s; product %s, shop %s', p.listed, p.status, v.status) as detail
            from products p
            join vendors v on v.id = p.vendor_id
            where p.listed <> (p.status = 'approved' and v.status = 'approved')"),
    },
    Law {
        name: "variants_of_one_kind",
        says: "the active variants of a product have one currency and the same option names",
        sql: Some("
            select v.product_id::text as subject,
                   format('%s currencies, %s sets of option names', count(distinct v.currency), count(distinct v.names)) as detail
            from (
              select product_id, currency, array(select jsonb_object_keys(options) order by 1) as names
              from variants
              where active
            ) v
            group by v.product_id
            having count(distinct v.currency) > 1 or count(distinct v.names) > 1"),
    },
];
