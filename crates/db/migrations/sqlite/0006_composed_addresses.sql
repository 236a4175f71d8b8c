-- E-mail addresses are compared in composed letters; until now they were stored as their letters came. `nfc` is the
-- program's own function, for SQLite has none.
update customers set email_folded = nfc(email_folded) where email_folded <> nfc(email_folded);
