//! A channel as its device shows it (drivers/linux/bulkhead_ivc/bulkhead_ivc.h).

use core::ffi::CStr;

use ivc::registers::MAX_PEERS;
use ivc::{Layout, LinkError, Pair, ReceiveError, Receiver, SendError, Sender};

use crate::failure::Failure;
use crate::linux::{self, File};
use crate::options::Options;
use crate::shared::{Foreign, Own};

/// The driver's ioctl: reads the 40 words of `struct bulkhead_ivc_info`.
const INFO: usize = 0x80a0_b700;
const INFO_WORDS: usize = 40;
/// The words of `struct bulkhead_ivc_event`, in bytes.
const EVENT_SIZE: usize = 8;

/// What precedes a channel's name in that of its device.
pub(crate) const PREFIX: &str = "/dev/ivc-";

/// The end of a lane that sends to another zone.
pub(crate) type Sending<B> = Sender<Own, Foreign, B>;
/// The end of a lane that receives from another zone.
pub(crate) type Receiving<B> = Receiver<Own, Foreign, B>;

/// A channel's device.
pub(crate) struct Channel {
    /// The device.
    pub(crate) device: File,
}

/// What the device says of its channel.
pub(crate) struct Info([u32; INFO_WORDS]);

/// A channel's memory as this zone uses it with one other peer.
pub(crate) struct Lanes<'a> {
    /// The channel.
    pub(crate) channel: &'a Channel,
    own: Own,
    foreign: Foreign,
    pair: Pair,
    /// The other peer.
    pub(crate) peer: u32,
}

impl Info {
    /// The channel's number.
    pub(crate) fn id(&self) -> u32 {
        self.0[0]
    }

    /// This zone's number in it.
    pub(crate) fn own(&self) -> u32 {
        self.0[1]
    }

    /// How many peers it has, at most 16.
    pub(crate) fn peers(&self) -> u32 {
        self.0[2].min(MAX_PEERS)
    }

    /// Bytes of the section that every peer may write.
    pub(crate) fn common_size(&self) -> u32 {
        self.0[3]
    }

    /// Bytes of each output section.
    pub(crate) fn output_size(&self) -> u32 {
        self.0[4]
    }

    /// Where the sections are; none if the driver says what cannot be.
    pub(crate) fn layout(&self) -> Option<Layout> {
        Layout::new(self.peers(), self.common_size().into(), self.output_size().into()).ok()
    }

    /// Whether the peer's zone runs.
    pub(crate) fn is_present(&self, peer: u32) -> bool {
        self.0[5] >> (peer % MAX_PEERS) & 1 != 0
    }

    /// How often the peer's zone was started.
    pub(crate) fn generation(&self, peer: u32) -> u32 {
        self.0[8 + (peer % MAX_PEERS) as usize]
    }

    /// The word that came with the peer's last doorbell.
    pub(crate) fn payload(&self, peer: u32) -> u32 {
        self.0[24 + (peer % MAX_PEERS) as usize]
    }
}

impl Channel {
    /// Opens a channel by its name.
    pub(crate) fn open(name: &str) -> Result<Self, Failure> {
        let mut path = [0; 64];
        let bytes = PREFIX.bytes().chain(name.bytes());
        if PREFIX.len() + name.len() >= path.len() {
            return Err(Failure::Usage("no channel has so long a name"));
        }
        for (to, byte) in path.iter_mut().zip(bytes) {
            *to = byte;
        }
        let path = CStr::from_bytes_until_nul(&path).unwrap_or_default();
        let device = File::open(path).map_err(|error| Failure::Kernel("open the channel", error))?;
        Ok(Self { device })
    }

    /// Closes it.
    pub(crate) fn close(self) {
        self.device.close();
    }

    /// What the device says.
    pub(crate) fn info(&self) -> Result<Info, Failure> {
        let mut words = [0; INFO_WORDS];
        // SAFETY: the structure has as many words, as the command's number says.
        let answer = unsafe { self.device.control(INFO, &mut words) };
        answer.map_err(|error| Failure::Kernel("ask the channel's driver", error))?;
        Ok(Info(words))
    }

