//! What is a card number, what is none, and how long it takes to say so.

use super::holds_card_number;

mod harmless;
mod random;
mod spellings;

const FOURS: [&str; 4] = ["4539", "5787", "6362", "1486"];

#[test]
fn a_card_number_is_found_however_it_is_written() {
    for text in [
        "4539578763621486",
        "pay with 4242 4242 4242 4242 please",
        "4242-4242-4242-4242",
        "4242 4242 4242 4242 12 30",
        "ref 12 378282246310005",
        "4539578763621486.",
        "(4539578763621486)",
        "card:4539578763621486/12/39",
        "4539578763621486@example.com",
        // As a magnetic stripe has it.
        "%B4539578763621486^LOVELACE/ADA^39121010000000000000?",
        ";4539578763621486=39121010000000000000?",
        "card-4539-5787-6362-1486",
        "3782 822463 10005",
        "３７８２８２２４６３１０００５",
        // Raised, lowered, in circles, and of segments.
        "⁴⁵³⁹⁵⁷⁸⁷⁶³⁶²¹⁴⁸⁶",
        "₄₅₃₉ ₅₇₈₇ ₆₃₆₂ ₁₄₈₆",
        "④⑤③⑨⑤⑦⑧⑦⑥③⑥②①④⑧⑥",
        "③⑦⑧②⑧②②④⑥③①⓪⓪⓪⑤",
        "❹❺❸❾❺❼❽❼❻❸❻❷❶❹❽❻",
        "❸❼❽❷❽❷❷❹❻❸❶⓿⓿⓿❺",
        // A ten in a circle, and fourteen and sixty-two as they come.
        "③⑦⑧②⑧②②④⑥③❿⓪⓪⑤",
        "❹❺❸❾❺❼❽❼❻❸❻❷⓮❽❻",
        "4539578⑦63621486",
        "➃➄➂➈➄➆➇➆➅➂➅➁➀➃➇➅",
        "➍➎➌➒➎➐➑➐➏➌➏➋➊➍➑➏",
        "⓸⓹⓷⓽⓹⓻⓼⓻⓺⓷⓺⓶⓵⓸⓼⓺",
        "⑷⑸⑶⑼⑸⑺⑻⑺⑹⑶⑹⑵⑴⑷⑻⑹",
        "⒋⒌⒊⒐⒌⒎⒏⒎⒍⒊⒍⒉⒈⒋⒏⒍",
        "🄅🄆🄄🄊🄆🄈🄉🄈🄇🄄🄇🄃🄂🄅🄉🄇",
        // In escapes, as in JSON within a text of JSON.
        r"\u0034539578763621486",
        r#"{"card":"\u00345395787\u00363621486"}"#,
        r"4539\t5787\t6362\t1486",
        r#"{\"card\":\"\\u0034539578763621486\"}"#,
        r"\u005cu0034539578763621486",
        r"\ud835\udfdc539578763621486",
        // In escapes of HTML, with and without their ends, and in those of JSON within.
        "&#52;539578763621486",
        "&#x34;&#X35;&#x033;&#57;578763621486",
        "4539&#32;5787&#x20;6362&#32;148&#54",
        "4539&nbsp;5787&ensp;6362&ndash;1486",
        "&amp;#52;539578763621486",
        // Their zeros, ends and names, as browsers read them.
        "&#0000000052;539578763621486",
        "&#x00000000000034;539578763621486",
        "4539&nbsp5787&nbsp6362&nbsp1486",
        "4539&shy5787&middot6362&NonBreakingSpace;1486",
        "4539&MediumSpace;5787&ThickSpace;6362&boxh;1486",
        // Escapes of programs, addresses and forms.
        r"\x34539578763621486",
        r"\u{34}539578763621486",
        r"4539\-5787\-6362\-1486",
        "4539%2D1488%200343%C2%A06467",
        "%34539578763621486",
        "4539+5787+6362+1486",
        "?q=4539%2B5787%2B6362%2B1486&page=2",
        // Plain on one level, and eaten on the next; digits of several levels.
        "%4539578763621486",
        r"%\\u0034539578763621486",
        r"%\\\\u0034539578763621486",
        "&#5%32;&amp;#53;&#51;&amp;amp;#57;578763621486",
        r"\u0026#52;539578763621486",
        "🯴🯵🯳🯹🯵🯷🯸🯷🯶🯳🯶🯲🯱🯴🯸🯶",
        // In Chinese and Japanese, in the numerals of banks and of markets.
        "四五三九五七八七六三六二一四八六",
        "四五三九 五七八七 六三六二 一四八六",
        "三七八二八二二四六三一〇〇〇五",
        "三七八二八二二四六三一○○○五",
        "叁柒捌贰捌贰贰肆陆叁壹零零零伍",
        "參柒捌貳捌貳貳肆陸參壹零零零伍",
        "参漆捌弐捌弐弐肆陸参壱零零零伍",
        "㊃㊄㊂㊈㊄㊆㊇㊆㊅㊂㊅㊁㊀㊃㊇㊅",
        "〤〥〣〩〥〧〨〧〦〣〦〢〡〤〨〦",
        // On two lines, as it is printed, and in other groups than that.
        "4539 5787 6362\n1486",
        "4539-5787\n6362-1486",
        "4539 5787\n6362 1486\n12/30",
        "3782 822463\r\n10005",
        "4539\n5787\n6362\n1486",
        "45 39 57 87 63 62 14 86",
        "45-39-57-87-63-62-14-86",
        "453 957 876 362 148 6",
        "453957 8763621486",
        // In groups that nobody prints, with two kinds of gap.
        "4539-14880343 6467",
        "45391488 0343-6467",
        "453914-88034 36467",
        "٤٥٣٩ ٥٧٨٧ ٦٣٦٢ ١٤٨٦",
        "𝟜𝟝𝟛𝟡𝟝𝟟𝟠𝟟𝟞𝟛𝟞𝟚𝟙𝟜𝟠𝟞",
        "卡号4539578763621486有效",
        "4\u{fe0f}\u{20e3}5\u{fe0f}\u{20e3}3\u{fe0f}\u{20e3}9\u{fe0f}\u{20e3}5\u{fe0f}\u{20e3}7\u{fe0f}\u{20e3}\
         8\u{fe0f}\u{20e3}7\u{fe0f}\u{20e3}6\u{fe0f}\u{20e3}3\u{fe0f}\u{20e3}6\u{fe0f}\u{20e3}2\u{fe0f}\u{20e3}\
         1\u{fe0f}\u{20e3}4\u{fe0f}\u{20e3}8\u{fe0f}\u{20e3}6\u{fe0f}\u{20e3}",
        // Beside an IBAN, and where two letters make none.
        "SE47 7060 5826 0767 5663 5463, 4539 5787 6362 1486",
        "IT60 X054 2811 1010 0000 0123 456 4539 5787 6362 1486",
        "SE11 4539578763621486",
        // As long as one of Sweden's, and the check digits are wrong; right, and too long or too short; and of no country.
        "SE11 4539 5787 6362 1486 5463",
        "SE91 4539 5787 6362 1486",
        "AB72 4539 5787 6362 1486 5463",
        "QQ12 4539 5787 6362 1486",
        "se 95 4539 5787 6362 1486 5463",
        "SE114 4539 5787 6362 1486",
        "ASE11 4539 5787 6362 1486",
        "no 11 4539 5787 6362 1486",
        "SE47 7060 5826 0767 5663 5463 1111 1111 1111 4539 5787 6362 1486",
        "IT61 X4539 5787 6362 1486 4539 5787 6362 1486",
        // Beside a UUID.
        "50944450-1191-4d27-8d07-3d9db2bc3278 4539578763621486",
        "50944450-1191-4d27-8d07-3d9db2bc3278-4539578763621486",
        "4539578763621486,50944450-1191-4d27-8d07-3d9db2bc3278",
        // No UUID, because digits continue it.
        "50944450-1191-4d27-8d07-3d9db2bc32781 4539578763621486",
    ] {
        assert!(holds_card_number(text), "{text}");
    }
}

