-- A customer or card that was deleted: nobody finds it any more and what it said of people is gone, but the row stays until
-- no payment and no stored answer names it. Those are many at times, so they forget it a few at a time.
alter table customers add column deleted_at integer
  check (deleted_at is null or (name is null and email is null and phone is null and street is null and metadata = '{}'));
alter table instruments add column deleted_at integer
  check (deleted_at is null or (status = 'revoked' and holder is null));
create index customers_deleted on customers (deleted_at) where deleted_at is not null;
create index instruments_deleted on instruments (deleted_at) where deleted_at is not null;
