//! The server: binds, opens, mounts the APIs and the pages, and ends when told or when its database breaks.

#[cfg(test)]
mod hostile_requests;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use acquirers::simulator::TEST_CARDS;
use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{any_service, get};
use db::Use;
use domain::{App, installation};
use listener::Limits;
use listener::tls::Tls;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio::time::timeout_at;

use crate::front::Front;
use crate::open::{self, Installation};
use crate::options::{Config, Host, public_url_of};
use crate::proxies::Proxies;
use crate::{below, bins, docs, exposed, hosts, jobs, process, ready, telemetry};

/// How long the whole end of the server may take: less than the 8 s that whatever stops it waits at least. Requests that
/// are being answered have most of it ([`Limits::drain`]), what is to be erased the rest.
const STOP: Duration = Duration::from_secs(7);
/// How much of that goes to people who were deleted at most; what was erased must still leave the files.
const ERASURE: Duration = Duration::from_secs(1);
/// How long it may take to find out of whom the index of the search still knows.
const COUNTING: Duration = Duration::from_millis(500);

/// Ready when the server is to end.
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A server that is bound and opened, and does not serve yet.
pub(crate) struct Server {
    pub(crate) opened: Installation,
    /// Where clients reach it.
    pub(crate) address: String,
    /// What the database is, for the log.
    database: String,
    hosts: Vec<Host>,
    proxies: Proxies,
    limits: Limits,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    stop: Stop,
    /// What has the certificate read again.
    hangups: Option<Signal>,
    /// What a demo has to try.
    pub(crate) demo: OnceLock<pages::Demo>,
}

/// Binds and opens. `before_opening` may refuse what is there already.
pub(crate) async fn prepare(
    config: &Config,
    kind: installation::Server,
    before_opening: impl AsyncFnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<Server> {
    open::refuse_file(&config.data)?;
    let tls = config.tls.as_ref().map(|(cert, key)| Tls::open(cert, key)).transpose()?.map(Arc::new);
    let listener = listener::bind(config.listen).with_context(|| {
        format!("cannot listen on {}; choose another address with --listen or KASSA_LISTEN", config.listen)
    })?;
    let bound = listener.local_addr()?;
    let address = public_url_of(bound, tls.is_some());
    let public_url = config.public_url.clone().unwrap_or_else(|| address.clone());
    for (_, why) in exposed::found(config) {
        tracing::warn!("{why}");
    }
    let lacks_proxy = config.lacks_proxy();
    let proxies = Proxies {
        trusted: config.trusted_proxies.clone(),
        tls: tls.is_some(),
        // Who comes from loopback then comes through a proxy that nobody named.
        on_loopback: bound.ip().is_loopback() && !lacks_proxy,
    };
    if lacks_proxy {
        tracing::warn!(
            "the public URL is https, but neither TLS nor a trusted proxy is set: live keys are refused, and all clients \
             count as one address; name your proxy with --trusted-proxy"
        );
    }
    bins::load(&config.data)?;
    before_opening().await?;
    let opened = open::application(config, Use::Serve, Some(public_url)).await?;
    // A server that cannot write says so now, and not to its first client.
    let unwritable = |error| anyhow::anyhow!("cannot write the database: {error}");
    opened.app.prove_writing().await.map_err(unwritable)?;
    opened.app.remember_public_url(kind).await.map_err(unwritable)?;
    // While a signal still ends the process, because it may take as long as the database does.
    let database =
        opened.db.describe().await.map_err(|error| anyhow::anyhow!("cannot use the database: {error}"))?;
    // Taken over before anybody is told that the server is ready, and may tell it to stop.
    let stop = process::shutdown_signal()?;
    let stays = process::stays_without_terminal();
    let hangups = process::hangups()?;
    // A demo goes with the terminal that it was started from.
    let (stop, hangups): (Stop, _) = if kind == installation::Server::Trial && !stays {
        (Box::pin(first_of(stop, hangups)), None)
    } else {
        (Box::pin(stop), Some(hangups))
    };
    let limits = Limits { connections_per_address: config.connections_per_address, ..Limits::default() };
    let (hosts, demo) = (config.hosts.clone(), OnceLock::new());
    Ok(Server { opened, address, database, hosts, proxies, limits, listener, tls, stop, hangups, demo })
}

impl Server {
    /// Serves until SIGINT or SIGTERM.
    ///
    /// # Errors
    /// The database broke: what was committed last is unknown, and only a new start finds out.
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let Installation { app, db, .. } = self.opened;
        tracing::info!(database = self.database, address = self.address, "serving");
        let router = router(&app, &self.hosts, self.demo.into_inner());
        let front = Front::new(self.proxies.clone(), self.limits.connections_per_address);
        let router = receiving(router, Arc::clone(&app), front);
        let own_hosts: HashSet<String> = self.hosts.into_iter().map(|host| host.name).collect();
        let router = below::public_path(router, app.public_path(), move |host| own_hosts.contains(host));
        let background = tokio::spawn(jobs::run(Arc::clone(&app)));
        let tls = self.tls.clone();
        let reloading = self.hangups.map(|hangups| tokio::spawn(reload(hangups, tls)));
        let stop = self.stop;
        let (mut broken, mut ends_at) = (None, None);
        let until = async {
            tokio::select! {
                () = stop => tracing::info!("stopping"),
                reason = db.broken() => broken = Some(reason),
            }
            ends_at = Some(Instant::now() + STOP);
        };
        let unlimited = |peer: IpAddr| peer.to_canonical().is_loopback() || self.proxies.trust(peer);
        listener::serve(self.listener, self.tls, router, self.limits, unlimited, until).await;
        let ends_at = ends_at.unwrap_or_else(Instant::now);
        background.abort();
        reloading.inspect(tokio::task::JoinHandle::abort);
        if broken.is_none() {
            const LATER: &str = "what was deleted last is erased after the next start";
            let until = ends_at.min(Instant::now() + ERASURE);
            match timeout_at(until.into(), jobs::erase_all(&app)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "{LATER}"),
                Err(_) => tracing::warn!("{LATER}, because there is much of it"),
            }
            let left =
                timeout_at((until + COUNTING).into(), domain::customers::search::left_to_forget(&app)).await;
            if let Ok(Ok(customers @ 1..)) = left {
                tracing::warn!(
                    customers,
                    "{LATER}: the index of the search still knows of customers who were deleted"
                );
            }
        }
        // Before anything else of the process goes, so that nothing that was erased stays in the files.
        db.close(ends_at);
        match broken {
            Some(reason) => {
                Err(anyhow::anyhow!("the database broke: {reason}; start again, and it recovers"))
            }
            None => Ok(()),
        }
    }
}

