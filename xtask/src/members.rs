//! The workspace's packages as cargo describes them.

use std::fs;

use serde_json::Value;

use crate::Problem;
use crate::cargo::{capture, cargo};

/// The packages with a crate (library, program, test, …) that does not forbid unsafe code at its head.
pub(crate) fn with_unsafe_code() -> Result<Vec<String>, Problem> {
    let metadata = capture(&mut cargo("metadata --format-version 1 --no-deps --locked --offline"))?;
    let metadata: Value =
        serde_json::from_slice(&metadata).map_err(|error| format!("cargo metadata is not JSON: {error}"))?;
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if has_unsafe_code(package)? {
            found.push(package["name"].as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(found)
}

/// Whether a crate of the package may contain unsafe code.
fn has_unsafe_code(package: &Value) -> Result<bool, Problem> {
    for target in package["targets"].as_array().into_iter().flatten() {
        // Only the code that ends in the package's own products; a build script and the tests do not.
        let kinds = target["kind"].as_array().into_iter().flatten().filter_map(Value::as_str);
        if !kinds.clone().any(|kind| kind == "lib" || kind == "bin") {
            continue;
        }
        let path = target["src_path"].as_str().unwrap_or_default();
        let source = fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
        if !source.lines().any(|line| line.trim() == "#![forbid(unsafe_code)]") {
            return Ok(true);
        }
    }
    Ok(false)
}
