//! The command line.

use crate::failure::Failure;
use crate::linux::Arguments;

/// What the command line says.
pub(crate) struct Options {
    /// The first word.
    pub(crate) command: &'static str,
    /// The channel's name.
    channel: Option<&'static str>,
    /// What is sent.
    pub(crate) text: Option<&'static str>,
    /// The other peer.
    pub(crate) peer: Option<u32>,
    /// How many messages.
    pub(crate) count: Option<u64>,
    /// The longest message in bytes.
    pub(crate) size: usize,
    /// The network interface's name.
    pub(crate) name: &'static str,
    /// Whether to answer.
    pub(crate) answer: bool,
    /// Whether to check.
    pub(crate) check: bool,
}

impl Options {
    /// Reads the command line.
    pub(crate) fn parse(mut words: Arguments) -> Result<Self, Failure> {
        let mut options = Self {
            command: words.next().unwrap_or("--help"),
            channel: None,
            text: None,
            peer: None,
            count: None,
            size: 64,
            name: "ivc0",
            answer: false,
            check: false,
        };
        while let Some(word) = words.next() {
            match word {
                "--answer" => options.answer = true,
                "--check" => options.check = true,
                "--peer" => options.peer = Some(number(words.next())?),
                "--count" => options.count = Some(number(words.next())?),
                "--size" => options.size = number(words.next())?,
                "--name" => options.name = words.next().ok_or(Failure::Usage("--name takes a name"))?,
                _ if word.starts_with("--") => return Err(Failure::Usage("an option that there is not")),
                _ if options.channel.is_none() => options.channel = Some(word),
                _ if options.text.is_none() => options.text = Some(word),
                _ => return Err(Failure::Usage("more words than it takes; a text with spaces takes quotes")),
            }
        }
        Ok(options)
    }

    /// The channel's name.
    pub(crate) fn channel(&self) -> Result<&'static str, Failure> {
        self.channel.ok_or(Failure::Usage("which channel? `bulkhead-ivc list` lists them"))
    }
}

fn number<T: core::str::FromStr>(word: Option<&str>) -> Result<T, Failure> {
    word.and_then(|word| word.parse().ok()).ok_or(Failure::Usage("an option that takes a number has none"))
}
