//! The customer that a body names, by id or by e-mail address: whose a card shall be, or who pays.

use domain::customers::{self, Customer, Details};
use domain::instruments::MakeDefault;
use domain::text::{self, Email, NAME_MAX, Name};
use domain::time::Drawn;
use domain::{Error, Id, Missing, Scope, Tx, phone};

use super::contact::CUSTOMER_PHONE;
use super::fields::{CUSTOMER_ID, Fields, Kind, boolean, free};
use super::shown::{Kept, Looked, Summary};
use super::unused::{OfNamedCustomer, OfNobody};
use crate::declare::{Property, Shape, declare};

const EMAIL: Kind<Email> =
    Kind::new(Shape { format: Some("email"), ..Shape::text(NAME_MAX) }, "customer_email_invalid", |sent| {
        sent.by_domain(Email::parse("email", &sent.text()?))
    })
    .or("source_id_or_email_required");

const NAME: Kind<String> = free(NAME_MAX, "customer_name_invalid");

/// A number for the tax. The record may have longer ones, of another API.
const TAX_NUMBER: Kind<String> = Kind::new(Shape::text(13), "tax_number_invalid", |sent| {
    sent.right(text::plain("tax_number", &sent.in_length()?, NAME_MAX).ok())
});

declare! {
    /// Whose it is: the customer of the id or the address, who is made if the address is new.
    #[derive(Clone)]
    pub(super) struct NamedCustomer from Fields {
        /// True makes the card the first choice, false leaves that as it is.
        default: Option<bool> = optional boolean("default_invalid"),
        named: Named = all,
        _unused: OfNamedCustomer = all,
    }
}

declare! {
    #[derive(Clone)]
    pub(super) enum Named from Fields by named_by {
        "id" => Id(ById),
        "email" => Email(ByEmail),
    }
}

declare! {
    #[derive(Clone)]
    pub(super) struct ById from Fields {
        id: Option<Id<Customer>> = required CUSTOMER_ID => documented "an empty one with an address beside it is none, by our choice",
        /// Shown with the payment.
        _phone as "phone": Option<Option<phone::Phone>> = optional CUSTOMER_PHONE,
        /// Shown with the payment.
        _tax_number as "tax_number": Option<String> = optional TAX_NUMBER,
    }
}

declare! {
    #[derive(Clone)]
    pub(super) struct ByEmail from Fields {
        email: Email = required EMAIL,
        /// Of a new customer.
        phone: Option<Option<phone::Phone>> = optional CUSTOMER_PHONE,
        /// Of a new customer.
        name: Option<String> = optional NAME,
        /// Of a new customer.
        tax_number: Option<String> = optional TAX_NUMBER,
    }
}

impl Fields {
    /// Which field names the customer.
    pub(super) fn named_by(&self) -> &'static str {
        let id = self.text("id");
        let is_empty = id.is_some_and(|id| id.is_empty()) && self.has("email");
        if self.has("id") && !is_empty { "id" } else { "email" }
    }
}

impl NamedCustomer {
    /// Whether the merchant named the customer by its id, and not by an address that somebody typed.
    pub(super) const fn is_by_id(&self) -> bool {
        matches!(self.named, Named::Id(_))
    }

    pub(super) fn first(&self) -> MakeDefault {
        first(self.default)
    }

    pub(super) fn find_or_create(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope,
        drawn: &Drawn,
    ) -> Result<(Customer, How), Error> {
        match &self.named {
            Named::Id(ById { id, .. }) => {
                let customer = customers::get(tx, scope, id.ok_or(Error::NotFound(Missing::Customer))?)?;
                Ok((customer, How::ById))
            }
            Named::Email(ByEmail { email, phone, name, tax_number }) => {
                let details = Details {
                    name: name.clone().filter(|name| !name.is_empty()).map(Name::from_whole),
                    email: Some(email.clone()),
                    phone: phone.clone().flatten(),
                    tax_number: tax_number.clone().filter(|number| !number.is_empty()),
                    ..Details::default()
                };
                let (customer, is_new) = customers::find_or_create(tx, scope, email, &details, drawn)?;
                Ok((customer, if is_new { How::Made } else { How::Found }))
            }
        }
    }
}

/// What is said of the first choice.
pub(super) fn first(default: Option<bool>) -> MakeDefault {
    default.map_or(MakeDefault::IfNone, |said| if said { MakeDefault::Yes } else { MakeDefault::No })
}

/// How a customer came to be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By its id.
    ById,
    /// By an address that was new: this request makes the customer.
    Made,
    /// By an address that a customer had.
    Found,
}

declare! {
    /// Somebody whom nothing names.
    struct Unnamed from Fields {
        _name as "name": Option<String> = optional NAME,
        _phone as "phone": Option<Option<phone::Phone>> = optional CUSTOMER_PHONE,
        _tax_number as "tax_number": Option<String> = optional TAX_NUMBER,
        _summary as "summary": Option<Summary> = optional Summary::ONE,
        _unused: OfNamedCustomer = all,
        _unnamed: OfNobody = all,
    }
}

declare! {
    /// Who pays.
    struct PayerBody from Fields {
        said: SaidOfPayer = all,
        named: NamedCustomer = all,
    }
}

declare! {
    struct SaidOfPayer from Fields {
        _numbers: PayersNumbers = all,
        _summary as "summary": Option<Summary> = shown Summary::ONE,
        kept: Kept = all,
    }
}

/// What is kept of a payer for the payment's sake, and has an effect as well where the customer is a new one.
struct PayersNumbers;

impl PayersNumbers {
    const PROPERTIES: [Property; 0] = [];

    fn read(fields: &mut Fields) -> Option<Self> {
        ["phone", "tax_number"].iter().try_for_each(|name| fields.keep(name)).map(|()| Self)
    }
}

/// Who pays.
pub(super) struct Payer {
    /// The customer, if one is named.
    pub(super) named: Option<NamedCustomer>,
    /// What is shown of somebody who is named, where the customer has nothing else to show: an object of JSON.
    pub(super) said: Option<String>,
}

/// Who pays. A name alone, or an address that is null, is nobody that is known, and is shown as it was sent.
pub(super) const PAYER: Kind<Payer> = Kind::new(Shape::named::<PayerBody>(), "customer_id_invalid", |sent| {
    let object = sent.object()?;
    let has = |name: &str| object.get(name).is_some();
    if !has("id") && !has("email") && (has("name") || object.sent("email") == Some("null")) {
        return sent.first(Unnamed::read).map(|_| Payer { named: None, said: None });
    }
    let PayerBody { said, named } = sent.first(PayerBody::read)?;
    Ok(Payer { named: Some(named), said: said.kept.0 })
});

/// Who is expected on a page, where somebody else may pay: it need not be said at all.
pub(super) const PAGE_CUSTOMER: Kind<Option<NamedCustomer>> =
    Kind::new(NAMED_CUSTOMER.shape, "customer_id_invalid", |sent| {
        let object = sent.object()?;
        if object.get("id").is_some() || object.get("email").is_some() {
            return NAMED_CUSTOMER.read(sent).map(Some);
        }
        sent.first(Unnamed::read).map(|_| None)
    });

pub(super) const NAMED_CUSTOMER: Kind<NamedCustomer> =
    Kind::new(Shape::named::<NamedCustomer>(), "customer_id_invalid", |sent| sent.first(NamedCustomer::read));
