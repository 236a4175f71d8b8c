//! What is no id.

use kassa_tests::drivers::shop::Api;

use super::routes::Names;
use super::shops::Objects;

/// Texts that are no ids of what a request names.
pub(super) fn malformed(api: Api, names: Names, own: &Objects) -> Vec<String> {
    let texts: &[&str] = match (api, names) {
        (_, Names::Nothing) => &[],
        (_, Names::Email) => &["no-address", "nobody@@example"],
        (Api::NeuroPay, _) => {
            &["", "x", "0000000000004000800000000000000", "{00000000000040008000000000000000}"]
        }
        (Api::Neopay, _) => &["x", "00000000-0000-4000-8000-00000000000g"],
        (Api::NeroPay, _) => &["0", "-1", "01001", "x", "1001.0", "%FF", "99999999999999999999"],
        (_, Names::Reference) => &[""],
        (Api::CheckoutCom, Names::Checkout(_) | Names::Estimated) => {
            &["x", "pay_x", "pay_aaaaaaaaaaaaaaaaaaaaaaaaab"]
        }
        (Api::CheckoutCom, Names::Page | Names::Link) => &[
            "x",
            "hpp_x",
            "pl_x",
            "hpp_AAAAAAAAAAA",
            "pl_AAAAAAAAAAAAA",
            "hpp_AAAAAAAAAAA=",
            "pl_AAAAAAAAAAA+",
        ],
        (Api::CheckoutCom, Names::Token) => &["tok_x", "tok_aaaaaaaaaaaaaaaaaaaaaaaaab"],
        (Api::CheckoutCom, _) => {
            &["cus_x", "src_x", "src_aaaaaaaaaaaaaaaaaaaaaaaaab", "cus_aaaaaaaaaaaaaaaaaaaaaaaaab"]
        }
    };
    let mut all: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    // The shop's own customer in another API's spelling is nobody here, and neither is what is another kind of thing.
    match (names, api) {
        (Names::Customer, Api::CheckoutCom) => all.push(own.customer.hex.clone()),
        (Names::Customer, _) | (Names::Card | Names::Loose | Names::Token, Api::CheckoutCom) => {
            all.push(own.customer.cus.clone());
        }
        (Names::Checkout(_) | Names::Estimated, Api::CheckoutCom) => {
            all.push(own.customer.cus.clone());
            all.extend(own.checkouts.first().cloned());
        }
        // A link is no page, whatever its id begins with, and a page is no link.
        (Names::Page, _) => all.extend(own.link.iter().flat_map(|id| both(id))),
        (Names::Link, _) => all.extend(own.page.iter().flat_map(|id| both(id))),
        _ => {}
    }
    all
}

/// The id of a page or a link, under either beginning.
fn both(id: &str) -> [String; 2] {
    let (_, letters) = id.split_once('_').expect("it has a beginning");
    [format!("hpp_{letters}"), format!("pl_{letters}")]
}
