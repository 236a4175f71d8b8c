//! A buyer with a plain browser: opens the page, reads the form, posts it, follows nothing by itself.

use ureq::Agent;
use ureq::http::Request;

use crate::http::{Answer, get, send};
use crate::used;

/// A card number that the simulator approves.
pub const APPROVED: &str = "4242424242424242";
/// A card number that the simulator declines.
pub const DECLINED: &str = "4000000000000002";

/// A card number that has the buyer confirm at the bank.
pub const CHALLENGED: &str = "4000000000003220";
/// A card number that is charged and whose answer gets lost.
pub const LOST: &str = "4000000000000341";

/// A card number that nobody ever pays with, for the fields in which one may stand: the others must be found nowhere.
pub const UNUSED_CARD: &str = "4111111111111111";
/// A security code of four digits that nothing else in a test consists of, so that it can be searched for.
pub const DISTINCTIVE_CODE: &str = "7391";

/// The code on a card: only American Express has four digits.
fn code_for(number: &str) -> &'static str {
    if number.starts_with("37") { DISTINCTIVE_CODE } else { "123" }
}

/// A buyer who has a link.
pub struct Buyer<'a> {
    agent: &'a Agent,
    link: String,
}

impl<'a> Buyer<'a> {
    /// With the link that the shop gave.
    pub fn new(agent: &'a Agent, link: impl Into<String>) -> Self {
        Self { agent, link: link.into() }
    }

    /// Opens the page.
    #[track_caller]
    pub fn open(&self) -> Answer {
        get(self.agent, &self.link)
    }

    /// The one-time id of the form on the page.
    #[track_caller]
    pub fn form(&self) -> String {
        let page = self.open().expect(200);
        let text = page.text();
        let start = text.find("name=\"form\" value=\"").unwrap_or_else(|| panic!("no form in {text}")) + 19;
        text[start..start + 32].to_owned()
    }

    /// Sends a form as it is, with a card that is valid but for its number.
    #[track_caller]
    pub fn send(&self, form: &str, number: &str) -> Answer {
        self.try_send(form, number).unwrap_or_else(|error| panic!("{}: {error}", self.link))
    }

    /// Sends a form to a server that may be gone.
    ///
    /// # Errors
    /// There was no whole answer.
    pub fn try_send(&self, form: &str, number: &str) -> Result<Answer, ureq::Error> {
        let code = code_for(number);
        self.try_post(&self.link, &format!("form={form}&number={number}&expiry=12%2F99&code={code}"))
    }

    /// Sends any body as a form.
    #[track_caller]
    pub fn post(&self, body: &str) -> Answer {
        self.post_to(&self.link, body)
    }

    /// Opens the page, types a card and pays; the page answers with a redirect to itself.
    #[track_caller]
    pub fn pay(&self, number: &str) -> Answer {
        let answer = self.send(&self.form(), number).expect(303);
        let place = answer.header("location").expect("a redirect").to_owned();
        assert!(self.link.ends_with(&place), "{place} is not {}", self.link);
        answer
    }

    /// Gives up.
    #[track_caller]
    pub fn cancel(&self) -> Answer {
        self.post_cancel().expect(303)
    }

    /// Presses Cancel, whatever comes of it.
    #[track_caller]
    pub fn post_cancel(&self) -> Answer {
        self.post_to(&format!("{}/cancel", self.link), "")
    }

    /// The link.
    pub fn link(&self) -> &str {
        &self.link
    }

    /// The same buyer at a page below.
    pub fn below(&self, path: &str) -> Self {
        Self::new(self.agent, format!("{}{path}", self.link))
    }

    /// Sends a form with a typed card, and the box ticked that saves it.
    #[track_caller]
    pub fn send_and_save(&self, form: &str, number: &str, expiry: &str) -> Answer {
        let code = code_for(number);
        self.post(&format!("form={form}&card=new&number={number}&expiry={expiry}&code={code}&save=yes"))
    }

    /// Opens the page, types a card, ticks the box and pays.
    #[track_caller]
    pub fn pay_and_save(&self, number: &str, expiry: &str) -> Answer {
        self.send_and_save(&self.form(), number, expiry).expect(303)
    }

    /// Opens the page and presses the button with a saved card chosen, whatever comes of it.
    #[track_caller]
    pub fn choose(&self, card: &str) -> Answer {
        self.post(&format!("form={}&card={card}", self.form()))
    }

    /// Answers on the simulated bank's page.
    #[track_caller]
    pub fn tell_the_bank(&self, answer: &str) -> Answer {
        self.below("/bank").post(&format!("answer={answer}")).expect(303)
    }

    /// On the customer page: types a card to be saved.
    #[track_caller]
    pub fn add_card(&self, number: &str, expiry: &str) -> Answer {
        let code = code_for(number);
        self.below("/add").post(&format!("number={number}&expiry={expiry}&code={code}"))
    }

    #[track_caller]
    fn post_to(&self, address: &str, body: &str) -> Answer {
        self.try_post(address, body).unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    fn try_post(&self, address: &str, body: &str) -> Result<Answer, ureq::Error> {
        used::note_form(body);
        let request = Request::post(address).header("content-type", "application/x-www-form-urlencoded");
        send(self.agent, request.body(body.to_owned()).expect("a request"))
    }
}
