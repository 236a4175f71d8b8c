//! The bodies of payments and of their operations, each declared once: it is read so, and the OpenAPI document says so.

use std::time::Duration;

use domain::Id;
use domain::acquiring::Authentication;
use domain::card::{CardNumber, Expiry, SecurityCode};
use domain::customers::Customer;
use domain::instruments::{Instrument, SealedCard};
use domain::metadata::Metadata;
use domain::money::{AMOUNT_MAX, Currency};
use domain::payments::charge;
use domain::text::plain;
use domain::time::Time;
use domain::tokens::Token;

use super::said::DESCRIPTION;
pub(in crate::checkout_com) use super::said::PAYMENT_TYPE;
use super::{kept, said};
use crate::checkout_com::card_body::{CardBody, MONTH, NUMBER, SECURITY_CODE, YEAR};
use crate::checkout_com::codes::Code;
use crate::checkout_com::error::Failure;
use crate::checkout_com::fields::{
    CUSTOMER_ID, Fields, INSTRUMENT_ID, Kind, METADATA, TOKEN_ID, address, boolean, number, words,
};
use crate::checkout_com::holder::{Holder, HolderBody};
use crate::checkout_com::named_customer::{NamedCustomer, PAYER, Payer};
use crate::checkout_com::shown::{Kept, WishesOfThreeDs, text};
use crate::checkout_com::tokens::WALLETS;
use crate::checkout_com::units;
use crate::checkout_com::unused::{OfPayment, OfRefund, OfSource};
use crate::declare::{Shape, declare};

/// How long an authorization holds, so that a later capture would never come.
const CAPTURE_WITHIN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest address that a payment's buyer is sent to.
const URL_MAX: usize = 1_024;

/// An amount in this API's units.
pub(in crate::checkout_com) const AMOUNT: Kind<i64> = number(1, AMOUNT_MAX, "amount_invalid");
pub(in crate::checkout_com) const AMOUNT_OR_NONE: Kind<i64> = number(0, AMOUNT_MAX, "amount_invalid");

/// An amount of an operation: as much as the record holds, written in this API's units.
const PART: Kind<i64> = number(1, units::SENT_MAX, "amount_invalid");
const PART_OR_NONE: Kind<i64> = number(0, units::SENT_MAX, "amount_invalid");

/// An amount beside its currency is one that this API can write.
pub(in crate::checkout_com) fn amount_divides(fields: &mut Fields) {
    if let (Some(amount), Some(currency)) =
        (fields.peek("amount", &AMOUNT_OR_NONE), fields.peek("currency", &CURRENCY))
        && units::money(amount, currency).is_none()
    {
        fields.wrong("amount_invalid");
    }
}

pub(in crate::checkout_com) const CURRENCY: Kind<Currency> = Kind::new(
    Shape { pattern: Some("^[A-Za-z]{3}$"), example: Some("USD"), ..Shape::TEXT },
    "currency_invalid",
    |sent| sent.right(Currency::parse(&sent.text()?).filter(|currency| currency.is_in_use())),
)
.or("currency_required");

/// The merchant's own reference of a page, or of an operation.
pub(in crate::checkout_com) const REFERENCE: Kind<String> =
    Kind::new(Shape::text(50), "reference_invalid", |sent| {
        sent.right(plain("reference", &sent.text()?, sent.shape.most()).ok())
    });
const PAYMENT_REFERENCE: Kind<String> = REFERENCE.shaped(Shape::text(80));

const METADATA_TEXT: Kind<String> =
    Kind::new(Shape::OBJECT, "metadata_invalid", |sent| METADATA.read(sent).map(|metadata| metadata.json()));

pub(in crate::checkout_com) const AUTHORIZATION_TYPE: Kind<&str> =
    words(&["Final", "Estimated", "Incremental"], "authorization_type_invalid");
/// The word for an amount that may grow.
pub(in crate::checkout_com) const ESTIMATED: &str = "Estimated";
const CAPTURE_TYPE: Kind<&str> = words(&["NonFinal", "Final"], "capture_type_invalid");

