//! The JSON schema of zones.toml, generated from its types.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::config::Config;

/// The JSON schema of zones.toml (JSON Schema draft 2020-12), for editors.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>().to_value()
}

/// The schema without references between its parts.
pub(crate) fn inlined() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>().to_value()
}
