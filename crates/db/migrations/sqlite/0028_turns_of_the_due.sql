-- What is due is done in turns of the merchants, so that nobody waits behind all of another's. Each index has just what can be
-- done: what is under way at the acquirer stands in nobody's way.
drop index payments_to_expire;
create index payments_to_expire on payments (merchant, page_expires_at, id) where page_expires_at is not null
  and state in ('pending', 'retryable') and authorizing = 0;
drop index payments_to_lapse;
create index payments_to_lapse on payments (merchant, lapses_at, id) where lapses_at is not null
  and state in ('authorized', 'partially_captured', 'partially_refunded') and authorized > captured + voided
  and raises = 0 and capturing = 0 and voiding = 0;
drop index payments_to_capture;
create index payments_to_capture on payments (merchant, capture_at, id) where capture_at is not null
  and state in ('authorized', 'partially_captured', 'partially_refunded') and authorized > captured + voided
  and raises = 0 and capturing = 0 and voiding = 0;
-- Whose action it is. Those that were settled before this was written have 0, because they never change.
alter table actions add column merchant integer not null default 0;
update actions set merchant = (select merchant from payments where id = actions.payment)
  where ask_at is not null and status = 'pending';
drop index actions_to_ask;
create index actions_to_ask on actions (merchant, ask_at, id) where ask_at is not null and status = 'pending';
