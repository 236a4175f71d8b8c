-- The first eight digits of a token's card, where its number is so long that they may be shown beside the last four.
alter table tokens add column first_eight text check (length(first_eight) = 8);
