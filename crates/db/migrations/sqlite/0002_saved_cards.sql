-- Saved cards, the challenge of a buyer's bank, and what a merchant may switch.

-- A card number under a keyed code. Others see the random public id, so that a new key changes nothing outside.
create table fingerprints (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  code blob not null check (length(code) = 32),
  public_id blob not null check (length(public_id) = 16),
  unique (merchant, mode, code)
) strict;

-- A card of a customer. It waits while the payment that it is saved with is under way.
create table instruments (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 16),
  customer integer not null references customers on delete cascade,
  fingerprint integer not null references fingerprints,
  status text not null check (status in ('waiting', 'active')),
  -- The action that it waits for.
  action integer references actions on delete cascade,
  is_default integer not null check (is_default in (0, 1)),
  sealed blob not null,
  brand text not null,
  first_six text not null check (length(first_six) = 6),
  last_four text not null check (length(last_four) = 4),
  expiry_year integer not null check (expiry_year between 2000 and 2099),
  expiry_month integer not null check (expiry_month between 1 and 12),
  created_at integer not null,
  unique (merchant, mode, public_id),
  check ((status = 'waiting') = (action is not null)),
  check (status = 'active' or is_default = 0)
) strict;
create unique index instruments_once on instruments (customer, fingerprint) where status = 'active';
create unique index instruments_one_default on instruments (customer) where is_default = 1;
create index instruments_of_customer on instruments (customer, id);
create index instruments_of_action on instruments (action);
create index instruments_of_fingerprint on instruments (fingerprint);

-- Charged without a page, so nobody can try again.
alter table payments add column automatic integer not null default 0 check (automatic in (0, 1));
alter table payments add column instrument integer references instruments on delete set null;
create index payments_of_instrument on payments (instrument);
-- Where the buyer has to go before the operation goes on.
alter table actions add column challenge text;
alter table merchants add column saves_cards integer not null default 1 check (saves_cards in (0, 1));
