-- Kassa's first schema. Times are milliseconds since 1970 UTC, amounts are minor units, flags are 0 and 1.
-- Ids are made by the database; public ids are 16 bytes, unique in a merchant and mode.

create table settings (
  name text primary key,
  value text not null
) strict;

-- Random keys, each sealed by the root key. Merchant 0 is the installation.
create table wrapped_keys (
  purpose text not null,
  merchant integer not null,
  version integer not null,
  wrapped blob not null,
  created_at integer not null,
  primary key (purpose, merchant, version)
) strict;

create table merchants (
  id integer primary key,
  public_id blob not null unique check (length(public_id) = 16),
  name text not null unique,
  -- Space-separated origins that may frame a live checkout.
  frame_origins text not null,
  -- How long an unpaid checkout stays open; null is for ever.
  checkout_life integer check (checkout_life > 0),
  created_at integer not null
) strict;

create table credentials (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  api text not null,
  kind text not null,
  hash blob not null unique check (length(hash) = 32),
  last_four text not null,
  created_at integer not null,
  expires_at integer,
  revoked_at integer
) strict;
create index credentials_of_merchant on credentials (merchant, id);

-- The integer key is shown by one API, where it counts from 1001.
create table customers (
  id integer primary key autoincrement,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 16),
  -- How many events tell of it.
  sequence integer not null,
  name text,
  -- The parts as an API sent them; null when the name came as a whole.
  first_name text,
  last_name text,
  email text,
  email_folded text,
  metadata text not null,
  created_at integer not null,
  changed_at integer not null,
  unique (merchant, mode, public_id),
  check ((first_name is null) = (last_name is null)),
  check ((email is null) = (email_folded is null))
) strict;
create index customers_by_email on customers (merchant, mode, email_folded, id);

-- A payment and, where it has one, its page. The sums are those of its succeeded actions; what is under way at the
-- acquirer is reserved beside them.
create table payments (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 16),
  customer integer references customers on delete set null,
  api text not null,
  -- Grows with every write, so that a change made on an outdated reading is refused.
  version integer not null,
  -- How many events tell of it.
  sequence integer not null,
  state text not null,
  currency text not null check (length(currency) = 3),
  amount integer not null check (amount between 0 and 999999999999),
  authorized integer not null check (authorized in (0, amount)),
  captured integer not null check (captured >= 0),
  voided integer not null check (voided >= 0),
  refunded integer not null check (refunded >= 0),
  authorizing integer not null check (authorizing in (0, 1)),
  capturing integer not null check (capturing >= 0),
  voiding integer not null check (voiding >= 0),
  refunding integer not null check (refunding >= 0),
  captures_itself integer not null check (captures_itself in (0, 1)),
  description text not null,
  reference text,
  metadata text not null,
  -- What only the API that made the payment knows, echoed to it and read by nobody else.
  extras text,
  page_return_url text,
  page_cancel_url text,
  page_framed integer check (page_framed in (0, 1)),
  page_offers_saving integer check (page_offers_saving in (0, 1)),
  page_expires_at integer,
  last_decline text,
  card_brand text,
  card_last_four text check (length(card_last_four) = 4),
  authorized_at integer,
  lapses_at integer,
  created_at integer not null,
  changed_at integer not null,
  unique (merchant, mode, public_id),
  check (captured + capturing + voided + voiding <= authorized),
  check (refunded + refunding <= captured),
  check (capturing = 0 or voiding = 0),
  check ((page_return_url is null) = (page_cancel_url is null)),
  check (state in ('pending', 'retryable') or authorizing = 0),
  check (case state
    when 'pending' then authorized = 0
    when 'retryable' then authorized = 0 and last_decline is not null
    when 'declined' then authorized = 0 and last_decline is not null
    when 'canceled' then authorized = 0
    when 'expired' then authorized = 0
    when 'authorized' then authorized > 0 and captured = 0 and voided < authorized
    when 'partially_captured' then captured > 0 and captured + voided < authorized and refunded = 0
    when 'captured' then captured > 0 and captured + voided = authorized and refunded = 0
    when 'voided' then authorized > 0 and voided = authorized
    when 'partially_refunded' then refunded > 0 and refunded < captured
    when 'refunded' then captured > 0 and refunded = captured
    when 'verified' then amount = 0
    else false end)
) strict;
create index payments_of_customer on payments (customer, id);
create index payments_to_expire on payments (page_expires_at) where page_expires_at is not null and state in ('pending', 'retryable');
create index payments_to_lapse on payments (lapses_at) where lapses_at is not null and state in ('authorized', 'partially_captured');

