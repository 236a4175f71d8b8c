-- Why an action was declined, for whoever asks later.
alter table actions add column decline text;
