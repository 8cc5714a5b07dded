//! Channels as zones.toml asks for them: with a name of their own, whole pages, and peers that are different zones.

use std::collections::HashMap;
use std::ops::Range;

use addr::PAGE_SIZE;
use manifest::{MAX_CHANNELS, MAX_CHANNELS_OF_ZONE, MAX_PEERS, ZoneName};
use toml::Spanned;

use crate::config::{Bytes, Channel, Config, Peer};
use crate::diagnostic::{Diagnostic, nearest};
use crate::memory::human;

/// A channel that can be had.
#[derive(Clone, Debug)]
pub(crate) struct Wanted<'c> {
    pub(crate) name: &'c str,
    /// Where zones.toml names it.
    pub(crate) span: Range<usize>,
    pub(crate) rw_size: u64,
    pub(crate) out_size: u64,
    pub(crate) peers: Vec<WantedPeer<'c>>,
}

/// A zone's end of it.
#[derive(Clone, Debug)]
pub(crate) struct WantedPeer<'c> {
    /// The zone's place in zones.toml.
    pub(crate) zone: usize,
    pub(crate) zone_name: &'c str,
    /// Where zones.toml names it.
    pub(crate) span: Range<usize>,
    pub(crate) control: Option<&'c Spanned<u64>>,
    pub(crate) shared: Option<&'c Spanned<u64>>,
    pub(crate) interrupt: Option<&'c Spanned<u32>>,
    /// The interrupt that it gets.
    pub(crate) number: Option<u32>,
}

impl Wanted<'_> {
    /// Bytes of all sections together.
    pub(crate) fn size(&self) -> u64 {
        self.rw_size + self.out_size * self.peers.len() as u64
    }
}

/// The channels whose sizes and peers are right. Names of zones are looked for where `is_whole` says that every zone
/// of the file could be read.
pub(crate) fn read<'c>(
    config: &'c Config,
    is_whole: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Wanted<'c>> {
    if let Some(channel) = config.channels.get(MAX_CHANNELS) {
        let message = format!("{} channels are too many: {MAX_CHANNELS} are possible", config.channels.len());
        let diagnostic = Diagnostic::error("too-many-channels", message).at(channel.span(), "one too many");
        diagnostics.push(diagnostic.help("let more zones share one channel"));
    }
    names(config, diagnostics);
    let mut wanted = Vec::new();
    for channel in &config.channels {
        let channel = channel.get_ref();
        let peers = peers(channel, config, is_whole, diagnostics);
        let sizes = sizes(channel, diagnostics);
        if let (Some(peers), Some((rw_size, out_size))) = (peers, sizes) {
            let name = channel.name.get_ref();
            wanted.push(Wanted { name, span: channel.name.span(), rw_size, out_size, peers });
        }
    }
    channels_of_zones(&wanted, diagnostics);
    wanted
}

fn names(config: &Config, diagnostics: &mut Vec<Diagnostic>) {
    let mut taken: HashMap<&str, Range<usize>> = HashMap::new();
    for channel in &config.channels {
        let name = &channel.get_ref().name;
        let text = name.get_ref().as_str();
        if ZoneName::new(text).is_none() {
            let message = format!("{text:?} cannot be a channel's name");
            let help = "use 1 to 31 of the characters a-z, 0-9, _ and -, and not `bulkhead`";
            diagnostics.push(Diagnostic::error("bad-name", message).at(name.span(), "this name").help(help));
        } else if let Some(first) = taken.get(text) {
            let diagnostic = Diagnostic::error("duplicate-name", format!("two channels are named {text}"))
                .at(first.clone(), "the first")
                .at(name.span(), "the second");
            diagnostics.push(diagnostic.help("give each channel a name of its own"));
        } else {
            taken.insert(text, name.span());
        }
    }
}

