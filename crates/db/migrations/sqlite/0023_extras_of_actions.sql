-- What a client said of an operation beside its reference and its keys. It stands beside the ledger, whose entries never
-- change, because it goes with the customer.
create table action_extras (
  action integer primary key references actions on delete cascade,
  payment integer not null references payments on delete cascade,
  -- JSON that is shown to the API that sent it and read by nobody else.
  extras text not null
) strict;
create index action_extras_of_payment on action_extras (payment);
