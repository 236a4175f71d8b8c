-- What becomes of a field whose name looks like a typing error. None is the mode's own way: refused in test mode, told of
-- in live mode.
alter table merchants add column unknown_fields text collate "C" check (unknown_fields in ('refuse', 'warn'));
