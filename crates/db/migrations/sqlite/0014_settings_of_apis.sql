-- What a merchant can set for one API. Only its dialect reads names and values.
create table api_settings (
  merchant integer not null references merchants,
  api text not null,
  name text not null,
  value text not null,
  primary key (merchant, api, name)
) strict, without rowid;

insert into api_settings
  select id, 'neropay', 'neropay-customers',
    case when customers_readable = 1 then 'read' when customers_changeable = 1 then 'update' else 'none' end
  from merchants where customers_readable = 0 or customers_changeable = 0;
insert into api_settings
  select id, 'neropay', 'category-delete', 'off' from merchants where categories_deletable = 0;

alter table merchants drop column customers_readable;
alter table merchants drop column customers_changeable;
alter table merchants drop column categories_deletable;
