//! What must hold of every screen: it shows a merchant's text as text, names its fields, and runs nothing
//! inline.

use super::samples::{self, screens};
use super::*;
use crate::assets;

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
            if matches!(attribute(input, "name"), Some("number" | "code")) {
                assert!(attribute(input, "value").is_none(), "{name}: {input}");
            }
        }
    }
}

#[test]
fn an_error_stands_in_the_summary_and_at_its_field() {
    let html = page("open_errors");
    assert!(title(&html).starts_with("Error: "));
    assert!(html.contains("<a href=\"#number\">That number has a typo. Check it against your card.</a>"));
    assert!(html.contains("id=\"number-error\">That number has a typo. Check it against your card.<"));
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
        ("revoked", "Checkout closed – "),
    ] {
        assert!(title(&page(name)).starts_with(begins), "{name}: {}", title(&page(name)));
    }
    assert_eq!(title(&page("not_found")), "Page not found");
}

#[test]
fn whatever_took_no_money_says_so_once() {
    for (name, html) in screens() {
        let none = name.starts_with("declined")
            || ["too_many_tries", "unavailable", "released", "canceled", "revoked"].contains(&name);
        assert_eq!(html.matches(words::NO_MONEY).count(), usize::from(none), "{name}");
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
    let card = |number: &str| TestCard { number: number.into(), outcome: String::new() }.grouped();
    assert_eq!(card("4242424242424242"), "4242 4242 4242 4242");
    assert_eq!(card("378282246310005"), "3782 822463 10005");
}

#[test]
fn a_page_without_return_address_or_message_leaves_no_holes() {
    let mut page = samples::checkout(Shell::default(), samples::order("Shop", ""));
    page.back = None;
    page.brands.clear();
    let html = page.render().unwrap();
    assert!(
        !html.contains("return to")
            && !html.contains("class=\"message\"")
            && !html.contains("class=\"brands\"")
    );
}

#[test]
fn an_error_page_names_nobody() {
    for name in ["not_found", "method", "unreadable", "too_large", "internal", "busy"] {
        let html = page(name);
        assert!(
            !html.contains("shop.example") && !html.contains("Fjäll") && !html.contains("<header"),
            "{name}"
        );
    }
    assert_eq!(ErrorKind::Busy.status(), 503);
}
