//! What every request of an API passes through on its way in and out. It is one layer, because each one costs as much as
//! a small query. What a vendor does to every answer goes around it ([`Dialect::around`](crate::Dialect)).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use domain::App;

use crate::warnings::Names;
use crate::{Dialect, Presented, Routes, client, warnings};

struct Api {
    app: Arc<App>,
    name: &'static str,
    presented: Presented,
    names: Names,
}

/// Puts it around the routes of an API that knows these names.
pub(crate) fn every_request(dialect: &Dialect, routes: Routes, app: Arc<App>, names: Names) -> Routes {
    let Dialect { name, presented, .. } = *dialect;
    routes.layer(from_fn_with_state(Arc::new(Api { app, name, presented, names }), pass))
}

async fn pass(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let asked = client::Asked::of(&request, &api.presented);
    let response = warnings::around(&api.names, request, next).await;
    let mut response = client::slow_down(&api.app, api.name, &asked, response);
    client::fence(&mut response);
    response
}
