//! Acts that break something. A story with one of them has a server of its own, because the others would break with it.

use std::time::Duration;

use kassa_tests::{Engine, Server, eventually};

/// How long a server may need to notice that it can write again.
const MENDED: Duration = Duration::from_secs(20);

/// Does the act if it is one of these.
pub(crate) fn act(kassa: &Server, act: &str) -> Option<()> {
    match act {
        "nothing can be written" => kassa.refuse_writes(),
        "everything can be written again" => take_writes(kassa),
        "the acquirer is out of reach" => close_the_books(kassa),
        "the sealed cards are altered" => kassa.tamper("update instruments set sealed = substr(sealed, 2)"),
        "the stored answers are altered" => {
            kassa.tamper("update idempotency_keys set reply = substr(reply, 2)");
        }
        _ => return None,
    }
    Some(())
}

fn take_writes(kassa: &Server) {
    kassa.take_writes();
    eventually(MENDED, "writes work again", || (kassa.get("/readyz").status == 200).then_some(()));
}

/// What is asked of the acquirer never arrives, and nobody asks again what became of it: its outcome stays unknown for
/// as long as the story goes on.
fn close_the_books(kassa: &Server) {
    kassa.tamper(match kassa.engine() {
        Engine::Sqlite => {
            "create trigger closed before insert on acquirer_books begin select raise(abort, 'closed'); end;
             create trigger unasked after insert on actions when new.ask_at is not null
             begin update actions set ask_at = 9000000000000000 where id = new.id; end;
             create trigger unasked_later after update of ask_at on actions when new.ask_at < 9000000000000000
             begin update actions set ask_at = 9000000000000000 where id = new.id; end"
        }
        Engine::Postgres => {
            "create function closed() returns trigger language plpgsql as 'begin raise exception ''closed''; end';
             create trigger closed before insert on acquirer_books for each row execute function closed();
             create function unasked() returns trigger language plpgsql as
             'begin new.ask_at := 9000000000000000; return new; end';
             create trigger unasked before insert or update on actions for each row
             when (new.ask_at is not null) execute function unasked()"
        }
    });
}
