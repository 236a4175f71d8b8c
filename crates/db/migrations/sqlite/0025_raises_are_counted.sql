-- Raises are counted while they are under way, because one of nothing, which has an authorization hold for longer, reserves no
-- sum: no capture, void or lapse may pass it.
alter table payments add column raises integer not null default 0 check (raises >= 0)
  check (raises = 0 or (may_grow = 1 and authorized > 0 and captured + capturing + voided + voiding = 0));

-- One that was passed while it was under way has nothing left to hold.
update actions set status = 'declined', ask_at = null, settled_at = created_at
  where kind = 'raise' and status = 'pending' and amount = 0
    and payment in (select id from payments where captured + capturing + voided + voiding > 0);
update payments set raises = (select count(*) from actions where payment = payments.id and kind = 'raise' and status = 'pending')
  where may_grow = 1 and id in (select payment from actions where kind = 'raise' and status = 'pending');

-- SQLite changes no check of a table that is there, but where the rows stay as they are, its text may be written anew.
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql,
    'check (raising = 0 or (may_grow = 1 and authorized > 0 and captured + capturing + voided + voiding = 0))',
    'check (raising = 0 or raises > 0)')
  where type = 'table' and name = 'payments';
pragma writable_schema = reset;
