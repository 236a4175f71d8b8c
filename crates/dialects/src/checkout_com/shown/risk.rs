//! What the merchant says of the risk, and of the device that the buyer uses.

use super::{BOOLEAN, Looked, TEXT, TEXT_OR_NUMBER, object};

object! {
    /// Whether the payment is to be looked at for its risk.
    Risk as "risk" {
        "enabled": optional BOOLEAN,
        "device_session_id": optional TEXT,
        "device": optional Device::ONE,
    }
}

object! {
    /// The device that the buyer uses.
    Device as "risk_device" {
        "user_agent": optional TEXT,
        "network": optional Network::ONE,
        "provider": optional Provider::ONE,
        "timestamp": optional TEXT,
        "timezone": optional TEXT_OR_NUMBER,
        "virtual_machine": optional BOOLEAN,
        "incognito": optional BOOLEAN,
        "jailbroken": optional BOOLEAN,
        "rooted": optional BOOLEAN,
        "java_enabled": optional BOOLEAN,
        "javascript_enabled": optional BOOLEAN,
        "language": optional TEXT,
        "color_depth": optional TEXT_OR_NUMBER,
        "screen_height": optional TEXT_OR_NUMBER,
        "screen_width": optional TEXT_OR_NUMBER,
        "user_agent_client_hint": optional TEXT,
        "iframe_payment_allowed": optional BOOLEAN,
        "accept_header": optional TEXT,
    }
}

object! {
    Network as "risk_device_network" {
        "ipv4": optional TEXT,
        "ipv6": optional TEXT,
        "tor": optional BOOLEAN,
        "vpn": optional BOOLEAN,
        "proxy": optional BOOLEAN,
    }
}

object! {
    Provider as "risk_device_provider" {
        "id": optional TEXT,
        "name": optional TEXT,
    }
}
