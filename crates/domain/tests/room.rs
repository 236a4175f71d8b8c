//! What proves that there is room again, after a write was refused because there was none.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use db::statements;
use domain::{App, Error};
use house::{House, Place};

statements! {
    // No larger than it is, until the writer begins anew after a refusal.
    FULL = "pragma max_page_count = 1";
    PUT = "insert into settings (name, value) values ('large', $1)";
    LEFT = "insert into settings (name, value) values ('room', 'a trial that was cut off')";
    BALLAST = "select name from settings where name = 'room'";
}

async fn fill(app: &App) {
    app.write(|tx| Ok::<_, Error>(tx.optional::<i64>(&FULL, &[])?)).await.unwrap();
}

async fn is_ballast_there(app: &App) -> bool {
    app.read(|tx| Ok::<_, Error>(tx.optional::<String>(&BALLAST, &[])?.is_some())).await.unwrap()
}

#[tokio::test]
async fn what_a_trial_for_room_left_behind_goes_with_the_next_beat() {
    for place in [Place::sqlite(), Place::postgres()] {
        let house = House::build(place, 7).await;
        house.app.write(|tx| Ok::<_, Error>(tx.execute(&LEFT, &[])?)).await.unwrap();
        assert!(is_ballast_there(&house.app).await);
        house.app.prove_writing().await.unwrap();
        assert!(!is_ballast_there(&house.app).await);
    }
}

#[tokio::test]
async fn a_small_write_does_not_prove_that_there_is_room_again() {
    let house = House::build(Place::sqlite(), 7).await;
    house.app.prove_writing().await.unwrap();
    fill(&house.app).await;
    // It needs no more room than there is.
    house.app.prove_writing().await.unwrap();
    let large = "x".repeat(100_000);
    let refused = house.app.write(move |tx| Ok::<_, Error>(tx.execute(&PUT, &[(&large).into()])?));
    assert!(matches!(refused.await, Err(Error::Busy(_))));
    for _ in 0..3 {
        fill(&house.app).await;
        assert!(matches!(house.app.prove_writing().await, Err(Error::Busy(_))));
    }
    // There is room now. What was written to see that is gone.
    house.app.prove_writing().await.unwrap();
    assert!(!is_ballast_there(&house.app).await);
    fill(&house.app).await;
    house.app.prove_writing().await.unwrap();
}
