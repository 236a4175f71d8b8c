//! What a merchant can switch off, because this API's document has it "where enabled" or "if allowed".

use crate::Setting;

pub(super) const SETTINGS: &[Setting] = &[CUSTOMERS, CATEGORY_DELETE];

pub(super) const CUSTOMERS: Setting = Setting {
    name: "neropay-customers",
    help: "What NeroPay clients may do with single customers: \"read\", \"update\", \"read,update\" or \"none\"",
    words: &[READ, UPDATE],
};
pub(super) const READ: &str = "read";
pub(super) const UPDATE: &str = "update";

pub(super) const CATEGORY_DELETE: Setting =
    Setting { name: "category-delete", help: "Whether NeroPay clients can delete categories", words: &[] };
