-- Where a buyer goes once no try is left, where that is another place than after giving up; and whether the card's bank is
-- to ask the buyer who pays on the page.
alter table payments add column page_failure_url text;
alter table payments add column page_authenticates integer not null default 0 check (page_authenticates in (0, 1));
