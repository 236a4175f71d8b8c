-- Captures and refunds of a payment may be under way side by side, and what was captured can be given back while a rest is
-- still open. A void excludes all others. "refunded" now says that nothing is open either.
-- SQLite changes no check of a table that is there, but where the rows stay as they are, its text may be written anew.
pragma writable_schema = on;
update sqlite_schema set sql = replace(replace(replace(sql,
    'check (capturing = 0 or voiding = 0)',
    'check (voiding = 0 or capturing + refunding = 0)'),
    'when ''partially_refunded'' then refunded > 0 and refunded < captured',
    'when ''partially_refunded'' then refunded > 0 and (refunded < captured or captured + voided < authorized)'),
    'when ''refunded'' then captured > 0 and refunded = captured',
    'when ''refunded'' then captured > 0 and refunded = captured and captured + voided = authorized')
  where type = 'table' and name = 'payments';
pragma writable_schema = reset;

drop index payments_to_lapse;
create index payments_to_lapse on payments (lapses_at)
  where lapses_at is not null and state in ('authorized', 'partially_captured', 'partially_refunded');
drop index payments_to_capture;
create index payments_to_capture on payments (capture_at)
  where capture_at is not null and state in ('authorized', 'partially_captured', 'partially_refunded');