pub(in crate::checkout_com) const CAPTURE_ON: Kind<Time> =
    Kind::new(Shape { format: Some("date-time"), ..Shape::TEXT }, "capture_on_invalid", |sent| {
        let last = sent.fields.now.after(CAPTURE_WITHIN);
        sent.right(Time::parse_or_utc(&sent.text()?).filter(|at| *at <= last))
    });

const SOURCE: Kind<PaymentSourceBody> =
    Kind::new(Shape::named::<PaymentSourceBody>(), "source_invalid", |sent| {
        sent.whole(PaymentSourceBody::read)
    })
    .or("payment_source_required");
const SOURCE_TYPE: Kind<&str> =
    words(&["token", "card", "id", "customer", "network_token"], "source_invalid").or("source_type_required");

/// The two ids stand in the same field.
const SOURCE_ID: Shape = Shape { pattern: Some("^(src|cus)_[a-z2-7]{26}$"), ..Shape::TEXT };
const INSTRUMENT: Kind<Option<Id<Instrument>>> = INSTRUMENT_ID.shaped(SOURCE_ID).or("source_id_required");
const CUSTOMER: Kind<Option<Id<Customer>>> = CUSTOMER_ID.shaped(SOURCE_ID).or("source_id_required");

/// The number of a network token has the form of a card's.
const NETWORK_TOKEN: Kind<CardNumber> =
    Kind::new(NUMBER.shape, "source_token_invalid", |sent| sent.right(CardNumber::parse(&sent.text()?).ok()))
        .or("source_token_required");
const TOKEN_TYPE: Kind<&str> =
    words(&["vts", "mdes", "applepay", "googlepay"], "token_type_invalid").or("token_type_required");
const TOKEN_CRYPTOGRAM: Kind<String> = text(50).coded("cryptogram_invalid", "");
const TOKEN_ECI: Kind<String> = text(2).coded("eci_invalid", "");

/// Where the money goes instead of coming from: that would be a payout.
const DESTINATION: Kind<()> = Kind::new(Shape::OBJECT, NO_PAYOUTS, |sent| sent.right(None));
const NO_PAYOUTS: Code = "destination_not_supported";

const THREE_DS: Kind<ThreeDsBody> =
    Kind::new(Shape::named::<ThreeDsBody>(), "3ds_invalid", |sent| sent.first(ThreeDsBody::read));

/// A text of the authentication that was done elsewhere. It is kept with the payment: no such text is part of a card.
const fn of_authentication(shape: Shape, code: Code) -> Kind<String> {
    Kind::new(shape, code, |sent| sent.right(plain("3ds", &sent.text()?, sent.shape.most()).ok()))
}

const ECI: Kind<String> =
    of_authentication(Shape { example: Some("05"), ..Shape::text(2) }, "3ds_eci_invalid");
const CRYPTOGRAM: Kind<String> = of_authentication(
    Shape { example: Some("AgAAAAAAAIR8CQrXcIhbQAAAAAA="), ..Shape::text(50) },
    "3ds_cryptogram_invalid",
);
const XID: Kind<String> = of_authentication(Shape::text(100), "3ds_xid_invalid");
const VERSION: Kind<String> =
    of_authentication(Shape { example: Some("2.0.1"), ..Shape::text(10) }, "3ds_version_invalid");
/// The bank's one letter.
const STATUS: Kind<String> =
    of_authentication(Shape { example: Some("Y"), ..Shape::text(1) }, "3ds_status_invalid");

