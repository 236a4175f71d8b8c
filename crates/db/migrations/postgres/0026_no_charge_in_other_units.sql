-- What stands in other units than it says is charged to nobody: it would be a hundred times too much, or too little.
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
  if new.authorizing = 1 and old.authorizing = 0 and exists (select 1 from amounts_left where payment = old.id)
    then raise exception 'a payment in other units is not charged'; end if;
  return new;
end $$;
