//! One line in the log a minute for each kind of refusal: how often, and to which address most. It must never say what
//! was sent.

use std::time::Instant;

use domain::tally::Tally;

/// Writes what is due.
pub(crate) fn tell(refused: &Tally) {
    for line in refused.due(Instant::now()) {
        let (address, most) = line.most.unzip();
        let address = address.map(|address| address.to_string());
        tracing::warn!(
            why = line.kind,
            refused = line.refused,
            addresses = line.addresses,
            most_from = address,
            most,
            "refused"
        );
    }
}
