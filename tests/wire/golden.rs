//! The files: what they look like, read and written.
//!
//! ```text
//! # What the file shows, and which document says so.
//!
//! ### A step, in words
//! POST /neuro-pay/checkout/retrieve
//! Authorization: Bearer {api_key}
//!
//! {"checkout_id":"{checkout_id}"}
//!
//! HTTP 200
//! content-type: application/json
//!
//! {"checkout_id":"{checkout_id}", …}
//!
//! ### The buyer pays
//! ! pay {checkout_page} 4242424242424242
//! ```
//!
//! A body ends before the blank line in front of what follows. Of the response every header stands there, sorted, but
//! for those that change each time and the length, which the client checks.
//!
//! Acts are `pay PAGE NUMBER`, `save PAGE NUMBER`, `tell PAGE ANSWER` (what the buyer tells the card's bank), `cancel PAGE`,
//! `revoke CHECKOUT` and `wait SECONDS`, and in stories that lie in a folder `faults`, each with a server of its own,
//! `nothing can be written`, `everything can be written again`, `the acquirer is out of reach`, `the sealed cards are
//! altered` and `the stored answers are altered`.

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
    Exchange(Request, String),
}

/// A request, with placeholders.
pub(crate) struct Request {
    /// As it stands in the file.
    pub(crate) text: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Reads a file.
pub(crate) fn parse(text: &str) -> Result<Golden, String> {
    let mut parts = text.split("\n### ");
    let preface = parts.next().unwrap_or_default().trim_end().to_owned();
    if !preface.starts_with('#') {
        return Err("begins without a comment that says what it shows".to_owned());
    }
    Ok(Golden { preface, steps: parts.map(step).collect::<Result<_, _>>()? })
}

fn step(text: &str) -> Result<Step, String> {
    let (title, rest) = text.split_once('\n').ok_or("a step without a request")?;
    let title = title.to_owned();
    if let Some(act) = rest.strip_prefix("! ") {
        return Ok(Step { title, does: Does::Act(act.trim().to_owned()) });
    }
    let (asked, answered) = rest.split_once("\nHTTP ").unwrap_or((rest, ""));
    let asked = asked.trim_end_matches('\n');
    let expected = if answered.is_empty() { String::new() } else { format!("HTTP {}", answered.trim_end()) };
    let (head, body) = asked.split_once("\n\n").unwrap_or((asked, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let (method, path) = first.split_once(' ').ok_or_else(|| format!("no method and path in {first:?}"))?;
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(':').ok_or_else(|| format!("no header in {line:?}"))?;
        Ok((name.to_owned(), value.trim().to_owned()))
    });
    let request = Request {
        text: asked.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers.collect::<Result<_, String>>()?,
        body: body.to_owned(),
    };
    Ok(Step { title, does: Does::Exchange(request, expected) })
}

/// Writes a step as it stands in a file.
pub(crate) fn write(step: &Step, answered: &str) -> String {
    match &step.does {
        Does::Act(act) => format!("\n\n### {}\n! {act}", step.title),
        Does::Exchange(request, _) => format!("\n\n### {}\n{}\n\n{answered}", step.title, request.text),
    }
}
