//! The dependency policy, checked without a network: every package comes from the package registry or from
//! this repository, under a licence of the list. (deny.toml says the same to `cargo deny`, which also knows
//! security advisories but needs a network.)

mod licence;

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use setup::Arch;

use crate::Problem;
use crate::cargo::{capture, cargo, cargo_in, cargo_in_guests};

/// Where packages may come from, besides this repository: the public registry, by the name of its index.
const REGISTRY_INDEX: &str = "/crates.io-index";

/// Machines that the host tools are built for.
const HOSTS: [&str; 2] = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];

/// Checks all workspaces.
pub(crate) fn check() -> Result<(), Problem> {
    // Dependencies for other targets are never built.
    let targets = HOSTS.into_iter().chain(Arch::ALL.map(|arch| arch.rust_target));
    let platforms: Vec<_> = targets.map(|target| format!("--filter-platform {target}")).collect();
    let line = format!("metadata --format-version 1 --locked --offline {}", platforms.join(" "));
    let mut problems = BTreeSet::new();
    let mut count = 0;
    for mut command in [cargo(&line), cargo_in_guests(&line), cargo_in("fuzz", &line)] {
        let packages = packages(&mut command)?;
        count += packages.len();
        problems.extend(packages.iter().filter_map(problem));
    }
    if problems.is_empty() {
        println!("{count} packages, all from the registry or this repository, all under allowed licences");
        return Ok(());
    }
    Err(problems.into_iter().collect::<Vec<_>>().join("; "))
}

/// The packages that a build takes in.
fn packages(metadata: &mut Command) -> Result<Vec<Value>, Problem> {
    let text = capture(metadata)?;
    let metadata: Value =
        serde_json::from_slice(&text).map_err(|error| format!("cargo metadata is not JSON: {error}"))?;
    // The list of packages holds those of all platforms; the graph was filtered.
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    let used: BTreeSet<&str> = nodes.filter_map(|node| node["id"].as_str()).collect();
    let all = metadata["packages"].as_array().into_iter().flatten();
    Ok(all.filter(|package| package["id"].as_str().is_some_and(|id| used.contains(id))).cloned().collect())
}

/// What is wrong with a package, if anything.
fn problem(package: &Value) -> Option<String> {
    let name = format!("{} {}", package["name"].as_str()?, package["version"].as_str()?);
    if let Some(source) = package["source"].as_str()
        && !(source.starts_with("registry+") && source.ends_with(REGISTRY_INDEX))
    {
        return Some(format!("{name} comes from {source}"));
    }
    match package["license"].as_str() {
        None => Some(format!("{name} names no licence")),
        Some(licence) if licence::allowed(licence) => None,
        Some(licence) => Some(format!("{name} is under {licence}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(source: &str, licence: &str) -> Value {
        serde_json::json!({ "name": "p", "version": "1.0.0", "source": source, "license": licence })
    }

    #[test]
    fn a_git_dependency_is_a_problem() {
        let found = problem(&package("git+https://git.example/p", "MIT"));
        assert_eq!(found.as_deref(), Some("p 1.0.0 comes from git+https://git.example/p"));
    }

    #[test]
    fn a_licence_off_the_list_is_a_problem() {
        let found = problem(&package("registry+https://registry.example/crates.io-index", "GPL-3.0"));
        assert_eq!(found.as_deref(), Some("p 1.0.0 is under GPL-3.0"));
    }

    #[test]
    fn a_member_of_the_workspace_needs_no_registry() {
        let member = serde_json::json!({ "name": "p", "version": "1.0.0", "source": null, "license": "MIT" });
        assert_eq!(problem(&member), None);
    }
}
