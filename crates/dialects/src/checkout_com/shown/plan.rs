//! How a payment is to be repeated, tried again, routed and told to the banks. The vendor's clients have all of it.

use super::{BOOLEAN, COUNT, Looked, MANY, TEXT, TEXT_OR_NUMBER, TEXTS, WRONG, list, object};
use crate::checkout_com::fields::words;

object! {
    PartialAuthorization as "partial_authorization" {
        "enabled": optional BOOLEAN,
    }
}

object! {
    Authentication as "authentication" {
        "preferred_experiences": optional TEXTS,
    }
}

object! {
    /// The merchant's own line of business.
    Segment as "segment" {
        "brand": optional TEXT,
        "business_category": optional TEXT,
        "market": optional TEXT,
    }
}

object! {
    /// Whether and how often a payment that fails is to be tried again.
    Retry as "retry" {
        "enabled": optional BOOLEAN,
        "max_attempts": optional COUNT,
        "end_after_days": optional COUNT,
        "downtime": optional Downtime::ONE,
        "dunning": optional Dunning::ONE,
    }
}

object! {
    Downtime as "retry_downtime" {
        "enabled": optional BOOLEAN,
    }
}

object! {
    Dunning as "retry_dunning" {
        "enabled": optional BOOLEAN,
        "max_attempts": optional COUNT,
        "end_after_days": optional COUNT,
    }
}

object! {
    CustomerRetry as "customer_retry" {
        "max_attempts": optional COUNT,
    }
}

object! {
    /// What Kassa sends to the banks.
    Instruction as "instruction" {
        "purpose": optional TEXT,
        "charge_bearer": optional TEXT,
        "repair": optional BOOLEAN,
        "scheme": optional words(&["swift", "local", "instant"], WRONG),
        "remittance": optional Remittance::ONE,
        "quote_id": optional TEXT,
        "funds_transfer_type": optional TEXT,
    }
}

object! {
    Remittance as "remittance" {
        "reference": optional TEXT,
    }
}

object! {
    /// The agreement that this is one payment of.
    PaymentPlan as "payment_plan" {
        "days_between_payments": optional COUNT,
        "total_number_of_payments": optional COUNT,
        "current_payment_number": optional COUNT,
        "expiry": optional TEXT,
        "amount": optional TEXT_OR_NUMBER,
        "name": optional TEXT,
        "start_date": optional TEXT,
        "financing": optional BOOLEAN,
        "amount_variability": optional words(&["Fixed", "Variable"], WRONG),
    }
}

object! {
    Routing as "routing" {
        "attempts": optional list::<RoutingAttempt>(0, MANY),
    }
}

object! {
    RoutingAttempt as "routing_attempts" {
        "scheme": optional TEXT,
    }
}

object! {
    Subscription as "subscription" {
        "id": optional TEXT,
    }
}
