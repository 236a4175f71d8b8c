-- Customer pages whose link can be renewed, cards that customers check there once, and how often is tried.

-- How often the link of the customer's page was renewed: only the newest opens it.
alter table customers add column link_generation integer not null default 0
  check (link_generation between 0 and 4294967295);

-- The card of a pending attempt on a page, under a code that serves the counts below alone.
alter table actions add column counted_card blob check (length(counted_card) = 32);

-- How often something was tried within a window of time. What was tried stands under a keyed code.
create table attempts (
  id integer primary key,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  kind text not null check (kind in ('address', 'card', 'customer')),
  subject blob not null check (length(subject) = 32),
  tried integer not null check (tried >= 0),
  ends_at integer not null,
  unique (merchant, mode, kind, subject)
) strict;
create index attempts_over on attempts (ends_at);

-- The forms of the customer page in which a card was typed, and what became of each.
create table card_forms (
  id integer primary key,
  customer integer not null references customers on delete cascade,
  form blob not null check (length(form) = 16),
  -- None while the card is checked.
  outcome text,
  created_at integer not null,
  unique (customer, form)
) strict;
create index card_forms_over on card_forms (created_at);
