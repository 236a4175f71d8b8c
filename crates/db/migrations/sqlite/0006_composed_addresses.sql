-- E-mail addresses are compared in composed letters; until now they were stored as their letters came. `nfc` is the
-- program's own function, for SQLite has none.
update customers set email_folded = nfc(email_folded) where email_folded <> nfc(email_folded);

-- A sigma at the end of a word has a small letter of its own, and is compared as the other.
update customers set email_folded = replace(email_folded, 'ς', 'σ') where instr(email_folded, 'ς') > 0;
