//! Flights and stays that a payment is for. The vendor's documents of different years say different things of them, so that a
//! field is looked at for its type, and no field has to be there.

use super::{ANYTHING, COUNT, DATE, Looked, MANY, TEXT, TEXT_OR_NUMBER, list, object};

object! {
    /// A ticket and its flights.
    Airline as "airline_data" {
        "ticket": optional Ticket::ONE,
        /// One, or several.
        "passenger": optional ANYTHING,
        "flight_leg_details": optional list::<FlightLeg>(0, MANY),
    }
}

object! {
    Ticket as "airline_data_ticket" {
        "number": optional TEXT_OR_NUMBER,
        "issue_date": optional DATE,
        "issuing_carrier_code": optional TEXT,
        "travel_package_indicator": optional TEXT,
        "travel_agency_name": optional TEXT,
        "travel_agency_code": optional TEXT,
    }
}

object! {
    FlightLeg as "airline_data_flight_leg_details" {
        "flight_number": optional TEXT_OR_NUMBER,
        "carrier_code": optional TEXT,
        "service_class": optional TEXT,
        "class_of_travelling": optional TEXT,
        "departure_date": optional TEXT,
        "departure_time": optional TEXT,
        "departure_airport": optional TEXT,
        "arrival_airport": optional TEXT,
        "stopover_code": optional TEXT,
        "stop_over_code": optional TEXT,
        "fare_basis_code": optional TEXT,
    }
}

object! {
    /// A stay.
    Accommodation as "accommodation_data" {
        "name": optional TEXT,
        "booking_reference": optional TEXT,
        "check_in_date": optional TEXT,
        "check_out_date": optional TEXT,
        "address": optional ANYTHING,
        "state": optional TEXT,
        "country": optional TEXT,
        "city": optional TEXT,
        "number_of_rooms": optional COUNT,
        "guests": optional ANYTHING,
        "room": optional ANYTHING,
        "property_phone": optional ANYTHING,
        "customer_service_phone": optional ANYTHING,
    }
}
