-- The card that a stored answer tells of. A card of nobody's may become a customer's, and the answer goes with that
-- customer.
alter table idempotency_keys add column instrument integer references instruments on delete set null;
create index idempotency_keys_of_instrument on idempotency_keys (instrument);