/// What every request passes before its route is looked for.
fn receiving(router: Router, app: Arc<App>, front: Front) -> Router {
    type Shared = State<(Arc<App>, Arc<Front>)>;
    async fn receive(State((app, front)): Shared, request: Request, next: Next) -> Response {
        let answer = |request| async move { front.receive(request, next).await };
        telemetry::log_request(|bytes| app.random(bytes), request, answer).await
    }
    router.layer(from_fn_with_state((app, Arc::new(front)), receive))
}

async fn first_of(stop: impl Future<Output = ()>, mut hangups: Signal) {
    tokio::select! {
        () = stop => {}
        _ = hangups.recv() => {}
    }
}

/// Reads the certificate again at each SIGHUP, as what renews certificates sends it. The log goes to stderr, so it has no
/// file to open anew.
async fn reload(mut hangups: Signal, tls: Option<Arc<Tls>>) {
    while hangups.recv().await.is_some() {
        match tls.as_ref().map(|tls| tls.reload()) {
            Some(Ok(())) => tracing::info!("SIGHUP: the certificate and its key were read again"),
            Some(Err(error)) => tracing::error!("SIGHUP: the certificate stays as it was: {error:#}"),
            None => tracing::info!("SIGHUP: there is no certificate to read again"),
        }
    }
}

/// All routes: the APIs below their names, the probes, the documentation, and the pages with everything else. What is no
/// API's has the headers of a page, whatever it answers.
fn router(app: &Arc<App>, hosts: &[Host], demo: Option<pages::Demo>) -> Router {
    let back = dialects::DIALECTS.iter().filter_map(|dialect| Some((dialect.name, dialect.comes_back_with?)));
    let (apis, titles): (Vec<_>, Vec<_>) = dialects::DIALECTS
        .iter()
        .map(|dialect| {
            let (routes, title) = dialect.routes(Arc::clone(app));
            ((dialect, routes), (dialect, title))
        })
        .unzip();
    let told = titles.iter().map(|(dialect, title)| pages::Api {
        title: title.clone(),
        base_url: dialect.base_url(app.public_url()),
        file: dialect.name,
    });
    let mut router = pages::router(Arc::clone(app), TEST_CARDS, back.collect(), &for_programs())
        .merge(probes(app))
        .merge(pages::home(app, told.collect(), demo))
        .merge(docs::router(app.public_url(), app.public_path(), &titles))
        .layer(map_response(secure));
    let mut by_host = HashMap::new();
    for (dialect, routes) in apis {
        let own = hosts.iter().filter(|host| host.dialect.name == dialect.name);
        by_host.extend(own.map(|host| (host.name.clone(), routes.clone())));
        // A nested router is not asked about its own folder, whose wrong paths are the vendor's all the same.
        router = router
            .route(&format!("/{}/", dialect.name), any_service(routes.clone()))
            .nest(&format!("/{}", dialect.name), routes);
    }
    hosts::route(router, by_host)
}

async fn secure(mut response: Response) -> Response {
    pages::secure(response.headers_mut());
    response
}

/// What a program is answered that asks for an address where nothing is: mostly one that lost the base URL's path.
fn for_programs() -> String {
    let paths: Vec<String> = dialects::DIALECTS.iter().map(|dialect| dialect.base_url("")).collect();
    format!("There is nothing at this address. The APIs answer below {}; see /.\n", paths.join(", "))
}

fn probes(app: &Arc<App>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready::ready))
        .with_state(ready::Probe::new(Arc::clone(app)))
}
