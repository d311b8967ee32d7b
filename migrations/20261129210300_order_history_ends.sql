-- no-transaction
-- Orders that got to a status which few do: what operators list by it. Owned by `shared::orders`. On the history, whose rows
-- never change: an index on the status of orders would make each of its changes a write to all their indexes.
create index concurrently order_history_ends on order_history (status, order_id desc)
    where status in ('rejected', 'expired', 'cancelled', 'refunded');