-- The ledger: what was asked of the acquirer and what became of it.
create table actions (
  id integer primary key,
  payment integer not null references payments on delete cascade,
  -- The operation id that the acquirer is told, and the action's public id.
  public_id blob not null unique check (length(public_id) = 16),
  kind text not null check (kind in ('authorize', 'capture', 'void', 'refund')),
  status text not null check (status in ('pending', 'succeeded', 'declined')),
  amount integer not null check (amount between 0 and 999999999999),
  -- The buyer's one-time form, so that a double click is one attempt.
  attempt blob,
  reason text,
  details text,
  response_code text,
  acquirer_reference text,
  -- When to ask the acquirer what became of it, and how often that was done.
  ask_at integer,
  asked integer not null,
  created_at integer not null,
  settled_at integer,
  check ((status = 'pending') = (ask_at is not null)),
  check ((status = 'pending') = (settled_at is null)),
  unique (payment, attempt)
) strict;
create index actions_of_payment on actions (payment, id);
create unique index actions_authorize_once on actions (payment) where kind = 'authorize' and status in ('pending', 'succeeded');
create index actions_to_ask on actions (ask_at) where ask_at is not null;

-- What happened, one row a change of one object, in its own sequence without gaps.
create table events (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null unique check (length(public_id) = 16),
  kind text not null,
  object blob not null check (length(object) = 16),
  sequence integer not null check (sequence > 0),
  created_at integer not null,
  unique (merchant, mode, object, sequence)
) strict;

create table idempotency_keys (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  api text not null,
  method text not null,
  path text not null,
  key text not null,
  body_mac blob not null check (length(body_mac) = 32),
  -- The operation at the acquirer that the request began, while it has no reply.
  action integer references actions on delete cascade,
  -- A reply goes with the customer it speaks of.
  customer integer references customers on delete cascade,
  reply blob,
  created_at integer not null,
  expires_at integer not null,
  unique (merchant, mode, api, method, path, key)
) strict;
create index idempotency_keys_to_forget on idempotency_keys (expires_at);
create index idempotency_keys_of_customer on idempotency_keys (customer);
create index idempotency_keys_of_action on idempotency_keys (action);

-- What an acquirer without books of its own (the simulator) remembers of its operations.
create table acquirer_books (
  operation blob not null check (length(operation) = 16),
  -- 0 is what was asked, 1 is what the buyer answered to a challenge.
  step integer not null check (step in (0, 1)),
  entry text not null,
  created_at integer not null,
  primary key (operation, step)
) strict;

insert into sqlite_sequence (name, seq) values ('customers', 1000);

-- Settled actions are the ledger's entries: nobody changes or removes them.
create trigger actions_settle_once before update on actions when old.status <> 'pending'
begin select raise(abort, 'a settled action never changes'); end;
create trigger actions_stay before delete on actions when old.status = 'succeeded'
begin select raise(abort, 'a succeeded action is never removed'); end;

-- The amount and the currency that a buyer agreed to stand, and a version follows its predecessor.
create trigger payments_keep_terms before update on payments
  when new.amount <> old.amount or new.currency <> old.currency or new.merchant <> old.merchant or new.mode <> old.mode
    or new.captures_itself <> old.captures_itself
begin select raise(abort, 'the terms of a payment never change'); end;
create trigger payments_move_forward before update on payments
  when new.version not in (old.version, old.version + 1) or new.sequence not in (old.sequence, old.sequence + 1)
begin select raise(abort, 'a payment changes one version at a time'); end;
create trigger payments_sums_grow before update on payments
  when new.authorized < old.authorized or new.captured < old.captured or new.voided < old.voided or new.refunded < old.refunded
begin select raise(abort, 'the sums of a payment never shrink'); end;
create trigger payments_end before update on payments
  when old.state in ('declined', 'canceled', 'expired', 'voided', 'refunded', 'verified') and new.state <> old.state
begin select raise(abort, 'a payment that ended stays ended'); end;
