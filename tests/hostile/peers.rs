//! The hostile peers: a process each, that goes on until it is killed.

use std::io;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use binaurald::position::{ClientConfig, Link};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{child, frames};

/// Wait before a connection that was closed is opened again.
const AGAIN: Duration = Duration::from_millis(20);

/// What a hostile peer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Silent,
    HalfHeader,
    LongMessages,
    Resets,
    Garbage,
    FullSpeed,
    OpenCalls,
    All,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Silent,
        Self::HalfHeader,
        Self::LongMessages,
        Self::Resets,
        Self::Garbage,
        Self::FullSpeed,
        Self::OpenCalls,
        Self::All,
    ];

    /// What they are, in the table and on the command line of their process.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Silent => "200 that send nothing",
            Self::HalfHeader => "200 with half a header",
            Self::LongMessages => "messages of 100 MB",
            Self::Resets => "resets in bulk",
            Self::Garbage => "garbage",
            Self::FullSpeed => "64 at full speed",
            Self::OpenCalls => "calls without an end",
            Self::All => "all of them at once",
        }
    }

    /// How many connections of this kind there are.
    fn connections(self) -> usize {
        match self {
            Self::Silent | Self::HalfHeader => 200,
            Self::LongMessages | Self::Resets | Self::Garbage => 16,
            Self::FullSpeed => 64,
            Self::OpenCalls => 32,
            Self::All => 0,
        }
    }
}

/// A process of hostile peers; killed when dropped. It gives way at once to the server and to the client
/// beside it, whose processors those of a stranger are not: a lower priority alone would still make them
/// wait for the end of its turn.
pub(crate) struct Hostile(Child);

impl Hostile {
    pub(crate) fn start(kind: Kind, address: &str) -> Self {
        let plain = child::command(&format!("{} {address}", kind.what()));
        let mut command = Command::new("chrt");
        command.args(["--idle", "0"]).arg(plain.get_program());
        command.args(plain.get_args());
        for (name, value) in plain.get_envs() {
            command.env(name, value.expect("it removes none"));
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        Self(child.expect("a process can be started"))
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the process does: "what address".
pub(crate) fn attack(action: &str) {
    let (what, address) = action.rsplit_once(' ').expect("what, and whom");
    let kind = Kind::ALL.into_iter().find(|kind| kind.what() == what);
    let kinds = match kind.expect("a known kind") {
        Kind::All => Kind::ALL.to_vec(),
        kind => vec![kind],
    };
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    runtime.block_on(async {
        for kind in kinds {
            for number in 0..kind.connections() {
                tokio::spawn(go_on(kind, address.to_owned(), number as u64));
            }
        }
        std::future::pending::<()>().await;
    });
}

async fn go_on(kind: Kind, address: String, number: u64) {
    loop {
        // However it ends.
        let _ = match kind {
            Kind::FullSpeed => ask_without_a_pause(&address).await,
            _ => on_a_connection(kind, &address, number).await,
        };
        tokio::time::sleep(AGAIN).await;
    }
}

async fn on_a_connection(kind: Kind, address: &str, number: u64) -> io::Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    match kind {
        Kind::HalfHeader => {
            let header = frames::open_header(1);
            let half = if number.is_multiple_of(2) {
                header.len() / 2
            } else {
                header.len()
            };
            stream.write_all(frames::PREFACE).await?;
            stream.write_all(&header[..half]).await?;
        }
        Kind::Resets => reset_calls(&mut stream, number).await?,
        Kind::LongMessages => send_a_long_message(&mut stream).await?,
        Kind::Garbage => send_garbage(&mut stream, number).await?,
        Kind::OpenCalls => {
            stream.write_all(frames::PREFACE).await?;
            for stream_number in 0..32 {
                stream
                    .write_all(&frames::call(2 * stream_number + 1))
                    .await?;
            }
        }
        _ => {}
    }
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.map(drop)
}

/// Calls, each taken back at once: many in one piece, or one by one.
async fn reset_calls(stream: &mut TcpStream, number: u64) -> io::Result<()> {
    let in_a_piece = if number.is_multiple_of(2) { 100 } else { 1 };
    stream.write_all(frames::PREFACE).await?;
    let mut calls = (1u32..).step_by(2);
    let mut answers = vec![0; 16_384];
    loop {
        let calls = calls.by_ref().take(in_a_piece);
        let piece: Vec<u8> = calls
            .flat_map(|call| [frames::call(call), frames::reset(call)].concat())
            .collect();
        stream.write_all(&piece).await?;
        match stream.try_read(&mut answers) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
            _ => {}
        }
    }
}

/// Garbage from the first byte, or behind a good beginning.
async fn send_garbage(stream: &mut TcpStream, number: u64) -> io::Result<()> {
    let mut random = fastrand::Rng::with_seed(number);
    if number.is_multiple_of(2) {
        stream.write_all(frames::PREFACE).await?;
    }
    loop {
        let bytes: Vec<u8> = (0..4_096).map(|_| random.u8(..)).collect();
        stream.write_all(&bytes).await?;
    }
}

async fn ask_without_a_pause(address: &str) -> io::Result<()> {
    let config = ClientConfig::new(address, 60.0, 5_000).map_err(io::Error::other)?;
    let mut link = Link::new(&config);
    loop {
        link.ask().await.map_err(io::Error::other)?;
    }
}

/// A message of 100 MB, as fast as it is read, whether there is room for it or not.
async fn send_a_long_message(stream: &mut TcpStream) -> io::Result<()> {
    const BYTES: u32 = 100_000_000;
    let part = frames::data(1, &[b'm'; 16_000]);
    let mut prefix = vec![0];
    prefix.extend(BYTES.to_be_bytes());
    stream.write_all(frames::PREFACE).await?;
    stream.write_all(&frames::call(1)).await?;
    stream.write_all(&frames::data(1, &prefix)).await?;
    for _ in 0..BYTES / 16_000 {
        stream.write_all(&part).await?;
    }
    Ok(())
}
