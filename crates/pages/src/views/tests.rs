//! What must hold of every screen: it shows a merchant's text as text, names its fields, and runs nothing
//! inline.

use super::samples::{self, screens};
use super::*;
use crate::assets;
use crate::messages::{ChoiceError, NoPage};

/// The start tags of `html` that are called `name`.
fn tags<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let opening = format!("<{name}");
    html.match_indices(&opening)
        .map(|(at, _)| &html[at..])
        .filter(|rest| rest[opening.len()..].starts_with([' ', '>']))
        .map(|rest| &rest[..=rest.find('>').unwrap()])
        .collect()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn title(html: &str) -> &str {
    html.split_once("<title>").unwrap().1.split_once("</title>").unwrap().0
}

fn page(name: &str) -> String {
    screens().into_iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn a_merchants_text_is_shown_and_never_run() {
    for (name, html) in screens() {
        assert_eq!(tags(&html, "script").len(), 1, "{name}");
        assert!(tags(&html, "b").is_empty(), "{name}");
        assert!(!html.contains("&#38;#"), "{name} is escaped twice");
    }
    let html = page("open_nasty");
    assert!(html.contains(
        "två påsar kaffe &#34;Mörkrost&#34; &#38; 1 &#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62; ☕🧑‍🚀"
    ));
    assert!(title(&html).ends_with("Fjäll &#38; &#34;Fika&#34; &#60;b onload=alert(1)&#62;"));
}

#[test]
fn an_attribute_cannot_be_left() {
    let html = page("open_errors");
    let expiry = tags(&html, "input").into_iter().find(|tag| tag.contains("id=\"expiry\"")).unwrap();
    assert_eq!(attribute(expiry, "value"), Some("13/2&#34;&#60;"));
    let html = page("result_framed");
    assert!(html.contains("href=\"https://shop.example/thanks?order=1042&#38;lang=sv\""));
    assert!(page("challenge").contains("href=\"/c/token/bank?a=1&#38;b=2\""));
    let mut page = samples::returning(samples::checkout(Shell::default(), samples::order("Shop", "")));
    page.saved[0].id = "\" checked autofocus onfocus=\"alert(1)".into();
    page.saved[1].last_four = "<b>".into();
    let html = page.render().unwrap();
    let first = tags(&html, "input").into_iter().find(|tag| tag.contains("id=\"card-1\"")).unwrap();
    assert_eq!(attribute(first, "value"), Some("&#34; checked autofocus onfocus=&#34;alert(1)"));
    assert!(tags(&html, "b").is_empty());
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for (name, html) in screens() {
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(tag, _)| tag) {
            assert!(attribute(tag, "style").is_none(), "{name}: {tag}");
            for handler in [" onclick=", " onload=", " onsubmit=", " onerror=", " oninput="] {
                // Within a quoted value a handler's name is only text.
                assert!(!tag.contains(handler) || tag.contains("&#"), "{name}: {tag}");
            }
            for source in ["src", "action", "formaction"] {
                assert!(attribute(tag, source).is_none_or(|to| to.starts_with('/')), "{name}: {tag}");
            }
        }
        assert!(!html.contains("<style"), "{name}");
        let total = html.len() + assets::ALL.iter().map(|asset| asset.text.len()).sum::<usize>();
        assert!(total <= 30 * 1024, "{name} has {total} bytes");
    }
}

