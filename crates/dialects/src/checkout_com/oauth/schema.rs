//! What the OpenAPI document says of the form for access tokens, which are read field by field.

#![expect(dead_code, reason = "these types are read by the document's macros only")]

use utoipa::ToSchema;

#[derive(ToSchema)]
#[schema(example = json!({
    "grant_type": "client_credentials", "client_id": "ack_…", "client_secret": "…", "scope": "vault:customers",
}))]
pub(super) struct TokenWanted {
    grant_type: GrantType,
    /// Here, or in HTTP Basic.
    client_id: Option<String>,
    client_secret: Option<String>,
    /// Words with spaces between them; `vault` where left out.
    scope: Option<String>,
}

#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
enum GrantType {
    ClientCredentials,
}
