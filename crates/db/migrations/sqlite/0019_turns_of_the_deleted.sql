-- Those who were deleted wait for their end in turns of their merchants, so that nobody waits behind all of another's.
drop index customers_deleted;
drop index instruments_deleted;
create index customers_deleted on customers (merchant, deleted_at) where deleted_at is not null;
create index instruments_deleted on instruments (merchant, deleted_at) where deleted_at is not null;
-- A customer's cards that are out of use have no end; those that can be charged are found without them.
create index instruments_active on instruments (customer, id) where status = 'active';
create index card_forms_of_customer on card_forms (customer, id);
