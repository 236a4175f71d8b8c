-- Tokens go a day after they were made, used or not.
drop index tokens_to_forget;
create index tokens_to_forget on tokens (created_at);

-- The words of what a client may do at most, with a space between them; null is all that its credential is for.
alter table credentials add column words text;
