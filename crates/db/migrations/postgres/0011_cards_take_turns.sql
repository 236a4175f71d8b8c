-- A card that is out of use has no number, whoever writes it.
update instruments set sealed = ''::bytea where status = 'revoked' and length(sealed) > 0;
alter table instruments add constraint instruments_revoked_check check (status <> 'revoked' or length(sealed) = 0);