#[test]
fn every_input_has_a_visible_label() {
    let mut seen = 0;
    for (name, html) in screens() {
        for input in tags(&html, "input") {
            if attribute(input, "type") == Some("hidden") {
                continue;
            }
            let id = attribute(input, "id").unwrap_or_else(|| panic!("{name}: {input} has no id"));
            let (_, rest) = html
                .split_once(&format!("<label for=\"{id}\">"))
                .unwrap_or_else(|| panic!("{name}: {input} has no label, or one with a class or hidden"));
            assert!(!rest.split_once("</label>").unwrap().0.trim().is_empty(), "{name}: {input}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn what_an_attribute_points_to_is_there_once() {
    for (name, html) in screens() {
        let all = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap());
        for tag in all {
            let described = attribute(tag, "aria-describedby").unwrap_or_default().split(' ');
            let jumps = attribute(tag, "href").and_then(|to| to.strip_prefix('#'));
            for id in described.chain(jumps).filter(|id| !id.is_empty()) {
                assert_eq!(html.matches(&format!(" id=\"{id}\"")).count(), 1, "{name}: {id}");
            }
        }
    }
}

#[test]
fn number_and_code_are_never_given_back() {
    for (name, html) in screens() {
        for input in tags(&html, "input") {
            if matches!(attribute(input, "name"), Some("number" | "code" | "saved_code")) {
                assert!(attribute(input, "value").is_none(), "{name}: {input}");
            }
        }
    }
}

#[test]
fn an_error_stands_in_the_summary_and_at_its_field() {
    let html = page("open_errors");
    assert!(title(&html).starts_with("Error: "));
    assert!(html.contains("<a href=\"#number\">That card number is not right. Type it again.</a>"));
    assert!(html.contains("id=\"number-error\">That card number is not right. Type it again.<"));
    assert_eq!(html.matches("aria-invalid=\"true\"").count(), 3);
    assert!(html.contains("aria-describedby=\"code-error code-help\""));
    assert!(!page("open").contains("aria-invalid"));
}

#[test]
fn the_title_says_first_what_happened() {
    for (name, begins) in [
        ("open", "Pay SEK\u{a0}249.00 – Fjällbutiken"),
        ("declined_funds", "Payment declined – Fjällbutiken"),
        ("processing", "Your payment is being processed – "),
        ("paid", "Payment complete – "),
        ("reserved", "Payment reserved – "),
        ("canceled", "Payment canceled – "),
        ("revoked", "This payment page is closed – "),
        ("out_of_date", "This payment page is out of date – "),
        ("saved", "Pay SEK\u{a0}249.00 – Fjällbutiken"),
        ("saved_errors", "Error: Pay SEK\u{a0}249.00 – "),
        ("choice_gone", "Error: Pay SEK\u{a0}249.00 – "),
        ("challenge", "Your bank asks you to confirm this payment – Fjällbutiken"),
        ("bank", "Confirm this payment? – Simulated bank"),
        ("customer", "Your saved cards – Fjällbutiken"),
        ("customer_added", "Card saved – "),
        ("customer_updated", "Card updated – "),
        ("customer_emptied", "Card removed – "),
        ("customer_default", "Default card changed – "),
        ("remove_card", "Remove Visa ending in 4242? – "),
        ("add_card", "Add a card – "),
        ("add_errors", "Error: Add a card – "),
        ("add_declined", "Card not saved – "),
    ] {
        assert!(title(&page(name)).starts_with(begins), "{name}: {}", title(&page(name)));
    }
    assert_eq!(title(&page("not_found")), "Page not found");
}

#[test]
fn whatever_took_no_money_says_so_once() {
    for (name, html) in screens() {
        let none = name.starts_with("declined")
            || name.starts_with("too_many_tries")
            || ["saved_declined", "released", "canceled", "revoked", "out_of_date"].contains(&name);
        assert_eq!(html.matches(words::NO_MONEY).count(), usize::from(none), "{name}");
    }
}

#[test]
fn a_used_up_page_has_no_form_but_the_way_back() {
    let html = page("too_many_tries_here");
    assert!(html.contains("Too many tries") && html.contains("Go back to the shop"));
    assert!(!html.contains("name=\"number\"") && html.contains("Back to shop.example"));
    for open in ["too_many_tries", "too_many_tries_of_a_card"] {
        assert!(page(open).contains("name=\"number\""), "{open}");
    }
}

#[test]
fn only_a_fresh_framed_result_tells_the_script_where_to_go() {
    assert!(page("result_framed").contains(" data-outcome=\"paid\" data-leave=\"https://shop.example/"));
    assert!(page("result_framed").contains(" target=\"_top\""));
    let later = page("result_framed_later");
    assert!(later.contains(" data-outcome=\"paid\"") && !later.contains("data-leave"));
    let plain = page("paid");
    assert!(!plain.contains("data-") && !plain.contains("target="));
    assert!(plain.contains("You will be taken back to shop.example in a few seconds."));
    assert!(!page("reserved").contains("in a few seconds"));
}

#[test]
fn a_return_link_leaves_by_http_only() {
    let host = || "shop.example".to_owned();
    for good in ["https://shop.example/", "HTTP://shop.example"] {
        assert!(ReturnLink::new(good.into(), host()).is_some(), "{good}");
    }
    for bad in [
        "javascript:alert(1)",
        "javascript://shop.example/%0aalert(1)",
        "/thanks",
        "//shop.example",
        "data:text/html,x",
        "",
    ] {
        assert!(ReturnLink::new(bad.into(), host()).is_none(), "{bad}");
    }
}

#[test]
fn a_long_message_folds_between_words_and_inside_a_letter_never() {
    let order = |message: &str| samples::order("Shop", message);
    assert_eq!(order("Two bags of coffee").folded(), None);
    let words = "kaffe och te ".repeat(40);
    let folded = order(&words);
    let lead = folded.folded().unwrap();
    assert!(
        words.starts_with(lead) && lead.chars().count() <= 180 && lead.ends_with(|c: char| c.is_alphabetic())
    );
    assert_eq!(order(&"å".repeat(1000)).folded().map(|lead| lead.chars().count()), Some(180));
}

#[test]
fn small_helpers() {
    assert_eq!(initial("åhus kaffe").as_deref(), Some("Å"));
    assert_eq!(initial("🦊 fox"), None);
    let card = |number| TestCard { number, outcome: "" }.grouped();
    assert_eq!(card("4242424242424242"), "4242 4242 4242 4242");
    assert_eq!(card("378282246310005"), "3782 822463 10005");
}

#[test]
fn a_page_without_return_address_or_message_leaves_no_holes() {
    let mut page = samples::checkout(Shell::default(), samples::order("Shop", ""));
    page.back = None;
    let html = page.render().unwrap();
    assert!(!html.contains("return to") && !html.contains("class=\"message\""));
}

#[test]
fn an_error_page_names_nobody() {
    for name in ["not_found", "not_private", "method", "unreadable", "too_large", "internal", "busy"] {
        let html = page(name);
        assert!(
            !html.contains("shop.example") && !html.contains("Fjäll") && !html.contains("<header"),
            "{name}"
        );
    }
    assert_eq!(NoPage::Busy.status(), 503);
}

/// The value of each radio button, those that can be chosen, and the one that is.
fn choices(html: &str) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    let radios = tags(html, "input").into_iter().filter(|tag| attribute(tag, "name") == Some("card"));
    let all: Vec<&str> = radios.collect();
    let with = |flag: &str, is: bool| {
        let those =
            all.iter().filter(|tag| tag.trim_end_matches('>').split(' ').any(|word| word == flag) == is);
        those.filter_map(|tag| attribute(tag, "value")).collect()
    };
    (
        all.iter().filter_map(|tag| attribute(tag, "value")).collect(),
        with("disabled", false),
        with("checked", true),
    )
}

#[test]
fn the_default_is_chosen_and_another_card_is_the_last_choice() {
    let html = page("saved");
    let all = vec!["0192a1", "0192a2", "0192a3", "new"];
    assert_eq!(choices(&html), (all.clone(), vec!["0192a1", "0192a2", "new"], vec!["0192a1"]));
    assert!(html.contains("<span>Visa ending in 4242</span> <span class=\"until\">Expires 12/30</span>"));
    assert!(
        html.contains("<span>Mastercard ending in 4444</span> <span class=\"until\">Expired 03/25</span>")
    );
    // The script and the style sheet only hide the fields; the page itself always has them.
    for name in ["number", "expiry", "code"] {
        assert_eq!(html.matches(&format!(" name=\"{name}\"")).count(), 1, "{name}");
    }
    assert_eq!(choices(&page("saved_another")).2, ["new"]);
    assert!(choices(&page("open")).0.is_empty() && choices(&page("saving")).0.is_empty());
}

#[test]
fn an_expired_card_is_never_chosen() {
    let mut page = samples::returning(samples::checkout(Shell::default(), samples::order("Shop", "")));
    page.saved[0].expired = true;
    assert!(choices(&page.render().unwrap()).2.is_empty());
    page.choice_error = Some(ChoiceError::Expired);
    assert!(
        page.render().unwrap().contains("<a href=\"#card-2\">That card has expired. Choose another one.</a>")
    );
    page.saved.truncate(1);
    assert!(page.render().unwrap().contains("<a href=\"#card-new\">"));
}

#[test]
fn an_error_about_the_choice_stands_beside_it() {
    for (name, text) in [
        ("choice_gone", "That card is no longer saved. Pay with another one."),
        ("choice_expired", "That card has expired. Choose another one."),
    ] {
        let html = page(name);
        assert!(html.contains(&format!("<a href=\"#card-1\">{text}</a>")), "{name}");
        assert!(html.contains(&format!("<p class=\"error\" id=\"choice-error\">{text}</p>")), "{name}");
        assert!(html.contains(" aria-invalid=\"true\" aria-describedby=\"choice-error\""), "{name}");
        assert!(choices(&html).2.is_empty(), "{name}");
    }
    let html = page("choice_none_left");
    assert!(html.contains("<a href=\"#number\">That card is no longer saved."));
    assert!(html.contains("<p class=\"error\">That card is no longer saved."));
}

#[test]
fn a_saved_cards_code_is_asked_for_beside_the_choice_and_only_where_it_is_needed() {
    for (name, text) in [
        ("saved_code_missing", "Enter the security code."),
        ("saved_code_length", "The security code should have 4 digits."),
    ] {
        let html = page(name);
        assert!(title(&html).starts_with("Error: "), "{name}");
        assert!(html.contains(&format!("<a href=\"#saved-code\">{text}</a>")), "{name}");
        assert!(html.contains(&format!("<p class=\"error\" id=\"saved-code-error\">{text}</p>")), "{name}");
        assert!(html.contains("aria-describedby=\"saved-code-error saved-code-help\""), "{name}");
        assert_eq!(choices(&html).2, ["0192a1"], "{name}: the choice stays");
    }
    let html = page("saved_code");
    assert!(html.contains(" name=\"saved_code\"") && !html.contains("aria-invalid"));
    for name in ["saved", "saved_another", "open"] {
        assert!(!page(name).contains("saved_code"), "{name}");
    }
}

#[test]
fn saving_is_offered_unticked_and_says_what_is_kept() {
    for name in ["saved", "saved_another", "saving"] {
        let html = page(name);
        let boxes: Vec<&str> =
            tags(&html, "input").into_iter().filter(|tag| attribute(tag, "name") == Some("save")).collect();
        assert_eq!(boxes.len(), 1, "{name}");
        assert_eq!(
            (attribute(boxes[0], "value"), boxes[0].contains("checked")),
            (Some("yes"), false),
            "{name}"
        );
        assert!(html.contains("Save this card for later purchases at Fjällbutiken"), "{name}");
        assert!(html.contains("never the security code"), "{name}");
    }
    assert!(!page("open").contains("name=\"save\""));
    let mut page = samples::returning(samples::checkout(Shell::default(), samples::order("Shop", "")));
    page.saving = Some(Saving { ticked: true, shop: "Shop".into() });
    assert!(page.render().unwrap().contains("value=\"yes\" checked"));
}

#[test]
fn the_bank_takes_two_answers_or_none() {
    let html = page("bank_nasty");
    let answers: Vec<_> = tags(&html, "button").into_iter().map(|tag| attribute(tag, "value")).collect();
    assert_eq!(answers, [Some("accept"), Some("refuse")]);
    assert!(html.contains("<a href=\"/c/token\">Leave without answering</a>"));
    // It is another site: no mark of the shop, no words of ours.
    assert!(html.contains(" class=\"bank\"") && page("bank_framed").contains(" class=\"bank framed\""));
    assert!(!html.contains("class=\"merchant\"") && !html.contains("is not shared with"));
}

#[test]
fn a_customers_cards_have_buttons_with_full_names() {
    let html = page("customer");
    assert!(
        html.contains(">Make default <span class=\"heard\">American Express ending in 0005</span></button>")
    );
    assert!(html.contains(">Remove <span class=\"heard\">Visa ending in 4242</span></a>"));
    // Neither the default nor an expired card can become the default.
    assert_eq!(html.matches("Make default").count(), 1);
    assert_eq!(html.matches(">Default<").count(), 1);
    assert!(html.contains("<a href=\"/customer/token/data\" download>Download what is stored about you</a>"));
    assert!(!html.contains("role=\"status\""));
    assert!(
        page("customer_default")
            .contains("role=\"status\" tabindex=\"-1\" autofocus>Your default card has been changed.<")
    );
    let empty = page("customer_empty");
    assert!(
        empty.contains("You have no saved card for purchases at Fjällbutiken.") && !empty.contains("<ul")
    );
}

#[test]
fn removing_says_what_becomes_of_the_default() {
    let default = "American Express ending in 0005 becomes the default.";
    assert!(page("remove_default").contains(default));
    assert!(page("remove_last").contains("It is your last saved card"));
    for name in ["remove_card", "remove_default", "remove_last"] {
        let html = page(name);
        assert_eq!(html.contains(default), name == "remove_default");
        assert!(html.contains("type=\"submit\">Remove Visa ending in 4242</button>"), "{name}");
        assert!(html.contains("href=\"/customer/token\">Keep the card</a>"), "{name}");
    }
}

#[test]
fn adding_a_card_charges_nothing_and_says_so() {
    for name in ["add_card", "add_errors", "add_declined", "add_full"] {
        let html = page(name);
        assert!(html.contains("The card is only checked. Nothing is charged."), "{name}");
        assert!(html.contains("<input type=\"hidden\" name=\"form\" value=\"4f1d0c\">"), "{name}");
        let refused = name == "add_declined" || name == "add_full";
        assert_eq!(html.contains(words::NOTHING_CHARGED), refused, "{name}");
    }
    assert_eq!(page("add_errors").matches("aria-invalid=\"true\"").count(), 3);
}
