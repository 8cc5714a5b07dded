//! The machine's apt sources, in both formats that sources.list(5) knows.

use std::fs;
use std::path::Path;

use crate::SetupError;

/// One source of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    uri: String,
    suites: Vec<String>,
    components: Vec<String>,
    /// Fields that say how the archive is trusted, carried over unread (`Signed-By`, `Trusted`, …).
    trust: Vec<(String, String)>,
}

/// The Debian archive that this machine installs from.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    /// The machine's release, such as `bookworm`.
    pub(crate) codename: String,
    /// Every source the machine has.
    pub(crate) machine: Vec<Entry>,
    main: Entry,
}

/// Options of a one-line source and fields of a deb822 source that say how it is trusted.
const TRUST_FIELDS: [&str; 4] = ["Signed-By", "Trusted", "Check-Valid-Until", "Allow-Insecure"];

impl Archive {
    /// Another suite of the same archive.
    pub(crate) fn suite(&self, suite: &str) -> Entry {
        Entry { suites: vec![suite.into()], components: vec!["main".into()], ..self.main.clone() }
    }

    /// The entries that carry the suite, such as `bookworm-security`.
    pub(crate) fn listed(&self, suite: &str) -> Vec<Entry> {
        let carries = |entry: &&Entry| entry.suites.iter().any(|name| name == suite);
        let only = |entry: &Entry| Entry { suites: vec![suite.into()], ..entry.clone() };
        self.machine.iter().filter(carries).map(only).collect()
    }
}

impl Entry {
    /// The entry as a deb822 stanza, the format that can express everything.
    pub(crate) fn stanza(&self) -> String {
        let mut text = format!(
            "Types: deb\nURIs: {}\nSuites: {}\nComponents: {}\n",
            self.uri,
            self.suites.join(" "),
            self.components.join(" ")
        );
        for (field, value) in &self.trust {
            text.push_str(&format!("{field}: {value}\n"));
        }
        text
    }
}

/// Reads the machine's release and sources.
///
/// # Errors
/// This is not Debian, or no source carries its release.
pub(crate) fn machine_archive() -> Result<Archive, SetupError> {
    let etc = Path::new("/etc");
    let release = fs::read_to_string(etc.join("os-release")).unwrap_or_default();
    let entries = read_sources(&etc.join("apt"));
    archive(&release, entries)
}

/// The archive of the machine that `os-release` and the sources describe.
fn archive(os_release: &str, machine: Vec<Entry>) -> Result<Archive, SetupError> {
    let error = || {
        SetupError::new("find this machine's Debian archive")
            .remedy("install the named thing by hand; set-up knows how to on Debian 12 and later")
    };
    let field = |name: &str| {
        let value = os_release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        value.map(|value| value.trim_matches('"').to_owned())
    };
    if field("ID").as_deref() != Some("debian") {
        return Err(error().because("/etc/os-release does not say ID=debian"));
    }
    let codename = field("VERSION_CODENAME")
        .ok_or_else(|| error().because("/etc/os-release has no VERSION_CODENAME"))?;
    let names = [codename.as_str(), "stable", "oldstable", "testing"];
    let of_release = |entry: &&Entry| entry.suites.iter().any(|suite| names.contains(&suite.as_str()));
    let main =
        machine.iter().find(of_release).cloned().ok_or_else(|| {
            error().because(format!("no source below /etc/apt carries the suite {codename}"))
        })?;
    Ok(Archive { codename, machine, main })
}

/// Every enabled binary source below an `/etc/apt` folder. Unreadable files are passed over as apt does.
fn read_sources(apt: &Path) -> Vec<Entry> {
    let mut files = vec![apt.join("sources.list")];
    if let Ok(folder) = fs::read_dir(apt.join("sources.list.d")) {
        files.extend(folder.flatten().map(|file| file.path()));
    }
    files.sort();
    let mut entries = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("list") => entries.extend(text.lines().filter_map(parse_line)),
            Some("sources") => entries.extend(parse_stanzas(&text)),
            _ => {}
        }
    }
    entries
}