declare! {
    pub(super) struct RequestPayment from Fields {
        source: PaymentSourceBody = required SOURCE,
        /// In hundredths; in whole units of BIF, DJF, GNF, ISK, JPY, KMF, KRW, PYG, RWF, UGX, VND, VUV, XAF, XOF and XPF; in
        /// thousandths with a last digit 0 of BHD, IQD, JOD, KWD, LYD, OMR and TND. Whole pesos of CLP, whole units of UYI.
        /// Zero, or left out, verifies the card. In test mode amounts that end in 05, 12, 14, 51, 54, 57, 59, 61 or 62 are
        /// declined.
        amount: Option<i64> = optional AMOUNT_OR_NONE,
        /// ISO 4217, such as USD.
        currency: Currency = required CURRENCY,
        _type: said::OfType = all,
        /// Final where it is left out.
        authorization_type: Option<&'static str> = echoed AUTHORIZATION_TYPE
            => documented "more can be authorized later where it is Estimated",
        _said: said::OfPayment = all,
        /// True where it is left out.
        capture: Option<bool> = optional boolean("capture_invalid"),
        /// When it is captured by itself.
        capture_on: Option<Time> = optional CAPTURE_ON
            => documented "implies capture; before an authorization lapses, and in UTC without an offset, by our choice",
        customer: Option<Payer> = optional PAYER
            => documented "one without an address is nobody that is known",
        reference: Option<String> = optional PAYMENT_REFERENCE,
        description: Option<String> = optional DESCRIPTION,
        metadata: Option<Metadata> = optional METADATA,
        three_ds as "3ds": Option<ThreeDsBody> = optional THREE_DS
            => documented "`eci`, `cryptogram` or `xid` say that the buyer was authenticated elsewhere",
        /// Where the buyer goes from the card's bank.
        success_url: Option<String> = optional address(URL_MAX, "success_url_invalid"),
        failure_url: Option<String> = optional address(URL_MAX, "fail_url_invalid"),
        /// Refused: money is taken here, and paid out to nobody.
        _destination as "destination": Option<()> = optional DESTINATION => documented "payouts are not here",
        _three_ds: said::ThreeDs = all,
        _more: said::MoreOfPayment = all,
        _unnamed: said::Unnamed = all,
        kept: Kept = all,
        _unused: OfPayment = all,
    }
    check is_a_charge
    example {
        "source": {
            "type": "card", "number": "4242424242424242", "expiry_month": 12, "expiry_year": 2030, "cvv": "100",
        },
        "amount": 6540, "currency": "USD", "reference": "ORD-5023-4E89", "capture": false,
        "customer": { "email": "brucewayne@gmail.com", "name": "Bruce Wayne" },
    }
}

/// Of a payout nothing else is told: a payment that is like it would move the money the other way.
fn is_a_charge(fields: &mut Fields) {
    amount_divides(fields);
    if fields.has("destination") {
        fields.wrong_alone(NO_PAYOUTS);
    }
}

declare! {
    /// What is charged: a token, a card, an instrument, or a customer's default instrument.
    pub(super) struct PaymentSourceBody from Fields {
        _type as "type": &'static str = required SOURCE_TYPE => documented "five kinds; Kassa does not accept the others",
        charged: SourceBody = all,
        _said: said::OfSource = all,
        kept: Kept = all,
        _unused: OfSource = all,
    }
}

declare! {
    pub(super) enum SourceBody from Fields by kind {
        "token" => Token(ByToken),
        "card" => Card(ByCard),
        "id" => Instrument(ByInstrument),
        "customer" => Customer(ByCustomer),
        "network_token" => NetworkToken(ByNetworkToken),
    }
}

declare! {
    pub(super) struct ByToken from Fields {
        /// For a token.
        token: Option<Id<Token>> = required TOKEN_ID.or("source_token_required"),
        holder: HolderBody = all,
        save: SaveBody = all,
    }
}

declare! {
    pub(super) struct ByCard from Fields {
        card: CardBody = all,
        save: SaveBody = all,
    }
}

declare! {
    pub(super) struct SaveBody from Fields {
        /// Whether the card is saved when the payment is approved. True where it is left out, but for a customer whom an
        /// e-mail address finds: there the card can be charged by its id and is in no list, and with true it is listed and
        /// not the default.
        store_for_future_use: Option<bool> = optional boolean("store_for_future_use_invalid")
            => documented "true where it is left out, except for a customer whom an address found, by our choice",
    }
}

declare! {
    pub(super) struct ByInstrument from Fields {
        /// Of an instrument, or of a customer.
        id: Option<Id<Instrument>> = required INSTRUMENT,
        cvv: Option<SecurityCode> = optional SECURITY_CODE,
        _said: said::OfSavedSource = all,
    }
}

declare! {
    pub(super) struct ByCustomer from Fields {
        id: Option<Id<Customer>> = required CUSTOMER,
        _said: said::OfSavedSource = all,
    }
}