    /// Maps what this zone and the other peer that the options name write for each other.
    pub(crate) fn lanes(&self, options: &Options) -> Result<Lanes<'_>, Failure> {
        let info = self.info()?;
        let peer = match (options.peer, info.peers()) {
            (Some(peer), _) => peer,
            (None, 2) => 1 - info.own().min(1),
            (None, _) => {
                return Err(Failure::Usage("the channel has several other peers: name one by --peer"));
            }
        };
        let layout = info.layout();
        let pair = Pair::new(info.peers(), info.own(), peer);
        let sections = layout.and_then(|layout| Some((layout.output(info.own())?, layout.output(peer)?)));
        let (Some(pair), Some((own, foreign))) = (pair, sections) else {
            return Err(Failure::Usage("the channel has no such other peer"));
        };
        let failed = |error| Failure::Kernel("map the channel's memory", error);
        let own = Own::map(&self.device, own.offset, own.len as usize).map_err(failed)?;
        let foreign = Foreign::map(&self.device, foreign.offset, foreign.len as usize).map_err(failed)?;
        Ok(Lanes { channel: self, own, foreign, pair, peer })
    }

    /// Waits for a doorbell, for a peer's start or stop, or until `other` has something to read.
    pub(crate) fn wait(&self, other: Option<&File>) -> Result<(), Failure> {
        let waited = match other {
            Some(other) => linux::wait(&[&self.device, other]),
            None => linux::wait(&[&self.device]),
        };
        waited.map_err(|error| Failure::Kernel("wait for the doorbell", error))?;
        match self.device.read(&mut [0; EVENT_SIZE]) {
            Err(error) if !error.is_nothing_now() => Err(Failure::Kernel("wait for the doorbell", error)),
            _ => Ok(()),
        }
    }
}

impl<'a> Lanes<'a> {
    /// Opens the lane to the other peer. Other programs of this zone are kept from doing so.
    pub(crate) fn sender(&self) -> Result<Sending<impl FnMut() + use<'a>>, Failure> {
        self.reserve(0)?;
        let generation = self.generation()?;
        Ok(Sender::open(self.own, self.foreign, self.pair, generation, self.bell())?)
    }

    /// Opens the lane from the other peer. Other programs of this zone are kept from doing so.
    pub(crate) fn receiver(&self) -> Result<Receiving<impl FnMut() + use<'a>>, Failure> {
        self.reserve(1)?;
        let generation = self.generation()?;
        Ok(Receiver::open(self.own, self.foreign, self.pair, generation, self.bell())?)
    }

    /// How often the other peer's zone was started.
    pub(crate) fn peer_generation(&self) -> Result<u32, Failure> {
        Ok(self.channel.info()?.generation(self.peer))
    }

    fn generation(&self) -> Result<u32, Failure> {
        let info = self.channel.info()?;
        Ok(info.generation(info.own()))
    }

    /// A lock on a byte of the device stands for each end: two of one kind would overwrite each other's words.
    fn reserve(&self, end: u64) -> Result<(), Failure> {
        let locked = self.channel.device.lock(2 * u64::from(self.peer) + end);
        locked.map_err(|error| Failure::Kernel("another program uses the lane", error))
    }

    /// What rings the other peer.
    fn bell(&self) -> impl FnMut() + use<'a> {
        let (device, peer) = (&self.channel.device, self.peer);
        // It fails where the driver has let go of the device; who waits next is told so.
        move || {
            let _ = device.write(&peer.to_ne_bytes());
        }
    }
}

/// Whether a connection has ended with its peer, which will connect again; it is not there yet otherwise.
pub(crate) fn has_ended(error: LinkError) -> Result<bool, Failure> {
    match error {
        LinkError::Apart => Ok(false),
        LinkError::Ended => Ok(true),
        LinkError::Incompatible | LinkError::Broken => Err(Failure::Link(error)),
    }
}

/// Sends a message, as soon as there is room and a connection. Says whether a connection has ended meanwhile.
pub(crate) fn send<B: FnMut()>(
    channel: &Channel,
    sender: &mut Sending<B>,
    message: &[u8],
) -> Result<bool, Failure> {
    let mut ended = false;
    loop {
        match sender.send(message) {
            Ok(()) => return Ok(ended),
            Err(SendError::TooLong) => return Err(Failure::Usage("a message is longer than the ring holds")),
            Err(SendError::Full) => {}
            Err(SendError::Link(error)) => ended |= has_ended(error)?,
        }
        if sender.may_sleep(message.len()) {
            channel.wait(None)?;
        }
    }
}

/// Waits for a connection by which the other peer can send.
pub(crate) fn connect<B: FnMut()>(channel: &Channel, receiver: &mut Receiving<B>) -> Result<(), Failure> {
    // A message stays, for there is no room to receive it.
    while let Err(ReceiveError::Link(error)) = receiver.receive(&mut []) {
        if !has_ended(error)? && receiver.may_sleep() {
            channel.wait(None)?;
        }
    }
    Ok(())
}

/// Receives a message, as soon as there is one: its length, or none where the connection has ended.
pub(crate) fn receive<B: FnMut()>(
    channel: &Channel,
    receiver: &mut Receiving<B>,
    into: &mut [u8],
) -> Result<Option<usize>, Failure> {
    loop {
        match receiver.receive(into) {
            Ok(length) => return Ok(Some(length)),
            Err(ReceiveError::TooLong { .. }) => {
                return Err(Failure::Check("a message is longer than this command takes"));
            }
            Err(ReceiveError::Empty) => {}
            Err(ReceiveError::Link(error)) => {
                if has_ended(error)? {
                    return Ok(None);
                }
            }
        }
        if receiver.may_sleep() {
            channel.wait(None)?;
        }
    }
}
