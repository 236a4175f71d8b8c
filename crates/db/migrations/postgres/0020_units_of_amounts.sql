-- Amounts are minor units of ISO 4217. One API counts in hundredths where there is no minor unit (CLP, UYI) and where it is a
-- ten-thousandth (CLF, UYW), and what it sent stood here as it came. What it said becomes what is meant, the payment with its
-- whole ledger at once, so that the sums agree as before. A payment of which a part does not divide stays as it is.
create table amounts_left (
  payment bigint primary key references payments on delete cascade
);
insert into amounts_left (payment)
  select id from payments where api = 'checkout-com' and (
    currency in ('CLF', 'UYW') and amount > 9999999999
    or currency in ('CLP', 'UYI') and (
      amount % 100 <> 0 or captured % 100 <> 0 or voided % 100 <> 0 or refunded % 100 <> 0
      or capturing % 100 <> 0 or voiding % 100 <> 0 or refunding % 100 <> 0
      or exists (select 1 from actions where payment = payments.id and actions.amount % 100 <> 0)));

-- Terms, sums and settled actions never change but here: they say the same afterwards.
alter table actions disable trigger actions_guard;
alter table payments disable trigger payments_guard;

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

alter table payments enable trigger payments_guard;
alter table actions enable trigger actions_guard;
