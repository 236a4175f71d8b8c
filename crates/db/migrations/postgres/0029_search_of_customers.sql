-- The index of what customers are searched by: runs of one to three letters of names, addresses and phones. The customers of
-- one merchant and mode are taken together in segments, and for each run it is kept which customers of a segment have it. Some
-- runs share a number, so that a segment has some ten thousand of them at most, whatever its customers are called.
create table customer_segments (
  -- The first and the last customer's integer; no other customer of the merchant and mode is in between.
  first bigint primary key,
  last bigint not null check (last >= first),
  merchant bigint not null references merchants,
  mode text collate "C" not null check (mode in ('test', 'live')),
  -- How far each of them is from the one before, 4 bytes each.
  customers bytea not null,
  -- Who fills a segment raises it, and writes no more once somebody else has. Nobody else does before that time.
  version bigint not null,
  held_until bigint not null,
  -- Whether all of it was written once.
  is_whole bigint not null check (is_whole in (0, 1))
);
create index customer_segments_in_order on customer_segments (merchant, mode, first);
create index customer_segments_to_fill on customer_segments (first) where is_whole = 0;

create table customer_runs (
  segment bigint not null references customer_segments (first),
  run bigint not null,
  -- Which places of the segment have it.
  places bytea not null,
  primary key (segment, run)
);

-- Customers who were changed or deleted since a segment was written. They are looked at one by one until it is brought up
-- to date.
create table customers_to_index (
  customer bigint primary key,
  merchant bigint not null,
  mode text collate "C" not null check (mode in ('test', 'live')),
  -- The customer's own at its last change.
  sequence bigint not null,
  -- When the first of these changes was.
  since bigint not null
);
create index customers_to_index_in_order on customers_to_index (merchant, mode, customer);
create index customers_to_index_by_age on customers_to_index (merchant, since, customer);
