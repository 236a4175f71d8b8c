-- An authorization that is estimated can be raised, before anything of it is captured or released: by how much it was, and by
-- how much it is being raised now. What is authorized is the amount and what was added to it.
alter table payments add column may_grow bigint not null default 0 check (may_grow in (0, 1));
alter table payments add column raised bigint not null default 0 check (raised >= 0)
  check (raised = 0 or (may_grow = 1 and authorized > 0));
alter table payments add column raising bigint not null default 0 check (raising >= 0)
  check (raising = 0 or (may_grow = 1 and authorized > 0 and captured + capturing + voided + voiding = 0))
  check (amount + raised + raising <= 999999999999);
alter table payments
  drop constraint payments_check,
  add constraint payments_authorized_check check (authorized in (0, amount + raised));
alter table actions
  drop constraint actions_kind_check,
  add constraint actions_kind_check check (kind in ('authorize', 'raise', 'capture', 'void', 'refund'));

create or replace function payments_guard() returns trigger language plpgsql as $$
begin
  if new.amount <> old.amount or new.currency <> old.currency or new.merchant <> old.merchant or new.mode <> old.mode
    or new.captures_itself <> old.captures_itself or new.may_grow <> old.may_grow
    then raise exception 'the terms of a payment never change'; end if;
  if new.version not in (old.version, old.version + 1) or new.sequence not in (old.sequence, old.sequence + 1) then raise exception 'a payment changes one version at a time'; end if;
  if new.authorized < old.authorized or new.raised < old.raised or new.captured < old.captured
    or new.voided < old.voided or new.refunded < old.refunded then raise exception 'the sums of a payment never shrink'; end if;
  if old.state in ('declined', 'canceled', 'expired', 'voided', 'refunded', 'verified') and new.state <> old.state
    then raise exception 'a payment that ended stays ended'; end if;
  return new;
end $$;
