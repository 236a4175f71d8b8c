-- Amounts are minor units of ISO 4217. One API counts in hundredths where there is no minor unit (CLP, UYI) and where it is a
-- ten-thousandth (CLF, UYW), and what it sent stood here as it came. What it said becomes what is meant, the payment with its
-- whole ledger at once, so that the sums agree as before. A payment of which a part does not divide stays as it is.
create table amounts_left (
  payment integer primary key references payments on delete cascade
) strict;
insert into amounts_left (payment)
  select id from payments where api = 'checkout-com' and (
    currency in ('CLF', 'UYW') and amount > 9999999999
    or currency in ('CLP', 'UYI') and (
      amount % 100 <> 0 or captured % 100 <> 0 or voided % 100 <> 0 or refunded % 100 <> 0
      or capturing % 100 <> 0 or voiding % 100 <> 0 or refunding % 100 <> 0
      or exists (select 1 from actions where payment = payments.id and actions.amount % 100 <> 0)));

-- Terms, sums and settled actions never change but here: they say the same afterwards.
drop trigger actions_settle_once;
drop trigger payments_keep_terms;
drop trigger payments_sums_grow;

update actions set amount = amount / 100 where payment in (select id from payments
  where api = 'checkout-com' and currency in ('CLP', 'UYI') and id not in (select payment from amounts_left));
update actions set amount = amount * 100 where payment in (select id from payments
  where api = 'checkout-com' and currency in ('CLF', 'UYW') and id not in (select payment from amounts_left));
update payments set amount = amount / 100, authorized = authorized / 100, captured = captured / 100, voided = voided / 100,
    refunded = refunded / 100, capturing = capturing / 100, voiding = voiding / 100, refunding = refunding / 100
  where api = 'checkout-com' and currency in ('CLP', 'UYI') and id not in (select payment from amounts_left);
update payments set amount = amount * 100, authorized = authorized * 100, captured = captured * 100, voided = voided * 100,
    refunded = refunded * 100, capturing = capturing * 100, voiding = voiding * 100, refunding = refunding * 100
  where api = 'checkout-com' and currency in ('CLF', 'UYW') and id not in (select payment from amounts_left);

create trigger actions_settle_once before update on actions when old.status <> 'pending'
begin select raise(abort, 'a settled action never changes'); end;
create trigger payments_keep_terms before update on payments
  when new.amount <> old.amount or new.currency <> old.currency or new.merchant <> old.merchant or new.mode <> old.mode
    or new.captures_itself <> old.captures_itself
begin select raise(abort, 'the terms of a payment never change'); end;
create trigger payments_sums_grow before update on payments
  when new.authorized < old.authorized or new.captured < old.captured or new.voided < old.voided or new.refunded < old.refunded
begin select raise(abort, 'the sums of a payment never shrink'); end;