#[test]
fn any_space_dash_or_invisible_character_may_stand_between_digits() {
    let separators = "\u{20}\u{a0}\u{1680}\u{2000}\u{2002}\u{2003}\u{2007}\u{2009}\u{200a}\u{202f}\u{205f}\u{3000}\
        -\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2015}\u{2212}\u{fe58}\u{fe63}\u{ff0d}\u{58a}\u{2043}\u{30fc}\
        \t\n\r\u{0}\u{1f}\u{7f}\u{85}\u{2028}\u{2029}\
        \u{2065}\u{fff0}\u{fff8}\u{e0000}\u{e0001}\u{e0080}\u{e00ff}\u{e01f0}\u{e0fff}\u{34f}\u{fe0f}\u{e0100}\
        \u{61c}\u{17b4}\u{180b}\u{180f}\u{206a}\u{1bca0}\u{1d173}\
        \u{ad}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2060}\u{2063}\u{feff}\u{202a}\u{2066}\u{180e}\u{3164}\
        \u{b7}\u{387}\u{2022}\u{2027}\u{2219}\u{22c5}\u{30fb}\u{ff65}\
        \u{2500}\u{2501}\u{2502}\u{2503}\u{2504}\u{254c}\u{2550}\u{2574}\u{257f}\u{23af}\u{23bb}";
    for separator in separators.chars() {
        let in_fours = FOURS.join(&separator.to_string());
        assert!(holds_card_number(&in_fours), "{separator:?}");
        assert!(holds_card_number(&format!("pay {in_fours}, please")), "{separator:?}");
        let mut each = String::new();
        for digit in FOURS.concat().chars() {
            each.extend([digit, separator, ' ']);
        }
        assert!(holds_card_number(&each), "{separator:?} between all");
    }
}

