-- Whether a payment has forgotten somebody: nothing that is said of people is kept with it from then on.
alter table payments add column forgot integer not null default 0 check (forgot in (0, 1));
