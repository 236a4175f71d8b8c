//! The files: what they look like, read and written.
//!
//! ```text
//! # What the file shows, and which document says so.
//!
//! ### Given a customer
//!
//! ### A step, in words
//! POST /neuro-pay/checkout/retrieve
//! Authorization: Bearer {api_key}
//!
//! {
//!   "checkout_id": "{checkout_id}"
//! }
//!
//! HTTP 200
//! content-type: application/json
//!
//! {
//!   "checkout_id": "{checkout_id}",
//!   …
//! }
//!
//! ### The buyer pays
//! ! pay {checkout_page} 4242424242424242
//! ```
//!
//! A body ends before the blank line in front of what follows. One that is JSON is indented here and compact on the
//! wire, where it is compared byte for byte; where its spaces matter, the line `exactly:` stands above it. Of the
//! response every header stands there, sorted, but for those that change each time and the length, which the client
//! checks.
//!
//! Acts are `pay PAGE NUMBER`, `save PAGE NUMBER`, `tell PAGE ANSWER` (what the buyer tells the card's bank), `cancel PAGE`,
//! `revoke CHECKOUT` and `wait SECONDS`, and in stories that lie in a folder `faults`, each with a server of its own,
//! `nothing can be written`, `everything can be written again`, `the acquirer is out of reach`, `the sealed cards are
//! altered` and `the stored answers are altered`.
//!
//! `Given a customer` tells the vendor's `set_ups/a_customer.http` at this place. It is a golden itself, so it is
//! compared like every step, and what it captures is known from there on.

use kassa_tests::layout;

/// A file.
pub(crate) struct Golden {
    /// The comment at its beginning.
    pub(crate) preface: String,
    pub(crate) steps: Vec<Step>,
}

/// One step of its story.
pub(crate) struct Step {
    pub(crate) title: String,
    pub(crate) does: Does,
}

pub(crate) enum Does {
    /// `! …`: what a buyer, the operator or a fault does.
    Act(String),
    /// `Given …`: what a set-up of this name does.
    Given(String),
    /// A request, and the response with its body as it is on the wire.
    Exchange(Request, String),
}

/// A request, with placeholders.
pub(crate) struct Request {
    /// Method, path and headers as they stand in the file.
    head: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    /// As it is on the wire.
    pub(crate) body: String,
}

/// Reads a file.
pub(crate) fn parse(text: &str) -> Result<Golden, String> {
    let mut parts = text.split("\n### ");
    let preface = parts.next().unwrap_or_default().trim_end().to_owned();
    if !preface.starts_with('#') {
        return Err("begins without a comment that says what it shows".to_owned());
    }
    let steps = parts.map(step).collect::<Result<Vec<_>, _>>()?;
    if steps.is_empty() {
        return Err("tells nothing".to_owned());
    }
    Ok(Golden { preface, steps })
}

fn step(text: &str) -> Result<Step, String> {
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    let does = does(title, rest).map_err(|why| format!("### {title}\n{why}"))?;
    Ok(Step { title: title.to_owned(), does })
}

fn does(title: &str, rest: &str) -> Result<Does, String> {
    if let Some(name) = title.strip_prefix("Given ") {
        let is_alone = rest.trim().is_empty();
        return if is_alone {
            Ok(Does::Given(name.to_owned()))
        } else {
            Err("a set-up does all by itself".to_owned())
        };
    }
    if let Some(act) = rest.strip_prefix("! ") {
        return Ok(Does::Act(act.trim().to_owned()));
    }
    let (asked, answered) = rest.split_once("\nHTTP ").unwrap_or((rest, ""));
    let (head, body) = parted(asked.trim_end_matches('\n'));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let (method, path) = first.split_once(' ').ok_or_else(|| format!("no method and path in {first:?}"))?;
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("no header in {line:?}"))?;
        Ok((name.to_owned(), value.trim().to_owned()))
    });
    let request = Request {
        head: head.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers.collect::<Result<_, String>>()?,
        body: layout::read(body)?,
    };
    let expected = if answered.is_empty() { String::new() } else { format!("HTTP {}", answered.trim_end()) };
    let (head, body) = parted(&expected);
    Ok(Does::Exchange(request, joined(head, &layout::read(body)?)))
}

/// A message's head, and its body if it has one.
fn parted(message: &str) -> (&str, &str) {
    message.split_once("\n\n").unwrap_or((message, ""))
}

/// The whole message again.
pub(crate) fn joined(head: &str, body: &str) -> String {
    if body.is_empty() { head.to_owned() } else { format!("{head}\n\n{body}") }
}

/// A message as a file has it.
pub(crate) fn spelled(message: &str) -> String {
    let (head, body) = parted(message);
    joined(head, &layout::shown(body))
}

/// Writes a step as it stands in a file.
pub(crate) fn write(step: &Step, answered: &str) -> String {
    let title = &step.title;
    match &step.does {
        Does::Act(act) => format!("\n\n### {title}\n! {act}"),
        Does::Given(_) => format!("\n\n### {title}"),
        Does::Exchange(request, _) => {
            let asked = joined(&request.head, &layout::shown(&request.body));
            format!("\n\n### {title}\n{asked}\n\n{}", spelled(answered))
        }
    }
}