#[test]
fn every_brand_is_known_by_its_beginnings_and_lengths() {
    for (beginnings, lengths) in [
        (&["4000", "4999"][..], &[16, 19][..]),
        (&["5100", "5599", "2221", "2720"], &[16]),
        (&["3400", "3499", "3700", "3799"], &[15]),
        (&["3000", "3059", "3600", "3699", "3800", "3999"], &[14, 16]),
        (&["6011", "6440", "6499", "6500", "6599"], &[16, 19]),
        (&["3528", "3589"], &[16]),
        (&["6200", "6299"], &[16, 17, 18, 19]),
        (&["5000", "5099", "5600", "5899", "6700", "6799"], &[16, 17, 18, 19]),
        (
            &[
                "0000", "1999", "2220", "2721", "3060", "3100", "3527", "3590", "5900", "6000", "6010",
                "6012", "6300",
            ],
            &[],
        ),
        (&["6304", "6399", "6439", "6600", "6699", "6800", "7000", "8100", "9999"], &[]),
    ] {
        for beginning in beginnings {
            for length in 12..=20 {
                let valid = |last: u32| {
                    let number = format!("{beginning:0<width$}{last}", width = length - 1);
                    vault::is_luhn_valid(number.as_bytes()).then_some(number)
                };
                let number = (0..10).find_map(valid).unwrap();
                assert_eq!(holds_card_number(&number), lengths.contains(&length), "{number}");
            }
        }
    }
}

#[test]
fn what_is_no_card_number_is_not_found() {
    for text in [
        "",
        "4539578763621487",
        "4222222222222",
        "order 20261120 and 12345678",
        "+46 70 123 45 67",
        "42424242424242421",
        "4242.4242.4242.4242",
        "6304 0000 0000 0000",
        // Escapes that are none, and what they hold that is no card.
        r"C:\users\u0034\4539\5787\6362\1486",
        r"\u00zz 4539578763621487 \",
        r"\u453957876362",
        r"\ud835 \ud835\u0034",
        "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯",
        "cc68e52d-d6a3-4644-a9ec-588302602812",
        "50944450-1191-4d27-8d07-3d9db2bc3278@shop.example",
        "50944450-1191-4D27-8D07-3D9DB2BC3278",
        // A card number's digits in a UUID's form.
        "45395787-6362-1486-8000-000000000000",
        "4539/5787/6362/1486",
        // Sizes, and phones one below the other, in lines of text and of JSON.
        "36-38 39-41 42-44 45-47",
        "56-62 68–74 80-86 92-98",
        "40 41 42 43 44 45 46 47 48",
        "50 56 62 68 74 80 86 92 98 104",
        "45 72 32 30\n40 96 40 70",
        r"45 72 32 30\n40 96 40 70",
        "44752307\n65317541",
        "44752307\r\n65317541",
        "070-360 39 87\n070-901 73 63",
        // What is no escape of HTML, or one that stands for something else.
        "4539&5787&6362&1486",
        "4539&lt;5787&lt;6362&lt;1486",
        "&#99999999;&#;&#x;&",
        // IBANs; the digits of each make a card number somewhere.
        "SE95 4539 5787 6362 1486 5463",
        "se95-4539-5787-6362-1486-5463",
        "SE9545395787 6362-1486 5463",
        "SE95\u{200b} 4539 5787 6362 1486 5463, paid",
        "IBAN: DE89\u{a0}3704\u{a0}0440\u{a0}0532\u{a0}0000\u{a0}42",
        // Letters continue the digits.
        "card4539578763621486",
        "4539578763621486x",
        "Å4539 5787 6362 1486",
        "e\u{301}4539578763621486",
        "ORD-4539578763621486",
        "4539578763621486-B",
        "order_4539578763621486",
        "4539578763621486_order",
    ] {
        assert!(!holds_card_number(text), "{text}");
    }
}

#[test]
fn a_long_text_is_read_in_one_go() {
    for piece in [
        "4 ",
        "4",
        "4-",
        "a4",
        "\u{200b}4",
        "00000000-",
        "\\u005c4",
        "SE11 4",
        "\\\\4",
        "&4",
        "&#",
        "&amp;#52;",
    ] {
        assert!(!holds_card_number(&piece.replace('4', "1").repeat(65_536 / piece.len())), "{piece:?}");
    }
    assert!(holds_card_number(&format!("{}{}", "1 ".repeat(30_000), FOURS.concat())));
}

/// A text is read at most five times, however deeply a part of it is nested: what it costs is counted in the tests of
/// escapes.
#[test]
fn what_is_nested_deeply_is_found() {
    for level in 1..=8 {
        let escape = format!(r"\{}0034", "u005c".repeat(level - 1) + "u");
        let text = format!("{}{escape}539578763621486", "1 ".repeat(30_000));
        assert!(holds_card_number(&text), "{level}");
    }
}