declare! {
    /// A card scheme's number in place of a card's. It is charged as a card is, and never saved.
    pub(super) struct ByNetworkToken from Fields {
        token: CardNumber = required NETWORK_TOKEN,
        expiry_month: i8 = required MONTH,
        expiry_year: i16 = required YEAR,
        /// For a network token: who made it.
        token_type: &'static str = required TOKEN_TYPE,
        /// It goes no further than this request.
        _cryptogram as "cryptogram": Option<String> = optional TOKEN_CRYPTOGRAM
            => documented "may be left out, and so may `eci`, by our choice",
        _eci as "eci": Option<String> = shown TOKEN_ECI,
        cvv: Option<SecurityCode> = optional SECURITY_CODE,
        holder: HolderBody = all,
    }
}

declare! {
    pub(super) struct ThreeDsBody from Fields {
        /// The buyer has to confirm at the card's bank, unless that was done elsewhere.
        enabled: Option<bool> = optional boolean("3ds_enabled_invalid"),
        /// How sure the authentication that was done elsewhere is of the buyer.
        eci: Option<String> = optional ECI,
        cryptogram: Option<String> = optional CRYPTOGRAM,
        xid: Option<String> = optional XID,
        /// 1.0.0 where it is left out.
        version: Option<String> = optional VERSION,
        /// With any other letter than Y, A and U nobody was authenticated, whatever else is said.
        status: Option<String> = optional STATUS,
        _wishes: WishesOfThreeDs = all,
    }
}

declare! {
    pub(super) struct AuthorizePayment from Fields {
        /// How much more; zero, or left out, has what is authorized hold for longer. In test mode a whole that ends as a
        /// payment's amount would is declined.
        amount: Option<i64> = optional PART_OR_NONE,
        /// The payment's own.
        currency: Option<Currency> = optional CURRENCY => ours "another one than the payment's is refused",
        reference: Option<String> = optional REFERENCE,
        metadata: Option<String> = optional METADATA_TEXT,
    }
    example { "amount": 540, "reference": "ORD-5023-4E89" }
}

declare! {
    pub(super) struct CapturePayment from Fields {
        said: Operation = all,
        _said: said::OfCapture = all,
        kept: Kept = all,
    }
    example { "amount": 6540, "reference": "ORD-5023-4E89" }
}

declare! {
    pub(super) struct RefundPayment from Fields {
        said: Operation = all,
        _said: said::OfRefund = all,
        kept: Kept = all,
        _unused: OfRefund = all,
    }
    example { "amount": 540, "reference": "ORD-5023-4E89" }
}

declare! {
    pub(super) struct VoidPayment from Fields {
        said: Operation = all,
    }
    example { "reference": "ORD-5023-4E89" }
}

declare! {
    /// What the body of a capture, a refund or a void says.
    pub(super) struct Operation from Fields {
        /// In the units of the payment's amount. All that is left where it is left out. A void is of the whole.
        amount: Option<i64> = kept PART => documented "null is refused, because leaving it out means everything",
        /// The payment's own.
        currency: Option<Currency> = optional CURRENCY => ours "another one than the payment's is refused",
        /// A Final capture releases what it leaves.
        capture_type: Option<&'static str> = optional CAPTURE_TYPE => documented "Final where it is left out",
        reference: Option<String> = optional REFERENCE,
        metadata: Option<String> = optional METADATA_TEXT,
    }
}

/// An operation, and what is kept of the rest of its body.
pub(super) struct OperationBody {
    pub(super) operation: Operation,
    pub(super) kept: Option<String>,
}

impl From<AuthorizePayment> for OperationBody {
    fn from(sent: AuthorizePayment) -> Self {
        let AuthorizePayment { amount, currency, reference, metadata } = sent;
        let operation = Operation { amount, currency, capture_type: None, reference, metadata };
        Self { operation, kept: None }
    }
}

impl From<CapturePayment> for OperationBody {
    fn from(sent: CapturePayment) -> Self {
        Self { operation: sent.said, kept: sent.kept.0 }
    }
}

impl From<RefundPayment> for OperationBody {
    fn from(sent: RefundPayment) -> Self {
        Self { operation: sent.said, kept: sent.kept.0 }
    }
}

impl From<VoidPayment> for OperationBody {
    fn from(sent: VoidPayment) -> Self {
        Self { operation: sent.said, kept: None }
    }
}

