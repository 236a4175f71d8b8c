//! Whose turn it is to search.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test fails the test")]

mod house;

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use domain::searches::{self, SHARE, Search};
use domain::{Error, Scope};
use house::{House, Place};

/// Lets a future go as far as it can.
fn step<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn merchant(house: &House, number: i64) -> Scope {
    Scope { merchant: number, ..house.caller.scope }
}

async fn share(house: &House, number: i64) -> Vec<Search<'_>> {
    let mut searches = Vec::new();
    for _ in 0..SHARE {
        searches.push(house.app.search(merchant(house, number)).await.unwrap());
    }
    searches
}

#[tokio::test]
async fn a_merchant_who_has_its_share_waits_and_another_one_does_not() {
    let house = House::build(Place::sqlite(), 1).await;
    let mut held = share(&house, 1).await;
    let mut further = pin!(house.app.search(merchant(&house, 1)));
    assert!(step(further.as_mut()).is_pending());
    let others = share(&house, 2).await;
    drop(others);
    assert!(step(further.as_mut()).is_pending());
    held.pop();
    assert!(further.await.is_ok());
}

#[tokio::test]
async fn where_all_turns_are_taken_a_search_gives_way_to_who_came_before() {
    let house = House::build(Place::sqlite(), 2).await;
    let (mut held, _others) = (share(&house, 1).await, share(&house, 2).await);
    let mut third = pin!(house.app.search(merchant(&house, 3)));
    assert!(step(third.as_mut()).is_pending());
    let mut first = held.pop().unwrap();
    let mut again = pin!(first.give_way());
    // It lets go, lets others run, and queues up again.
    for _ in 0..2 {
        assert!(step(again.as_mut()).is_pending());
    }
    let third = third.await.unwrap();
    assert!(step(again.as_mut()).is_pending());
    drop(third);
    again.await;
}

#[tokio::test]
async fn a_search_that_waits_too_long_is_given_up() {
    let house = House::build(Place::sqlite(), 3).await;
    let _held = share(&house, 1).await;
    let waiting = searches::in_time(async { house.app.search(merchant(&house, 1)).await.map(|_| ()) });
    assert!(matches!(waiting.await, Err(Error::Busy(_))));
    searches::in_time(async { house.app.search(merchant(&house, 2)).await.map(|_| ()) }).await.unwrap();
}
