//! A vendor's name stands in its dialect and nowhere else: the core treats the name of an API as opaque text.

use super::{File, Finding, numbered};

/// The crates that know no vendor.
const NAMELESS: [&str; 5] = ["acquirers", "db", "domain", "pages", "vault"];
/// They take what stood in columns of one API to rows under that API's name, and what one API counted to what all count.
const NAMES_ONE: [&str; 2] = ["/0014_settings_of_apis.sql", "/0020_units_of_amounts.sql"];

/// Looks at every text below those crates, comments, templates and migrations included, and at the files' names.
pub(crate) fn check(files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let is_nameless = file.crate_folder().is_some_and(|folder| NAMELESS.contains(&folder));
        if !is_nameless || NAMES_ONE.iter().any(|name| file.path.ends_with(name)) {
            continue;
        }
        let mut lines = vec![(1, file.path.as_str())];
        lines.extend(numbered(&file.text));
        for (number, line) in lines {
            findings.extend(vendor_in(line).map(|name| {
                let what = format!("`{name}` is a vendor's name: only crates/dialects, the tests and the documents know vendors");
                Finding::new(&file.path, number, what)
            }));
        }
    }
    findings
}

/// The first vendor's name in a line, as it is written there.
fn vendor_in(line: &str) -> Option<&str> {
    let plain = line.to_ascii_lowercase();
    let starts = plain.char_indices().map(|(at, _)| at);
    starts
        .filter_map(|at| Some((at, name_length(line, &plain, at)?)))
        .map(|(at, length)| &line[at..at + length])
        .next()
}

/// How long the vendor's name is that begins at `at`, if one does. `plain` is the line in small letters.
fn name_length(line: &str, plain: &str, at: usize) -> Option<usize> {
    let begins_word = !plain[..at].ends_with(|c: char| c.is_ascii_lowercase()) || is_upper(line, at);
    two_parts(plain, at, "neuro", "")
        .or_else(|| two_parts(plain, at, "neo", "pay"))
        .or_else(|| two_parts(plain, at, "nero", "pay"))
        // `generous` and `onerous` are no vendors.
        .or_else(|| two_parts(plain, at, "nero", "").filter(|_| begins_word))
        .or_else(|| two_parts(plain, at, "checkout", "com").filter(|length| ends_word(line, at, at + length)))
}

/// The length of `first` and `second` with at most one sign between them.
fn two_parts(plain: &str, at: usize, first: &str, second: &str) -> Option<usize> {
    let rest = plain[at..].strip_prefix(first)?;
    let joined = rest.strip_prefix(['-', '_', '.', ' ']).filter(|_| !second.is_empty()).unwrap_or(rest);
    let after = joined.strip_prefix(second)?;
    Some(plain.len() - at - after.len())
}

/// `checkout.com` and `CheckoutCom` are the vendor; `checkout completes`, `CheckoutCompleted` and `CHECKOUT_COMPLETED` are not.
fn ends_word(line: &str, start: usize, end: usize) -> bool {
    let is_shouted = !line[start..end].contains(|c: char| c.is_ascii_lowercase());
    let next = line[end..].chars().next();
    !next.is_some_and(|c| c.is_ascii_lowercase() || (is_shouted && c.is_ascii_uppercase()))
}

fn is_upper(line: &str, at: usize) -> bool {
    line[at..].starts_with(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::super::said;
    use super::*;

    #[test]
    fn vendors_are_found_in_any_spelling() {
        for line in [
            "Neuro-Pay",
            "neuro_pay",
            "NEUROPAY",
            "NeuroPay",
            "neopay",
            "Neo-Pay",
            "neo_pay",
            "NeroPay",
            "nero_pay",
            "NERO",
            "a nero account",
            "aNeroPayment",
            "myneropay",
            "checkout.com",
            "Checkout.com",
            "checkout_com",
            "CheckoutCom",
            "CheckoutComPayment",
            "CHECKOUT_COM",
            "checkout-com",
            "checkoutcom",
            "→ checkout_com2",
        ] {
            assert!(vendor_in(line).is_some(), "{line}");
        }
    }

    #[test]
    fn plain_words_are_no_vendors() {
        for line in [
            "a generous, onerous life",
            "the checkout completes",
            "CheckoutCompleted",
            "CHECKOUT_COMPLETED",
            "checkout commands",
            "checkout",
            "neo",
            "neon pay",
            "payments/checkout",
            "sooner or later",
            "général",
        ] {
            assert_eq!(vendor_in(line), None, "{line}");
        }
    }

    #[test]
    fn only_the_core_is_nameless_and_file_names_count() {
        let files = [
            ("crates/domain/src/a.rs", "//! Fine.\n// As Neopay does."),
            ("crates/pages/templates/nero_pay.html", "<p>"),
            ("crates/dialects/src/neopay/mod.rs", "neopay"),
            ("tests/drivers/neopay.rs", "neopay"),
        ];
        let said = said(check, &files);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("crates/domain/src/a.rs:2: `Neopay` is a vendor's name"), "{said:?}");
        assert!(said[1].starts_with("crates/pages/templates/nero_pay.html:1: `nero_pay`"), "{said:?}");
    }
}
