//! `bulkhead-ivc send` and `bulkhead-ivc recv`: messages as lines of text.

use crate::channel::{self, Channel, Sending, has_ended};
use crate::failure::Failure;
use crate::linux::{File, print};
use crate::options::Options;

/// The longest message in bytes.
const LONGEST: usize = 1 << 16;

/// Sends a text, or each line of the standard input, and waits until all of it was received.
pub(crate) fn send(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let mut sender = channel.lanes(options)?.sender()?;
    match options.text {
        Some(text) => send_one(&channel, &mut sender, text.as_bytes())?,
        None => send_lines(&channel, &mut sender)?,
    }
    let everything = sender.max_message();
    loop {
        match sender.unread() {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if has_ended(error)? => {
                return Err(Failure::Check("the other peer began anew before all was received"));
            }
            Err(_) => {}
        }
        if sender.may_sleep(everything) {
            channel.wait(None)?;
        }
    }
}

fn send_lines<B: FnMut()>(channel: &Channel, sender: &mut Sending<B>) -> Result<(), Failure> {
    let mut line = [0; LONGEST];
    let mut used = 0;
    loop {
        let room = line.get_mut(used..).unwrap_or_default();
        let read = File::INPUT.read(room).map_err(|error| Failure::Kernel("read the input", error))?;
        used += read;
        while let Some(end) = line[..used].iter().position(|&byte| byte == b'\n') {
            send_one(channel, sender, &line[..end])?;
            line.copy_within(end + 1..used, 0);
            used -= end + 1;
        }
        // The end of the input, or of the room, ends a line too.
        if read == 0 || used == line.len() {
            if used > 0 {
                send_one(channel, sender, &line[..used])?;
            }
            used = 0;
        }
        if read == 0 {
            return Ok(());
        }
    }
}

fn send_one<B: FnMut()>(channel: &Channel, sender: &mut Sending<B>, message: &[u8]) -> Result<(), Failure> {
    if channel::send(channel, sender, message)? {
        print(format_args!("bulkhead-ivc: the other peer began anew; what it had not received is lost\n"));
    }
    Ok(())
}

/// Prints messages.
pub(crate) fn receive(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let lanes = channel.lanes(options)?;
    let mut receiver = lanes.receiver()?;
    let mut message = [0; LONGEST];
    let mut left = options.count;
    while left != Some(0) {
        match channel::receive(&channel, &mut receiver, &mut message)? {
            Some(length) => {
                let text = message.get(..length).unwrap_or_default().utf8_chunks();
                text.for_each(|chunk| print(format_args!("{}", chunk.valid())));
                print(format_args!("\n"));
                left = left.map(|left| left - 1);
            }
            None => {
                let generation = lanes.peer_generation()?;
                print(format_args!(
                    "bulkhead-ivc: peer {} began anew, generation={generation}\n",
                    lanes.peer
                ));
            }
        }
    }
    Ok(())
}
