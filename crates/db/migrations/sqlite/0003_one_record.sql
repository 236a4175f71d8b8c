-- What the other APIs know of a customer, categories, and what a merchant may switch for them.

alter table customers add column phone text;
-- A phone as an API sent it in two parts; null when it came as text.
alter table customers add column phone_country_code text;
alter table customers add column phone_number text;
alter table customers add column street text;
alter table customers add column house_number text;
alter table customers add column city text;
alter table customers add column state text;
alter table customers add column zip_code text;
alter table customers add column country text;
alter table customers add column currency text;
alter table customers add column tax_number text;
alter table customers add column company_number text;
create index customers_in_order on customers (merchant, mode, id);

-- A row is written, which serialises, and removed in the same commit: nobody's address stays here.
create table email_locks (
  merchant integer not null,
  mode text not null,
  email_folded text not null,
  primary key (merchant, mode, email_folded)
) strict;

create table categories (
  id integer primary key autoincrement,
  merchant integer not null references merchants,
  mode text not null check (mode in ('test', 'live')),
  public_id blob not null check (length(public_id) = 16),
  name text not null,
  sort_order integer not null,
  is_active integer not null check (is_active in (0, 1)),
  created_at integer not null
) strict;
insert into sqlite_sequence (name, seq) values ('categories', 1000);
create index categories_in_order on categories (merchant, mode, sort_order, id);

alter table merchants add column customers_readable integer not null default 1 check (customers_readable in (0, 1));
alter table merchants add column customers_changeable integer not null default 1 check (customers_changeable in (0, 1));
alter table merchants add column categories_deletable integer not null default 1 check (categories_deletable in (0, 1));
