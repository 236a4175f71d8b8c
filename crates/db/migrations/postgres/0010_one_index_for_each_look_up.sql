-- A database that was never analysed knows nothing of its rows, so the planner takes any index whose first columns are
-- compared, as good as the one that all of them are compared in: with (merchant, mode, id) beside it, a customer was
-- looked up by its public id among all of its merchant's. From now on each look-up fits one index. The key leads with what
-- tells rows apart, and an index for a list covers `created_at >= 0`, which is all rows, and which only the list says.
alter table customers drop constraint customers_merchant_mode_public_id_key;
alter table customers add constraint customers_public_id_merchant_mode_key unique (public_id, merchant, mode);
drop index customers_by_email;
create index customers_by_email on customers (merchant, mode, email_folded, id) where email_folded is not null;
drop index customers_in_order;
create index customers_in_order on customers (merchant, mode, id) where created_at >= 0;
drop index categories_in_order;
create index categories_in_order on categories (merchant, mode, sort_order, id) where created_at >= 0;
-- The planner takes a third of all rows to be due, unless the index says that they are pending, which few are.
drop index actions_to_ask;
create index actions_to_ask on actions (ask_at) where ask_at is not null and status = 'pending';
