-- Owned by `shared::payments`. Why an attempt came to nothing, as a code that customers' frontends can show.
-- `failure` stays what it was, the gateway's own word, and is for operators from now on.
--
-- Expand only. The version before writes `failure` and no code while this one rolls out; readers take such a row for
-- `refused`.
set local lock_timeout = '10s';
alter table payments add column failure_code text;
alter table payments
    add constraint payments_failure_code_known check (failure_code in (
        'declined', 'insufficient_funds', 'authentication_failed', 'invalid_details', 'repeated_too_soon', 'abandoned',
        'expired', 'replaced', 'amount_not_supported', 'misconfigured', 'gateway_unavailable', 'refused'))
    not valid;
-- When the customer's browser said that the page was left. No proof, so it ends nothing: it only lets the customer have
-- another page in place of this one.
alter table payments add column left_at timestamptz;
