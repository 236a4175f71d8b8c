-- Payments that a client charges by itself: which card, when to capture, and what it says of each operation.

-- What may be shown of the card beside its brand and its last four digits.
alter table payments add column card_first_six text check (length(card_first_six) = 6);
alter table payments add column card_expiry_year integer check (card_expiry_year between 2000 and 2099);
alter table payments add column card_expiry_month integer check (card_expiry_month between 1 and 12);
alter table payments add column card_fingerprint blob check (length(card_fingerprint) = 16);
-- Whether the security code went along.
alter table payments add column card_code_sent integer check (card_code_sent in (0, 1));
-- JSON of the API that knows the holder; it goes with the customer.
alter table payments add column card_holder text;
-- When it is captured by itself.
alter table payments add column capture_at integer;
create index payments_to_capture on payments (capture_at) 
  where capture_at is not null and state in ('authorized', 'partially_captured');
create index payments_by_reference on payments (merchant, mode, reference, id) where reference is not null;

-- Whether a capture releases what it leaves.
alter table actions add column is_final integer not null default 1 check (is_final in (0, 1));
-- The client's own reference and keys of the operation.
alter table actions add column reference text;
alter table actions add column metadata text;

-- A page that a client asked for under an id of its own, beside that of the payment.
create table hosted_pages (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 9),
  -- What the API calls such a page.
  kind text not null,
  payment integer not null references payments on delete cascade,
  -- JSON that is echoed to the API and read by nobody else; it goes with the customer.
  request text,
  unique (merchant, mode, public_id)
) strict;
create index hosted_pages_of_payment on hosted_pages (payment);
