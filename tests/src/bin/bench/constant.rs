//! The yardstick of reads: axum, answering every request with the same bytes and looking at nothing.

use anyhow::Context;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::post;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

/// Listens on a free port, prints it, and serves until it is killed.
pub(crate) fn serve(length: usize) -> anyhow::Result<()> {
    // The same runtime as Kassa's: as many workers as there are processors.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?.port());
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let body = Bytes::from(vec![b'x'; length]);
        let answer = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
        let router = Router::new().route("/neuro-pay/checkout/retrieve-customer", post(answer));
        axum::serve(listener, router).await.context("the constant server ended")
    })
}
