-- Who opens a customer's wallet: the merchant that names the customer by its id, and nobody who types an e-mail address.

-- Whether the request named the payment's customer by its id.
alter table payments add column customer_named integer not null default 0 check (customer_named in (0, 1));
-- Whether a saved card needs its security code on the page, whatever the merchant has set.
alter table payments add column page_asks_code integer not null default 0 check (page_asks_code in (0, 1));
-- A page under an id of its own may have found its customer by the address, so it opens no wallet from now on; every
-- other page names its customer by the id.
update payments set customer_named = 1 where customer is not null and page_return_url is not null and automatic = 0
  and not exists (select 1 from hosted_pages h where h.payment = payments.id);
update payments set page_asks_code = 1 where id in (select payment from hosted_pages where kind = 'payment_link');

-- Whether a saved card needs its security code on a checkout.
alter table merchants add column saved_card_code integer not null default 0 check (saved_card_code in (0, 1));

-- 'own' may become the default by itself; 'beside' stands in the wallet because an e-mail address and an explicit wish
-- put it there, and is the default only when it is chosen; 'unlisted' can be charged by its id, goes with its customer, and
-- stands in no wallet.
alter table instruments add column standing text not null default 'own'
  check (standing in ('own', 'beside', 'unlisted') and (standing = 'own' or is_default = 0));
drop index instruments_once;
create unique index instruments_once on instruments (customer, fingerprint)
  where status = 'active' and standing <> 'unlisted';

-- A card that is out of use has no number any more.
update instruments set sealed = x'' where status = 'revoked';
