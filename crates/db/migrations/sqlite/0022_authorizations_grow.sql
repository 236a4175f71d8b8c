-- An authorization that is estimated can be raised, before anything of it is captured or released: by how much it was, and by
-- how much it is being raised now. What is authorized is the amount and what was added to it.
alter table payments add column may_grow integer not null default 0 check (may_grow in (0, 1));
alter table payments add column raised integer not null default 0 check (raised >= 0)
  check (raised = 0 or (may_grow = 1 and authorized > 0));
alter table payments add column raising integer not null default 0 check (raising >= 0)
  check (raising = 0 or (may_grow = 1 and authorized > 0 and captured + capturing + voided + voiding = 0))
  check (amount + raised + raising <= 999999999999);
-- SQLite changes no check of a table that is there, but where the rows stay as they are, its text may be written anew.
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, 'check (authorized in (0, amount))', 'check (authorized in (0, amount + raised))')
  where type = 'table' and name = 'payments';
update sqlite_schema set sql = replace(sql, '(''authorize'', ''capture''', '(''authorize'', ''raise'', ''capture''')
  where type = 'table' and name = 'actions';
pragma writable_schema = reset;

drop trigger payments_keep_terms;
create trigger payments_keep_terms before update on payments
  when new.amount <> old.amount or new.currency <> old.currency or new.merchant <> old.merchant or new.mode <> old.mode
    or new.captures_itself <> old.captures_itself or new.may_grow <> old.may_grow
begin select raise(abort, 'the terms of a payment never change'); end;
drop trigger payments_sums_grow;
create trigger payments_sums_grow before update on payments
  when new.authorized < old.authorized or new.raised < old.raised or new.captured < old.captured
    or new.voided < old.voided or new.refunded < old.refunded
begin select raise(abort, 'the sums of a payment never shrink'); end;