/// A line of the one-line format: `deb [option=value …] uri suite component…`.
fn parse_line(line: &str) -> Option<Entry> {
    let line = line.split('#').next()?.trim();
    let mut rest = line.strip_prefix("deb")?.strip_prefix([' ', '\t'])?.trim_start();
    let mut trust = Vec::new();
    if let Some(options) = rest.strip_prefix('[') {
        let (inside, after) = options.split_once(']')?;
        for option in inside.split_whitespace() {
            let (name, value) = option.split_once('=')?;
            if let Some(field) = TRUST_FIELDS.iter().find(|field| field.eq_ignore_ascii_case(name)) {
                trust.push((String::from(*field), value.replace(',', " ")));
            }
        }
        rest = after;
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    let uri = words.next()?;
    let suites = vec![words.next()?];
    Some(Entry { uri, suites, components: words.collect(), trust })
}

/// The stanzas of a deb822 file: `Field: value` with indented continuation lines, blank lines between.
fn parse_stanzas(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            entries.extend(entry_of(&fields));
            fields.clear();
        } else if line.starts_with([' ', '\t']) {
            // The continuation keeps its indentation: an inline key is carried over as it stands.
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    entries
}

/// What one stanza says, unless it is disabled or for source packages only.
fn entry_of(fields: &[(String, String)]) -> Option<Entry> {
    let value = |name: &str| {
        let found = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    let words = |name: &str| -> Vec<String> {
        value(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    let disabled = value("Enabled").is_some_and(|value| value.eq_ignore_ascii_case("no"));
    if disabled || !words("Types").iter().any(|kind| kind == "deb") {
        return None;
    }
    let trust = TRUST_FIELDS.iter().filter_map(|name| Some((String::from(*name), value(name)?.to_owned())));
    Some(Entry {
        uri: words("URIs").into_iter().next()?,
        suites: words("Suites"),
        components: words("Components"),
        trust: trust.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOKWORM: &str = "ID=debian\nVERSION_CODENAME=bookworm\n";

    fn entry(line: &str) -> Entry {
        parse_line(line).expect("a binary source")
    }

    #[test]
    fn a_one_line_source_keeps_its_key() {
        let entry =
            entry("deb [arch=amd64 signed-by=/k.gpg] http://archive.example/debian bookworm main # note");
        assert_eq!(
            entry.stanza(),
            "Types: deb\nURIs: http://archive.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /k.gpg\n"
        );
    }

    #[test]
    fn comments_and_source_lines_are_no_binary_sources() {
        assert_eq!(parse_line("# deb http://archive.example/debian bookworm main"), None);
        assert_eq!(parse_line("deb-src http://archive.example/debian bookworm main"), None);
    }

    #[test]
    fn a_stanza_keeps_an_inline_key_as_it_stands() {
        let text = "Types: deb\nURIs: http://archive.example/debian\nSuites: a b\n# remark\nComponents: main\n\
                    Signed-By:\n -----BEGIN-----\n .\n key\n -----END-----\n";
        let [entry] = parse_stanzas(text).try_into().expect("one entry");
        assert!(
            entry.stanza().ends_with("Signed-By: \n -----BEGIN-----\n .\n key\n -----END-----\n"),
            "{entry:?}"
        );
        assert_eq!(entry.suites, ["a", "b"]);
    }

    #[test]
    fn disabled_stanzas_are_passed_over() {
        let text =
            "Types: deb\nURIs: http://archive.example/debian\nSuites: sid\nEnabled: no\n\nTypes: deb-src\n";
        assert_eq!(parse_stanzas(text), []);
    }

    #[test]
    fn further_suites_come_from_the_archive_of_the_release() {
        let sources = vec![
            entry("deb http://vendor.example/apt stuff main"),
            entry("deb http://archive.example/debian bookworm main"),
        ];
        let archive = archive(BOOKWORM, sources).expect("archive");
        assert_eq!(archive.suite("trixie").uri, "http://archive.example/debian");
        assert_eq!(archive.suite("trixie").suites, ["trixie"]);
    }

    #[test]
    fn a_listed_suite_comes_with_its_own_archive() {
        let sources = vec![
            entry("deb http://archive.example/debian bookworm main"),
            entry("deb http://security.example/debian-security bookworm-security main"),
        ];
        let archive = archive(BOOKWORM, sources).expect("archive");
        let [security] = archive.listed("bookworm-security").try_into().expect("one entry");
        assert_eq!(security.uri, "http://security.example/debian-security");
    }

    #[test]
    fn another_distribution_is_refused_with_a_way_out() {
        let error = archive("ID=fedora\n", Vec::new()).expect_err("refusal");
        assert!(error.way_out().is_some_and(|remedy| remedy.contains("by hand")), "{error}");
    }
}