fn peers<'c>(
    channel: &'c Channel,
    config: &'c Config,
    is_whole: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<WantedPeer<'c>>> {
    let before = diagnostics.len();
    let name = channel.name.get_ref();
    let count = channel.peers.get_ref().len();
    if !(2..=MAX_PEERS).contains(&count) {
        let message = format!("channel {name} has {count} peers: 2 to {MAX_PEERS} are possible");
        let diagnostic = Diagnostic::error("channel-peers", message).at(channel.peers.span(), "these peers");
        diagnostics.push(diagnostic.help("name the zones that share it, each once"));
    }
    if let Some(max_peers) = channel.max_peers.as_ref().filter(|max| *max.get_ref() as usize != count) {
        let message =
            format!("channel {name} has {count} peers, and `max_peers` says {}", max_peers.get_ref());
        let diagnostic = Diagnostic::error("channel-peers", message)
            .at(channel.peers.span(), "these peers")
            .at(max_peers.span(), "another number");
        diagnostics.push(diagnostic.help(format!("write {count}, or leave `max_peers` out")));
    }
    let mut peers: Vec<WantedPeer<'c>> = Vec::new();
    for peer in channel.peers.get_ref() {
        let (span, Peer(table)) = (peer.span(), peer.get_ref());
        let mut zones = config.zones.iter().map(|zone| zone.get_ref().name.get_ref().as_str());
        let Some(zone) = zones.clone().position(|zone| zone == table.zone) else {
            if is_whole {
                let message = format!("channel {name} has zone {} as a peer, and there is none", table.zone);
                let unknown = Diagnostic::error("unknown-zone", message).at(span, "unknown zone");
                diagnostics.push(match nearest(&table.zone, zones.clone()) {
                    Some(meant) => unknown.help(format!("did you mean `{meant}`?")),
                    None => unknown.help(format!("the zones are: {}", zones.collect::<Vec<_>>().join(", "))),
                });
            }
            return None;
        };
        if let Some(first) = peers.iter().find(|other| other.zone == zone) {
            let message = format!("zone {} is a peer of channel {name} twice", table.zone);
            let diagnostic = Diagnostic::error("peer-twice", message)
                .at(first.span.clone(), "here")
                .at(span.clone(), "and here");
            diagnostics.push(diagnostic.help("name each zone once"));
        }
        peers.push(WantedPeer {
            zone,
            zone_name: zones.nth(zone).unwrap_or_default(),
            span,
            control: table.control_table_ipa.as_ref(),
            shared: table.shared_mem_ipa.as_ref(),
            interrupt: table.interrupt_num.as_ref(),
            number: None,
        });
    }
    (diagnostics.len() == before).then_some(peers)
}

/// The sizes of the common section and of each output section.
fn sizes(channel: &Channel, diagnostics: &mut Vec<Diagnostic>) -> Option<(u64, u64)> {
    let name = channel.name.get_ref();
    let before = diagnostics.len();
    let mut one = |key, other, first: &Option<Spanned<Bytes>>, second: &Option<Spanned<Bytes>>| {
        if let (Some(first), Some(second)) = (first, second) {
            let message = format!("channel {name} has `{key}` and `{other}`, which are the same");
            let diagnostic = Diagnostic::error("channel-size", message)
                .at(first.span(), "the one")
                .at(second.span(), "the other");
            diagnostics.push(diagnostic.help(format!("keep `{key}`")));
        }
        let written = first.as_ref().or(second.as_ref())?;
        let size = size(written.get_ref());
        if let Err((what, help)) = &size {
            let message = format!("the `{key}` of channel {name} {what}");
            let diagnostic = Diagnostic::error("channel-size", message).at(written.span(), "this size");
            diagnostics.push(diagnostic.help(help));
        }
        Some((size.ok()?, written.span()))
    };
    let rw = one("rw", "rw_sec_size", &channel.rw, &channel.rw_sec_size);
    let out = one("out", "out_sec_size", &channel.out, &channel.out_sec_size);
    let help = "write how much each peer may write to the others, such as `out = \"64K\"`";
    match &out {
        Some((0, span)) => {
            let message = format!("the `out` of channel {name} is empty: its peers could say nothing");
            diagnostics.push(Diagnostic::error("channel-size", message).at(span.clone(), "empty").help(help));
        }
        None if channel.out.is_none() && channel.out_sec_size.is_none() => {
            let diagnostic = Diagnostic::error("missing-key", format!("channel {name} has no `out`"));
            diagnostics.push(diagnostic.at(channel.name.span(), "this channel").help(help));
        }
        _ => {}
    }
    let rw_size = rw.map_or(0, |(size, _)| size);
    out.map(|(out_size, _)| (rw_size, out_size)).filter(|_| diagnostics.len() == before)
}

/// A section's bytes, or what is wrong with them and what to write.
fn size(written: &Bytes) -> Result<u64, (String, String)> {
    let help = "write a number with a unit, such as \"64K\" or \"1M\"".to_owned();
    let bytes = written.get().ok_or(("is no size".to_owned(), help.clone()))?;
    if !bytes.is_multiple_of(PAGE_SIZE) {
        let what = format!("is {bytes:#x} bytes, which is not a multiple of 4 KiB");
        return Err((what, format!("use {}", human(bytes.next_multiple_of(PAGE_SIZE)))));
    }
    if bytes > u32::MAX.into() {
        let what = format!("is {}, and its register holds less than 4 GiB", human(bytes));
        return Err((what, "use a smaller size".to_owned()));
    }
    Ok(bytes)
}

fn channels_of_zones(wanted: &[Wanted<'_>], diagnostics: &mut Vec<Diagnostic>) {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for peer in wanted.iter().flat_map(|channel| &channel.peers) {
        let count = counts.entry(peer.zone).or_default();
        *count += 1;
        if *count == MAX_CHANNELS_OF_ZONE + 1 {
            let message =
                format!("zone {} is a peer of more than {MAX_CHANNELS_OF_ZONE} channels", peer.zone_name);
            let diagnostic = Diagnostic::error("too-many-channels", message);
            let diagnostic = diagnostic.at(peer.span.clone(), "one too many");
            diagnostics.push(diagnostic.help("let more zones share one channel"));
        }
    }
}
