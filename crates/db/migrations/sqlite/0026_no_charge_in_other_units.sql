-- What stands in other units than it says is charged to nobody: it would be a hundred times too much, or too little.
create trigger payments_in_other_units before update on payments
  when new.authorizing = 1 and old.authorizing = 0 and exists (select 1 from amounts_left where payment = old.id)
begin select raise(abort, 'a payment in other units is not charged'); end;
