//! `bulkhead-ivc tunnel`: a network interface whose packets are a channel's messages.

use ivc::{ReceiveError, SendError};

use crate::channel::{Channel, has_ended};
use crate::failure::Failure;
use crate::linux::{File, print};
use crate::options::Options;

/// Makes an open /dev/net/tun an interface (TUNSETIFF), described by the 40 bytes of `struct ifreq`.
const SET_INTERFACE: usize = 0x4004_54ca;
const INTERFACE_WORDS: usize = 10;
/// The longest name, without the zero at its end.
const LONGEST_NAME: usize = 15;
/// Packets of the network layer (IFF_TUN) without anything before them (IFF_NO_PI).
const FLAGS: u32 = 0x1001;
/// The longest packet in bytes.
const LONGEST: usize = 1 << 16;

/// Carries packets to and fro.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let channel = Channel::open(options.channel()?)?;
    let lanes = channel.lanes(options)?;
    let (mut sender, mut receiver) = (lanes.sender()?, lanes.receiver()?);
    let interface = interface(options.name)?;
    print(format_args!("tunnel: {} to peer {}\n", options.name, lanes.peer));
    let mut packet = [0; LONGEST];
    let mut length = 0;
    let mut come = [0; LONGEST];
    loop {
        let mut moved = false;
        if length == 0 {
            length = match interface.read(&mut packet) {
                Ok(length) => length,
                Err(error) if error.is_nothing_now() => 0,
                Err(error) => return Err(Failure::Kernel("read from the interface", error)),
            };
        }
        if length > 0 {
            match sender.send(&packet[..length]) {
                Err(SendError::Full) => {}
                // As with any network, what cannot be carried now is lost.
                Err(SendError::Link(error)) => {
                    has_ended(error)?;
                    (length, moved) = (0, true);
                }
                Ok(()) | Err(SendError::TooLong) => (length, moved) = (0, true),
            }
        }
        match receiver.receive(&mut come) {
            Ok(length) => {
                // An interface that is down takes none, and none that is no packet.
                let _ = interface.write(&come[..length]);
                moved = true;
            }
            Err(ReceiveError::Empty) => {}
            Err(ReceiveError::TooLong { .. }) => moved = receiver.skip().is_ok(),
            Err(ReceiveError::Link(error)) => moved |= has_ended(error)?,
        }
        if moved {
            continue;
        }
        // Even with nothing to send it goes along with a peer that begins anew.
        let linked = sender.unread();
        if let Err(error) = linked {
            has_ended(error)?;
        }
        let full = length > 0;
        if receiver.may_sleep() && (!full || sender.may_sleep(length)) {
            channel.wait((!full).then_some(&interface))?;
        }
    }
}

/// Makes the interface.
fn interface(name: &str) -> Result<File, Failure> {
    if name.len() > LONGEST_NAME {
        return Err(Failure::Usage("an interface's name has at most 15 letters"));
    }
    let mut request = [0u32; INTERFACE_WORDS];
    for (index, byte) in name.bytes().enumerate() {
        request[index / 4] |= u32::from(byte) << (8 * (index % 4));
    }
    request[4] = FLAGS;
    let failed = |error| Failure::Kernel("make the interface (is the module tun loaded?)", error);
    let file = File::open(c"/dev/net/tun").map_err(failed)?;
    // SAFETY: the command reads and writes one `struct ifreq`, which has as many words.
    unsafe { file.control(SET_INTERFACE, &mut request) }.map_err(failed)?;
    Ok(file)
}
