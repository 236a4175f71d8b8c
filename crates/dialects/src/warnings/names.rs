//! The query parameters and headers that an API knows, as its OpenAPI document has them, and what is unknown of a request's.
//! Neither is ever a reason to refuse one.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashSet};

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::http::header::HeaderMap;
use percent_encoding::percent_decode_str;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{ApiKey, SecurityScheme};
use utoipa::openapi::{OpenApi, RefOr};

use super::misspelt::{meant, shown};
use super::{LOOKED_AT_MAX, Note, What};
use crate::openapi::operations;

/// What many clients call the header for an idempotency key; each API has one name for it and reads no other.
const IDEMPOTENCY: &str = "idempotency";

/// The names of one API.
pub(crate) struct Names {
    /// How the API is called.
    pub(super) api: &'static str,
    /// Query parameters by path and method.
    queries: BTreeMap<String, Vec<(&'static str, Vec<String>)>>,
    /// In lower case.
    headers: Vec<String>,
}

impl Names {
    /// The names that a document has, with the paths as the router has them.
    pub(crate) fn of(api: &'static str, document: OpenApi) -> Self {
        let mut names = Self { api, queries: BTreeMap::new(), headers: Vec::new() };
        for (path, mut item) in document.paths.paths {
            let mut queries = Vec::new();
            for (method, operation) in operations(&mut item) {
                let headers = parameters(operation, &ParameterIn::Header);
                names.headers.extend(headers.map(|it| it.name.to_ascii_lowercase()));
                let query = parameters(operation, &ParameterIn::Query).map(|it| it.name.clone());
                queries.push((method, query.collect()));
            }
            names.queries.insert(path, queries);
        }
        let schemes = document.components.iter().flat_map(|components| components.security_schemes.values());
        names.headers.extend(schemes.filter_map(|scheme| {
            let RefOr::T(SecurityScheme::ApiKey(ApiKey::Header(key))) = scheme else { return None };
            Some(key.name.to_ascii_lowercase())
        }));
        names.headers.sort_unstable();
        names.headers.dedup();
        names
    }

    /// What is unknown of a request beside its body.
    pub(super) fn unknown(&self, request: &Request) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(query) = request.uri().query().filter(|query| !query.is_empty())
            && let Some(path) = request.extensions().get::<MatchedPath>()
        {
            self.look_at_query(query, self.of_route(path.as_str(), request.method()), &mut notes);
        }
        self.look_at_headers(request.headers(), &mut notes);
        notes
    }

    /// The query parameters of a route, which may be told with the API's name before it. None where it has no query.
    fn of_route(&self, route: &str, method: &Method) -> &[String] {
        let below = route.strip_prefix('/').and_then(|route| route.strip_prefix(self.api)).unwrap_or(route);
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        let methods = self.queries.get(below).map_or(&[][..], Vec::as_slice);
        methods.iter().find(|(known, _)| *known == method).map_or(&[], |(_, names)| names)
    }

    fn look_at_query(&self, query: &str, known: &[String], notes: &mut Vec<Note>) {
        let names = || query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
        let sent: OnceCell<HashSet<&str>> = OnceCell::new();
        let is_known = |name: &str| known.iter().any(|known| known == name);
        for name in names().filter(|name| !name.is_empty() && !is_known(name)).take(LOOKED_AT_MAX) {
            let name = percent_decode_str(name).decode_utf8_lossy();
            if !is_known(&name) {
                let sent = sent.get_or_init(|| names().collect());
                let others = known.iter().map(String::as_str).filter(|other| !sent.contains(other));
                notes.push(note(What::Parameter, &name, meant(&name, others)));
            }
        }
    }

    /// Of all the headers that there are in the world, those that look like one of ours.
    fn look_at_headers(&self, headers: &HeaderMap, notes: &mut Vec<Note>) {
        for name in headers.keys().map(axum::http::HeaderName::as_str).take(LOOKED_AT_MAX) {
            if self.headers.iter().any(|known| known == name) || !self.is_like_ours(name) {
                continue;
            }
            let mut others =
                self.headers.iter().map(String::as_str).filter(|other| !headers.contains_key(*other));
            let meant = if name.contains(IDEMPOTENCY) {
                others.find(|other| other.contains(IDEMPOTENCY))
            } else {
                meant(name, others)
            };
            // It may be a header that means something to somebody else.
            if meant.is_some() {
                notes.push(note(What::Header, name, meant));
            }
        }
    }

    /// Whether a closer look is worth while: it costs more than most requests have to do with it.
    fn is_like_ours(&self, name: &str) -> bool {
        let ends = |text: &str| (text.as_bytes().first().copied(), text.as_bytes().last().copied());
        let (first, last) = ends(name);
        let is_near = |known: &String| {
            let (known_first, known_last) = ends(known);
            known.len().abs_diff(name.len()) <= 2 && (known_first == first || known_last == last)
        };
        name.contains(IDEMPOTENCY) || self.headers.iter().any(is_near)
    }
}

fn note(what: What, name: &str, meant: Option<&str>) -> Note {
    let name = shown(name).unwrap_or_default().to_owned();
    Note { what, name, meant: meant.map(|meant| ("", meant.to_owned())) }
}

fn parameters<'a>(operation: &'a Operation, place: &'a ParameterIn) -> impl Iterator<Item = &'a Parameter> {
    let parameters = operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    });
    parameters.filter(move |parameter| parameter.parameter_in == *place)
}
