//! The stylesheet and the script of the pages, built into the binary, so that a page needs no other host and
//! no file on disk. It must not serve anything that a request names beyond these two.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A file that pages link to.
#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) text: &'static str,
    /// Changes with the text, so that a browser may keep the file for ever.
    tag: u64,
}

pub(crate) static CSS: Asset =
    Asset::new("kassa.css", "text/css; charset=utf-8", include_str!("../assets/kassa.css"));
pub(crate) static SCRIPT: Asset =
    Asset::new("checkout.js", "text/javascript; charset=utf-8", include_str!("../assets/checkout.js"));

/// Every asset there is: what the inventory of scripts is printed from.
pub(crate) static ALL: [&Asset; 2] = [&CSS, &SCRIPT];

const FOR_EVER: &str = "public, max-age=31536000, immutable";

impl Asset {
    const fn new(name: &'static str, media_type: &'static str, text: &'static str) -> Self {
        Self { name, media_type, text, tag: tag(text.as_bytes()) }
    }

    pub(crate) fn href(&self) -> String {
        format!("/assets/{}?v={:016x}", self.name, self.tag)
    }

    /// The tag is in the query and not in the name, so that a page made by another version of the server
    /// (while several run, or after an upgrade) still gets a file; only the version it asked for is kept for
    /// ever.
    fn cache_control(&self, query: Option<&str>) -> &'static str {
        let asked = query.and_then(|query| query.strip_prefix("v="));
        let same = asked.and_then(|hex| u64::from_str_radix(hex, 16).ok()) == Some(self.tag);
        if same { FOR_EVER } else { "no-cache" }
    }
}

/// Serves `/assets/{name}`.
///
/// A name that is no text is the name of nothing.
pub(crate) async fn serve(name: Result<Path<String>, PathRejection>, RawQuery(query): RawQuery) -> Response {
    let asset = name.ok().and_then(|Path(name)| ALL.into_iter().find(|asset| asset.name == name));
    let Some(asset) = asset else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, asset.cache_control(query.as_deref())),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, asset.text).into_response()
}

/// FNV-1a. It only has to differ between versions of our own files, and it runs while compiling.
const fn tag(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(name: &str, query: Option<&str>) -> Response {
        serve(Ok(Path(name.to_owned())), RawQuery(query.map(str::to_owned))).await
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_linked_version_is_kept_for_ever_and_no_other() {
        for asset in ALL {
            let href = asset.href();
            let (path, query) = href.split_once('?').unwrap();
            let linked = get(path.strip_prefix("/assets/").unwrap(), Some(query)).await;
            assert_eq!(linked.status(), StatusCode::OK);
            assert_eq!(linked.headers()[header::CONTENT_TYPE], asset.media_type);
            assert_eq!(linked.headers()[header::CACHE_CONTROL], FOR_EVER);
            for other in [None, Some("v=0"), Some("v="), Some("w=1")] {
                let response = get(asset.name, other).await;
                assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
            }
        }
        assert_eq!(get("../Cargo.toml", None).await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn they_are_small_and_ask_no_other_host() {
        assert!(SCRIPT.text.len() <= 6 * 1024, "the script has {} bytes", SCRIPT.text.len());
        assert!(CSS.text.len() + SCRIPT.text.len() <= 20 * 1024);
        for asset in ALL {
            assert!(!asset.text.contains("//") || asset.name.ends_with(".js"), "{}", asset.name);
            assert!(!asset.text.contains("http"), "{} names another host", asset.name);
            assert!(!asset.text.contains("@import"), "{} loads another file", asset.name);
        }
    }
}
