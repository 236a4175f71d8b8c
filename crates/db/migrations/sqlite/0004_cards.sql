-- Cards that belong to nobody yet, what an API knows of a card's holder, and tokens.

-- SQLite cannot let a column be null that was not, so the table is made anew. Dropping the old one would forget which
-- payment was made with which card, so that is kept beside it.
create temporary table payments_by_card as select id, instrument from payments where instrument is not null;

create table instruments_new (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 16),
  -- Null for a card that belongs to nobody yet.
  customer integer references customers on delete cascade,
  fingerprint integer not null references fingerprints,
  status text not null check (status in ('waiting', 'active', 'revoked')),
  -- The action that it waits for.
  action integer references actions on delete cascade,
  is_default integer not null check (is_default in (0, 1)),
  sealed blob not null,
  brand text not null,
  first_six text not null check (length(first_six) = 6),
  last_four text not null check (length(last_four) = 4),
  expiry_year integer not null check (expiry_year between 2000 and 2099),
  expiry_month integer not null check (expiry_month between 1 and 12),
  -- JSON of the API that knows the holder, which is echoed to it and read by nobody else.
  holder text,
  -- The wallet that the card came out of.
  wallet text,
  created_at integer not null,
  unique (merchant, mode, public_id),
  check ((status = 'waiting') = (action is not null)),
  check ((status = 'active' and customer is not null) or is_default = 0)
) strict;
insert into instruments_new
  (id, merchant, mode, public_id, customer, fingerprint, status, action, is_default, sealed, brand, first_six,
   last_four, expiry_year, expiry_month, created_at)
  select id, merchant, mode, public_id, customer, fingerprint, status, action, is_default, sealed, brand, first_six,
   last_four, expiry_year, expiry_month, created_at from instruments;
drop table instruments;
alter table instruments_new rename to instruments;
update payments set instrument = (select instrument from payments_by_card kept where kept.id = payments.id)
  where id in (select id from payments_by_card);
drop table payments_by_card;

create unique index instruments_once on instruments (customer, fingerprint) where status = 'active';
create unique index instruments_one_default on instruments (customer) where is_default = 1;
create index instruments_of_customer on instruments (customer, id);
create index instruments_of_action on instruments (action);
create index instruments_of_fingerprint on instruments (fingerprint);

-- A card that was handed in for one use. Its number and holder go with the use, or when its time is over; the row
-- stays for a while, so that a second use is told from a made-up token.
create table tokens (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 16),
  sealed blob,
  holder text,
  wallet text,
  brand text not null,
  first_six text not null check (length(first_six) = 6),
  last_four text not null check (length(last_four) = 4),
  expiry_year integer not null check (expiry_year between 2000 and 2099),
  expiry_month integer not null check (expiry_month between 1 and 12),
  used_at integer,
  expires_at integer not null,
  created_at integer not null,
  unique (merchant, mode, public_id),
  check (used_at is null or (sealed is null and holder is null)),
  check (holder is null or sealed is not null)
) strict;
create index tokens_to_empty on tokens (expires_at) where sealed is not null;
create index tokens_to_forget on tokens (expires_at) where sealed is null;
