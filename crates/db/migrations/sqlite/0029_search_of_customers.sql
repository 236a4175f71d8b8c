-- The index of what customers are searched by: runs of one to three letters of names, addresses and phones. The customers of
-- one merchant and mode are taken together in segments, and for each run it is kept which customers of a segment have it. Some
-- runs share a number, so that a segment has some ten thousand of them at most, whatever its customers are called.
create table customer_segments (
  -- The first and the last customer's integer; no other customer of the merchant and mode is in between.
  first integer primary key,
  last integer not null check (last >= first),
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  -- How far each of them is from the one before, 4 bytes each.
  customers blob not null,
  -- Who fills a segment raises it, and writes no more once somebody else has. Nobody else does before that time.
  version integer not null,
  held_until integer not null,
  -- Whether all of it was written once.
  is_whole integer not null check (is_whole in (0, 1))
) strict;
create index customer_segments_in_order on customer_segments (merchant, mode, first);
create index customer_segments_to_fill on customer_segments (first) where is_whole = 0;

create table customer_runs (
  segment integer not null references customer_segments (first),
  run integer not null,
  -- Which places of the segment have it.
  places blob not null,
  primary key (segment, run)
) strict, without rowid;

-- Customers who were changed or deleted since a segment was written. They are looked at one by one until it is brought up
-- to date.
create table customers_to_index (
  customer integer primary key,
  merchant integer not null,
  mode text not null check (mode in ('test', 'live')),
  -- The customer's own at its last change.
  sequence integer not null,
  -- When the first of these changes was.
  since integer not null
) strict;
create index customers_to_index_in_order on customers_to_index (merchant, mode, customer);
create index customers_to_index_by_age on customers_to_index (merchant, since, customer);