/// What a payment is made of. No `Debug`, for the security code.
pub(super) struct NewPayment {
    pub(super) charge: charge::NewCharge,
    pub(super) source: PaymentSource,
    pub(super) customer: Option<NamedCustomer>,
    /// Who finds out whether it is the card's holder who pays.
    pub(super) authentication: Authentication,
}

/// What is charged. What is named wrongly has the id `None`.
pub(super) enum PaymentSource {
    Token {
        id: Option<Id<Token>>,
        holder: Holder,
        save: SaveCard,
    },
    Card {
        sealed: SealedCard,
        holder: Holder,
        save: SaveCard,
        /// The wallet that a network token comes out of.
        wallet: Option<&'static str>,
    },
    Instrument(Option<Id<Instrument>>),
    /// The customer's default card.
    Customer(Option<Id<Customer>>),
}

/// Whether the card is to be saved when the payment is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaveCard {
    Yes,
    No,
    /// As yes, but for a customer whom an address found.
    NotSaid,
}

impl From<SaveBody> for SaveCard {
    fn from(body: SaveBody) -> Self {
        body.store_for_future_use.map_or(Self::NotSaid, |said| if said { Self::Yes } else { Self::No })
    }
}

/// Reads the body of a payment. A card is sealed where it is read, so that no number goes further.
pub(super) fn new(
    body: &[u8],
    now: Time,
    seal: impl FnOnce(&CardNumber, Expiry, &Holder) -> SealedCard,
) -> Result<NewPayment, Failure> {
    let sent = Fields::parse(body, now)?.read(RequestPayment::read)?;
    let (source, code) = match sent.source.charged {
        SourceBody::Token(ByToken { token, holder, save }) => {
            (PaymentSource::Token { id: token, holder: holder.into(), save: save.into() }, None)
        }
        SourceBody::Card(ByCard { mut card, save }) => {
            let holder = std::mem::take(&mut card.holder).into();
            let sealed = seal(&card.number, card.expiry(), &holder);
            (PaymentSource::Card { sealed, holder, save: save.into(), wallet: None }, card.cvv)
        }
        SourceBody::NetworkToken(sent) => {
            let expiry = Expiry { year: sent.expiry_year, month: sent.expiry_month };
            let (holder, wallet) = (sent.holder.into(), Some(sent.token_type));
            let sealed = seal(&sent.token, expiry, &holder);
            let wallet = wallet.filter(|kind| WALLETS.contains(kind));
            (PaymentSource::Card { sealed, holder, save: SaveCard::No, wallet }, sent.cvv)
        }
        SourceBody::Instrument(ByInstrument { id, cvv, .. }) => (PaymentSource::Instrument(id), cvv),
        SourceBody::Customer(ByCustomer { id, .. }) => (PaymentSource::Customer(id), None),
    };
    let money = units::money(sent.amount.unwrap_or_default(), sent.currency);
    let money = money.ok_or_else(|| Failure::invalid(vec!["amount_invalid"]))?;
    let (customer, of_payer) = sent.customer.map_or((None, None), |payer| (payer.named, payer.said));
    let parts = [("source", sent.source.kept.0), ("customer", of_payer)];
    let capture_at = sent.capture_on;
    let is_later = capture_at.is_some_and(|at| at > now);
    Ok(NewPayment {
        charge: charge::NewCharge {
            money,
            description: sent.description.unwrap_or_default(),
            reference: sent.reference,
            captures_itself: (sent.capture.unwrap_or(true) || capture_at.is_some()) && !is_later,
            capture_at: capture_at.filter(|_| is_later && money.minor > 0),
            may_grow: sent.authorization_type == Some(ESTIMATED),
            metadata: sent.metadata.unwrap_or_default(),
            extras: kept::with_parts(sent.kept.0, parts),
            customer_named: customer.as_ref().is_some_and(NamedCustomer::is_by_id),
            code,
            addresses: (sent.success_url.unwrap_or_default(), sent.failure_url.unwrap_or_default()),
        },
        source,
        customer,
        authentication: sent.three_ds.map(ThreeDsBody::authentication).unwrap_or_default(),
    })
}
