//! A shop that is asked through all four APIs at once, and an id in the spelling of each.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use serde_json::{Value, json};

use crate::cli::Merchant;
use crate::drivers::{checkout_com, neopay, nero_pay, neuro_pay};
use crate::http::Answer;
use crate::server::Server;

/// An API of Kassa's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Neuro-Pay.
    NeuroPay,
    /// Neopay.
    Neopay,
    /// NeroPay.
    NeroPay,
    /// Checkout.com.
    CheckoutCom,
}

impl Api {
    /// The header that an idempotency key stands in.
    pub const fn key_header(self) -> &'static str {
        match self {
            Self::NeuroPay | Self::Neopay | Self::NeroPay => "idempotency-key",
            Self::CheckoutCom => "cko-idempotency-key",
        }
    }
}

/// All four.
pub const EVERY: [Api; 4] = [Api::NeuroPay, Api::Neopay, Api::NeroPay, Api::CheckoutCom];
/// Those that change customers.
pub const CHANGING: [Api; 3] = [Api::Neopay, Api::NeroPay, Api::CheckoutCom];
/// Those that delete customers.
pub const DELETING: [Api; 2] = [Api::NeuroPay, Api::CheckoutCom];

/// A shop that no other test knows, through each of its APIs.
pub struct Shop {
    /// Its client of Neuro-Pay.
    pub neuro_pay: neuro_pay::Client,
    /// Its client of Neopay.
    pub neopay: neopay::Client,
    /// Its client of NeroPay.
    pub nero_pay: nero_pay::Client,
    /// Its client of Checkout.com.
    pub checkout_com: checkout_com::Client,
}

/// A customer's id in each spelling.
pub struct Ids {
    /// Neuro-Pay's.
    pub hex: String,
    /// Neopay's.
    pub uuid: String,
    /// NeroPay's.
    pub number: Value,
    /// Checkout.com's.
    pub cus: String,
}

impl Shop {
    /// With credentials for each API.
    #[track_caller]
    pub fn fresh(kassa: &Server) -> Self {
        Self::new(kassa, &kassa.merchant())
    }

    /// With the credentials of a merchant.
    pub fn new(kassa: &Server, merchant: &Merchant) -> Self {
        Self {
            neuro_pay: neuro_pay::Client::new(kassa, merchant),
            neopay: neopay::Client::new(kassa, merchant),
            nero_pay: nero_pay::Client::new(kassa, merchant),
            checkout_com: checkout_com::Client::new(kassa, merchant),
        }
    }

    /// Makes the shop's newest customer.
    #[track_caller]
    pub fn make(&self, api: Api, body: &Value) -> Ids {
        let made = match api {
            Api::NeuroPay => {
                self.neuro_pay.post("/checkout/create-customer", body).ok()["customer_id"].clone()
            }
            Api::Neopay => self.neopay.create(body)["id"].clone(),
            Api::NeroPay => nero_pay::data(&self.nero_pay.post("/customers", body), 201)["id"].clone(),
            Api::CheckoutCom => json!(self.checkout_com.create(body)),
        };
        let uuid = self.neopay.list("?per_page=1")["data"][0]["id"].as_str().expect("an id").to_owned();
        let hex = uuid.replace('-', "");
        let number = self.nero_pay.newest()["id"].clone();
        let ids = Ids { cus: base32("cus_", &hex), hex, uuid, number };
        let spelled = match api {
            Api::NeuroPay => json!(ids.hex),
            Api::Neopay => json!(ids.uuid),
            Api::NeroPay => ids.number.clone(),
            Api::CheckoutCom => json!(ids.cus),
        };
        assert_eq!(made, spelled, "an id is the same in each spelling");
        ids
    }

    /// Asks for a customer with headers of the test's own, whatever comes of it.
    #[track_caller]
    pub fn make_with(&self, api: Api, headers: &[(&str, &str)], body: &Value) -> Answer {
        let body = body.to_string();
        let sent = match api {
            Api::NeuroPay => self.neuro_pay.try_send("/checkout/create-customer", headers, body.as_bytes()),
            Api::Neopay => self.neopay.try_send("POST", "/customers", headers, body.as_bytes()),
            Api::NeroPay => Ok(self.nero_pay.signed("POST", "/customers", headers, body.as_bytes())),
            Api::CheckoutCom => self.checkout_com.try_send("POST", "/customers", headers, body.as_bytes()),
        };
        sent.unwrap_or_else(|error| panic!("{api:?}: {error}"))
    }

    /// Asks for a customer with an idempotency key.
    #[track_caller]
    pub fn make_once(&self, api: Api, key: &str, body: &Value) -> Answer {
        self.make_with(api, &[(api.key_header(), key)], body)
    }

    /// Changes a customer.
    #[track_caller]
    pub fn change(&self, api: Api, ids: &Ids, body: &Value) {
        match api {
            Api::NeuroPay => panic!("Neuro-Pay changes no customer"),
            Api::Neopay => drop(self.neopay.change(&ids.uuid, body)),
            Api::NeroPay => drop(self.nero_pay.change(&ids.number, body)),
            Api::CheckoutCom => drop(self.checkout_com.patch(&ids.cus, body).expect(204)),
        }
    }

    /// What an API says of a customer, but for links and times.
    #[track_caller]
    pub fn read(&self, api: Api, ids: &Ids) -> Value {
        let (mut read, beside) = match api {
            Api::NeuroPay => (self.neuro_pay.retrieve_customer(&ids.hex).ok(), &["client_page"][..]),
            Api::Neopay => (self.neopay.customer(&ids.uuid), &[][..]),
            Api::NeroPay => (self.nero_pay.customer(&ids.number), &["created_at", "updated_at"][..]),
            Api::CheckoutCom => (self.checkout_com.get(&ids.cus).ok(), &[][..]),
        };
        for name in beside {
            let removed = read.as_object_mut().expect("an object").remove(*name);
            assert!(removed.is_some_and(|text| text.is_string()), "{api:?} has {name}");
        }
        read
    }

    /// The status of a read through an API.
    #[track_caller]
    pub fn status(&self, api: Api, ids: &Ids) -> u16 {
        match api {
            Api::NeuroPay => self.neuro_pay.retrieve_customer(&ids.hex),
            Api::Neopay => self.neopay.retrieve(&ids.uuid),
            Api::NeroPay => self.nero_pay.get(&format!("/customers/{}", ids.number)),
            Api::CheckoutCom => self.checkout_com.get(&ids.cus),
        }
        .status
    }

    /// Deletes a customer.
    #[track_caller]
    pub fn delete(&self, api: Api, ids: &Ids) {
        match api {
            Api::NeuroPay => drop(self.neuro_pay.delete_customer(&ids.hex).expect(200)),
            Api::CheckoutCom => drop(self.checkout_com.delete(&ids.cus).expect(204)),
            Api::Neopay | Api::NeroPay => panic!("{api:?} deletes no customer"),
        }
    }
}

/// 16 bytes as Checkout.com spells them.
#[track_caller]
pub fn base32(prefix: &str, hex: &str) -> String {
    let bytes = HEXLOWER.decode(hex.as_bytes()).expect("hex");
    format!("{prefix}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
}

/// An id of Checkout.com's as Neuro-Pay spells it.
#[track_caller]
pub fn hex(id: &str) -> String {
    let (_, letters) = id.split_once('_').expect("a prefix");
    HEXLOWER.encode(&BASE32_NOPAD.decode(letters.to_uppercase().as_bytes()).expect("base32"))
}
