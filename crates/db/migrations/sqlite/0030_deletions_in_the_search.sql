-- Whether a change is a deletion. What the index knows of the deleted goes first, and their rows are not needed for it.
alter table customers_to_index add column is_deleted integer not null default 0 check (is_deleted in (0, 1));
update customers_to_index set is_deleted = 1 where not exists
  (select 1 from customers c where c.id = customers_to_index.customer and c.deleted_at is null);
create index customers_to_index_deleted on customers_to_index (merchant, mode, customer) where is_deleted = 1;
create index customers_to_index_deleted_by_age on customers_to_index (merchant, since) where is_deleted = 1;
