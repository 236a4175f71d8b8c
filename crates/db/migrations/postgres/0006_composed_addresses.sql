-- E-mail addresses are compared in composed letters; until now they were stored as their letters came. An encoding
-- without letters of several bytes has none to compose, and PostgreSQL would refuse to look.
update customers set email_folded = normalize(email_folded, nfc)
  where octet_length(email_folded) > char_length(email_folded) and email_folded is not nfc normalized;

-- A sigma at the end of a word has a small letter of its own, and is compared as the other. In bytes, for the sake of
-- encodings that have neither.
update customers set email_folded = replace(email_folded, E'\xcf\x82', E'\xcf\x83')
  where strpos(email_folded, E'\xcf\x82') > 0;
