//! The customer that a body names, by id or by e-mail address: whose a card shall be, or who pays.

use domain::customers::{self, Customer, Details};
use domain::instruments::First;
use domain::text::{Email, NAME_MAX, Name};
use domain::time::Drawn;
use domain::{Error, Id, Missing, Scope, Tx};
use utoipa::ToSchema;

use super::codes::{Code, code_of};
use super::contact::{PhoneParts, phone};
use super::fields::{self, string};
use super::id;
use crate::json::Object;

/// The customer that a body names.
#[derive(Clone)]
pub(super) struct NamedCustomer {
    named: Named,
    pub(super) first: First,
}

impl NamedCustomer {
    /// Whether the merchant named the customer by its id, and not by an address that somebody typed.
    pub(super) const fn is_by_id(&self) -> bool {
        matches!(self.named, Named::Id(_))
    }

    /// The customer, made if the address is new.
    pub(super) fn find_or_create(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope,
        drawn: &Drawn,
    ) -> Result<(Customer, How), Error> {
        match &self.named {
            Named::Id(id) => {
                let customer = customers::get(tx, scope, id.ok_or(Error::NotFound(Missing::Customer))?)?;
                Ok((customer, How::ById))
            }
            Named::Email(email, details) => {
                let (customer, is_new) = customers::find_or_create(tx, scope, email, details, drawn)?;
                Ok((customer, if is_new { How::Made } else { How::Found }))
            }
        }
    }
}

/// How a customer is named. No customer has the id `None`.
#[derive(Clone)]
enum Named {
    Id(Option<Id<Customer>>),
    /// With what a new customer is told to be.
    Email(Email, Box<Details>),
}

/// Whose it is: the customer of the id or the address, who is made if the address is new.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the type is read by the document's macros only")]
pub(super) struct InstrumentOwner {
    #[schema(pattern = "^cus_[a-z2-7]{26}$")]
    id: Option<String>,
    #[schema(format = Email, max_length = 255)]
    email: Option<String>,
    /// Of a new customer.
    #[schema(max_length = 255)]
    name: Option<String>,
    /// Of a new customer.
    phone: Option<PhoneParts>,
    default: Option<bool>,
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

/// Reads the object that names a customer.
pub(super) fn read(raw: &str) -> Result<NamedCustomer, Code> {
    let object = fields::object(raw, "customer_id_invalid")?;
    let first = first(&object)?.unwrap_or(First::IfNone);
    let is_empty =
        |raw: &str| string(raw).is_some_and(|text| text.is_empty()) && object.get("email").is_some();
    // fidelity: documented – an empty one with an address beside it is none, by our choice
    if let Some(raw) = object.get("id").filter(|raw| !is_empty(raw.get())) {
        let named = Named::Id(customer_id(raw.get())?);
        return Ok(NamedCustomer { named, first });
    }
    let raw = object.get("email").ok_or("source_id_or_email_required")?;
    let text = string(raw.get()).ok_or("customer_email_invalid")?;
    let email =
        Email::parse("email", &text).map_err(|error| code_of(&error, "email", "customer_email_invalid"))?;
    let name =
        object.get("name").map(|raw| fields::free(raw.get(), "name", NAME_MAX, "customer_name_invalid"));
    let phone = object.get("phone").map(|raw| phone(raw.get())).transpose()?;
    let details = Details {
        name: name.transpose()?.filter(|name| !name.is_empty()).map(Name::from_whole),
        email: Some(email.clone()),
        phone: phone.flatten(),
        ..Details::default()
    };
    let named = Named::Email(email, Box::new(details));
    Ok(NamedCustomer { named, first })
}

/// `default`: true makes the card the first choice, false leaves that as it is.
pub(super) fn first(customer: &Object) -> Result<Option<First>, Code> {
    let said = customer.get("default").map(|raw| fields::boolean(raw.get())).transpose()?;
    Ok(said.map(|said| if said { First::Yes } else { First::No }))
}

/// Reads the id of a customer; none where it is no id.
pub(super) fn customer_id(raw: &str) -> Result<Option<Id<Customer>>, Code> {
    fields::id(raw, id::CUSTOMER, "customer_id_invalid")
}
