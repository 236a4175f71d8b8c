-- Captures and refunds of a payment may be under way side by side, and what was captured can be given back while a rest is
-- still open. A void excludes all others. "refunded" now says that nothing is open either.
alter table payments
  drop constraint payments_check3,
  add constraint payments_void_alone check (voiding = 0 or capturing + refunding = 0),
  drop constraint payments_check6,
  add constraint payments_state check (case state
    when 'pending' then authorized = 0
    when 'retryable' then authorized = 0 and last_decline is not null
    when 'declined' then authorized = 0 and last_decline is not null
    when 'canceled' then authorized = 0
    when 'expired' then authorized = 0
    when 'authorized' then authorized > 0 and captured = 0 and voided < authorized
    when 'partially_captured' then captured > 0 and captured + voided < authorized and refunded = 0
    when 'captured' then captured > 0 and captured + voided = authorized and refunded = 0
    when 'voided' then authorized > 0 and voided = authorized
    when 'partially_refunded' then refunded > 0 and (refunded < captured or captured + voided < authorized)
    when 'refunded' then captured > 0 and refunded = captured and captured + voided = authorized
    when 'verified' then amount = 0
    else false end);

drop index payments_to_lapse;
create index payments_to_lapse on payments (lapses_at)
  where lapses_at is not null and state in ('authorized', 'partially_captured', 'partially_refunded');
drop index payments_to_capture;
create index payments_to_capture on payments (capture_at)
  where capture_at is not null and state in ('authorized', 'partially_captured', 'partially_refunded');
