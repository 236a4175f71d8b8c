-- A card that is out of use has no number, whoever writes it. SQLite adds no check to a table that is there, so triggers
-- do it.
update instruments set sealed = x'' where status = 'revoked' and length(sealed) > 0;
create trigger instruments_revoked_insert before insert on instruments
  when new.status = 'revoked' and length(new.sealed) > 0
begin select raise(abort, 'a revoked card comes without a number'); end;
create trigger instruments_revoked_update before update on instruments
  when new.status = 'revoked' and length(new.sealed) > 0
begin select raise(abort, 'a revoked card has no number'); end;
