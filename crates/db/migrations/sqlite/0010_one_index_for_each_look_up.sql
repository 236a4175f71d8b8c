-- PostgreSQL's planner needs a key of its own for each look-up. SQLite's takes a unique key where all of it is compared.
select 1;
