//! A request's fields: trimmed, an empty text made null, and each checked by its own rule, all of them before the
//! request is refused.

use domain::customers::{Change, Customer, Patch};
use domain::phone::Phone;
use domain::text::{self, Email, NAME_MAX, Name};
use domain::{Error, Id};

use super::error::{Failure, Problems};
use super::id;
use crate::json::Object;

/// The fields of one request, and what was found wrong with them.
pub(super) struct Fields {
    object: Object,
    problems: Problems,
}

/// Which customer a change is for.
pub(super) enum Which {
    /// The one with this id; none is an id that nobody can have.
    Id(Option<Id<Customer>>),
    /// The one with this e-mail address.
    Email(Email),
}

impl Fields {
    pub(super) fn new(object: Object) -> Self {
        Self { object, problems: Problems::default() }
    }

    /// What a new customer is told to be. An `id` is ignored, as an unknown field would be.
    pub(super) fn creation(mut self) -> Result<Change, Failure> {
        if self.is_missing("email") {
            self.problems.wrong("email", "is required");
        }
        let change = self.change();
        self.problems.result()?;
        Ok(change)
    }

    /// What the customer of the path is told to become. The body may repeat the id, and not name another.
    pub(super) fn change_of(mut self, path: Option<Id<Customer>>) -> Result<Change, Failure> {
        // fidelity: documented – beside an id in the path it must be the same by our choice
        if let Patch::Set(text) = self.said("id")
            && (path.is_none() || id::read(&text) != path)
        {
            self.problems.wrong("id", "must match the id in the path");
        }
        let change = self.change();
        self.problems.result()?;
        Ok(change)
    }

    /// What the customer that the body names is told to become. With an `id`, an `email` is a new value.
    pub(super) fn selected_change(mut self) -> Result<(Which, Change), Failure> {
        if self.is_missing("id") && self.is_missing("email") {
            self.problems.wrong("id", "is required when email is not present");
            self.problems.wrong("email", "is required when id is not present");
        }
        // fidelity: documented – selects where the path names nobody
        let id = self.said("id");
        let mut change = self.change();
        self.problems.result()?;
        let which = match (id, &change.email) {
            (Patch::Set(text), _) => Which::Id(id::read(&text)),
            (Patch::Keep | Patch::Clear, Patch::Set(email)) => Which::Email(email.clone()),
            // Neither was refused above.
            (Patch::Keep | Patch::Clear, Patch::Keep | Patch::Clear) => Which::Id(None),
        };
        if matches!(which, Which::Email(_)) {
            change.email = Patch::Keep;
        }
        Ok((which, change))
    }

    /// Every field of a customer, in the order of the vendor's table.
    fn change(&mut self) -> Change {
        Change {
            // fidelity: documented
            name: map(self.free("name"), Name::from_whole),
            email: self.email(),
            // fidelity: documented
            phone: map(self.plain("phone"), Phone::Text),
            // fidelity: documented
            city: self.free("city"),
            // fidelity: documented
            state: self.free("state"),
            // fidelity: documented – two letters by our choice
            country: self.letters("country", 2),
            // fidelity: documented
            zip_code: self.free("zip_code"),
            // fidelity: documented
            street: self.free("street"),
            // fidelity: documented
            house_number: self.free("house_number"),
            // fidelity: documented – three letters by our choice
            currency: self.letters("currency", 3),
            // fidelity: documented
            tax_number: self.plain("tax_number"),
            // fidelity: documented
            company_number: self.plain("company_number"),
            metadata: Patch::Keep,
        }
    }

    /// The one field that cannot be cleared.
    fn email(&mut self) -> Patch<Email> {
        // fidelity: documented – the check of its form is ours
        match self.free("email") {
            Patch::Keep => Patch::Keep,
            Patch::Clear => {
                self.problems.wrong("email", "is required");
                Patch::Keep
            }
            Patch::Set(text) => match Email::parse("email", &text) {
                Ok(email) => Patch::Set(email),
                Err(_) => {
                    self.problems.wrong("email", "must be a valid email address");
                    Patch::Keep
                }
            },
        }
    }

    /// A text that people write freely.
    fn free(&mut self, name: &'static str) -> Patch<String> {
        self.checked(name, text::free)
    }

    /// A number that identifies, in which a card number is not looked for.
    fn plain(&mut self, name: &'static str) -> Patch<String> {
        self.checked(name, text::plain)
    }

    /// A code of so many letters.
    fn letters(&mut self, name: &'static str, count: usize) -> Patch<String> {
        let said = self.said(name);
        if let Patch::Set(text) = &said {
            if text.chars().count() != count {
                self.problems.wrong(name, &format!("must be {count} characters"));
            } else if !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                self.problems.wrong(name, "must only contain letters");
            }
        }
        said
    }

    fn checked(
        &mut self,
        name: &'static str,
        check: fn(&'static str, &str, usize) -> Result<String, Error>,
    ) -> Patch<String> {
        let said = self.said(name);
        if let Patch::Set(text) = &said {
            if text.chars().count() > NAME_MAX {
                self.problems.wrong(name, &format!("must not be greater than {NAME_MAX} characters"));
            } else if let Err(Error::Invalid { why, .. }) = check(name, text, NAME_MAX) {
                self.problems.wrong(name, &why.to_string());
            }
        }
        said
    }

    fn is_missing(&self, name: &str) -> bool {
        let text = self.raw(name).map(serde_json::from_str::<Option<String>>);
        match text {
            None => true,
            Some(Ok(text)) => text.is_none_or(|text| text.trim().is_empty()),
            // It is there, and wrong.
            Some(Err(_)) => false,
        }
    }

    fn raw(&self, name: &str) -> Option<&str> {
        self.object.0.iter().find(|(known, _)| known == name).map(|(_, raw)| raw.get())
    }

    /// What the request says of a field. What is no string is a problem, and counts as not said.
    fn said(&mut self, name: &'static str) -> Patch<String> {
        match self.raw(name) {
            None => Patch::Keep,
            Some("null") => Patch::Clear,
            Some(raw) => match serde_json::from_str::<String>(raw) {
                Ok(text) if text.trim().is_empty() => Patch::Clear,
                Ok(text) => Patch::Set(text.trim().to_owned()),
                Err(_) => {
                    self.problems.wrong(name, "must be a string");
                    Patch::Keep
                }
            },
        }
    }
}

fn map<T, U>(patch: Patch<T>, make: impl FnOnce(T) -> U) -> Patch<U> {
    match patch {
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
        Patch::Set(value) => Patch::Set(make(value)),
    }
}
