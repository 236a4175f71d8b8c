-- A payment that was refunded in part may have nothing left to be captured or released. It waits for neither.
drop index payments_to_lapse;
create index payments_to_lapse on payments (lapses_at) where lapses_at is not null
  and state in ('authorized', 'partially_captured', 'partially_refunded') and authorized > captured + voided;
drop index payments_to_capture;
create index payments_to_capture on payments (capture_at) where capture_at is not null
  and state in ('authorized', 'partially_captured', 'partially_refunded') and authorized > captured + voided;
