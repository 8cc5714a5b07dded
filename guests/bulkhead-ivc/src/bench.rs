//! `bulkhead-ivc bench`: round trips and throughput. One peer measures, the other answers.
//!
//! A message's first byte says what is asked of who answers.

use crate::channel::{Channel, connect, receive, send};
use crate::failure::Failure;
use crate::histogram::Histogram;
use crate::linux::{nanoseconds, print};
use crate::options::Options;

/// Sends the message back.
const RETURN: u8 = 0;
/// Counts it.
const COUNT: u8 = 1;
/// Answers with how many were counted, as eight bytes, and ends.
const TELL: u8 = 2;

/// The longest message in bytes.
const LONGEST: usize = 1 << 20;
const ROUNDS: u64 = 10_000;

const BEGAN_ANEW: Failure = Failure::Check("the other peer began anew in the middle of a measurement");

/// Measures.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let lanes = channel.lanes(options)?;
    let (mut sender, mut receiver) = (lanes.sender()?, lanes.receiver()?);
    let rounds = options.count.unwrap_or(ROUNDS).max(1);
    let mut out = [0; LONGEST];
    let mut into = [0; LONGEST];
    let size = options.size;
    let message = out.get_mut(..size.max(1)).ok_or(Failure::Usage("messages have at most 1 MiB"))?;

    message[0] = RETURN;
    // Else the first answer could be dropped.
    connect(&channel, &mut receiver)?;
    let mut durations = Histogram::new();
    for _ in 0..rounds {
        let start = nanoseconds();
        send(&channel, &mut sender, message)?;
        receive(&channel, &mut receiver, &mut into)?.ok_or(BEGAN_ANEW)?;
        durations.add(nanoseconds().saturating_sub(start));
    }
    durations.show("round_trip");

    message[0] = COUNT;
    let start = nanoseconds();
    for _ in 0..rounds {
        if send(&channel, &mut sender, message)? {
            return Err(BEGAN_ANEW);
        }
    }
    send(&channel, &mut sender, &[TELL])?;
    let length = receive(&channel, &mut receiver, &mut into)?.ok_or(BEGAN_ANEW)?;
    let duration = nanoseconds().saturating_sub(start).max(1);
    let counted = into.get(..length).unwrap_or_default().try_into().map_or(0, u64::from_le_bytes);
    if counted != rounds {
        return Err(Failure::Check("messages were lost"));
    }
    let bytes = rounds.saturating_mul(message.len() as u64);
    let rate = u128::from(bytes) * 1_000_000_000 / u128::from(duration);
    print(format_args!(
        "bench: throughput messages={rounds} bytes={bytes} ns={duration} bytes_per_s={rate}\n"
    ));
    Ok(())
}

/// Answers who measures.
pub(crate) fn answer(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let lanes = channel.lanes(options)?;
    let (mut sender, mut receiver) = (lanes.sender()?, lanes.receiver()?);
    let mut message = [0; LONGEST];
    let mut counted = 0u64;
    loop {
        let Some(length) = receive(&channel, &mut receiver, &mut message)? else {
            counted = 0;
            continue;
        };
        let message = message.get(..length).unwrap_or_default();
        match message.first() {
            Some(&RETURN) => drop(send(&channel, &mut sender, message)?),
            Some(&COUNT) => counted += 1,
            Some(&TELL) => {
                send(&channel, &mut sender, &counted.to_le_bytes())?;
                return Ok(());
            }
            _ => return Err(Failure::Check("the other peer does not measure")),
        }
    }
}
