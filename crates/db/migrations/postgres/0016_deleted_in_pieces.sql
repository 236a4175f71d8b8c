-- A customer or card that was deleted: nobody finds it any more and what it said of people is gone, but the row stays until
-- no payment and no stored answer names it. Those are many at times, so they forget it a few at a time.
alter table customers add column deleted_at bigint;
alter table customers add constraint customers_deleted_check
  check (deleted_at is null or (name is null and email is null and phone is null and street is null and metadata = '{}'));
alter table instruments add column deleted_at bigint;
alter table instruments add constraint instruments_deleted_check
  check (deleted_at is null or (status = 'revoked' and holder is null));
create index customers_deleted on customers (deleted_at) where deleted_at is not null;
create index instruments_deleted on instruments (deleted_at) where deleted_at is not null;
-- What names one is worked off in the order of its rows.
drop index payments_of_instrument;
create index payments_of_instrument on payments (instrument, id);
drop index idempotency_keys_of_customer;
create index idempotency_keys_of_customer on idempotency_keys (customer, id);
drop index idempotency_keys_of_instrument;
create index idempotency_keys_of_instrument on idempotency_keys (instrument, id);
