-- Owned by `shared::payments`. Codes for the failures that are on record. Few rows have one, and no other is touched.
update payments
set failure_code = case failure
        when 'left' then 'abandoned'
        when 'replaced' then 'replaced'
        when 'insufficient_funds' then 'insufficient_funds'
        when '2023' then 'insufficient_funds'
        when 'Insufficient Funds' then 'insufficient_funds'
        when 'authentication_required' then 'authentication_failed'
        when 'expired_card' then 'invalid_details'
        when 'incorrect_cvc' then 'invalid_details'
        when 'incorrect_number' then 'invalid_details'
        when 'card_declined' then 'declined'
        when 'generic_decline' then 'declined'
        when 'do_not_honor' then 'declined'
        when 'Declined' then 'declined'
        when 'failed' then 'declined'
        when 'failed/cancelled' then 'declined'
        when 'cancelled' then 'abandoned'
        when '2029' then 'repeated_too_soon'
        when 'amount_too_small' then 'amount_not_supported'
        when 'amount_too_large' then 'amount_not_supported'
        when 'url_invalid' then 'misconfigured'
        else 'refused'
    end
where failure is not null
  and failure_code is null;
-- Our own words were never a gateway's.
update payments
set failure = null
where failure in ('left', 'replaced', 'refused')
  and failure_code is not null;
alter table payments validate constraint payments_failure_code_known;
