//! The simulated bank: where test mode sends a buyer whose card asks for a confirmation.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::acquiring::SIMULATED_BANK;
use domain::payments::settle;

use crate::form;
use crate::messages::NoPage;
use crate::open_page::OpenPage;
use crate::respond::{Link, page, see_other};
use crate::views::BankPage;
use crate::{Pages, outcome};

/// GET /c/{link}/bank
pub(crate) async fn show(State(pages): State<Pages>, link: Link) -> Result<Response, NoPage> {
    let opened = OpenPage::read(&pages, link).await?;
    let Some((_, address)) = opened.at_the_bank() else { return Ok(opened.again()) };
    if address != SIMULATED_BANK {
        // A real bank has a page of its own.
        return Ok(see_other(address));
    }
    let view = BankPage {
        shell: opened.shell(),
        order: opened.order(),
        answer_to: format!("{}/bank", opened.address()),
        back_to: opened.address(),
        card: opened.payment.card.as_ref().map(outcome::card_in_words).unwrap_or_default(),
    };
    Ok(page(StatusCode::OK, &view, &opened.framing()))
}

/// POST /c/{link}/bank
pub(crate) async fn answer(
    State(pages): State<Pages>,
    link: Link,
    request: Request,
) -> Result<Response, NoPage> {
    let opened = OpenPage::read(&pages, link).await?;
    let [answer] = form::read(request, ["answer"]).await?;
    if let Some((action, _)) = opened.at_the_bank()
        && matches!(answer.as_str(), "accept" | "refuse")
    {
        settle::resume(&pages.app, opened.payment.scope.mode, *action, &answer).await?;
    }
    Ok(opened.again())
}
