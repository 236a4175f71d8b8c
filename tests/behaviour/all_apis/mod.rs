//! What all APIs do, or two of them with the same data: each behaviour once, through each API that has it.

mod addresses;
mod answers;
mod card_numbers;
mod documents;
mod hostile_json;
mod idempotency;
mod isolation;
mod money;
mod money_crashes;
mod money_races;
mod one_money;
mod one_record;
mod secrets;
mod unchanged;
mod unknown_fields;
mod vanishing;
mod wallets;
