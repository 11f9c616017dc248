//! HTTP/2 by hand, for what no library sends.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// What a client begins with, and empty settings.
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The code of a reset by a client that does not want the answer any more.
const CANCEL: [u8; 4] = [0, 0, 0, 8];

const DATA: u8 = 0;
/// The kind of a frame that begins a call, or its answer.
pub(crate) const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len())
        .expect("a short frame")
        .to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The header of a call of `PositionReq`.
fn fields() -> Vec<u8> {
    // POST and http by their numbers in the static table, the others by the number of their name.
    let mut fields = vec![0x83, 0x86];
    let mut literal = |name: &[u8], value: &[u8]| {
        fields.extend(name);
        fields.push(u8::try_from(value.len()).expect("a short value"));
        fields.extend(value);
    };
    literal(&[0x01], b"localhost");
    literal(&[0x04], b"/posXYZ.PositionService/PositionReq");
    literal(&[0x0f, 0x10], b"application/grpc");
    fields
}

/// The beginning of a call, whose message does not come with it.
pub(crate) fn call(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &fields())
}

/// A header of which more is to follow.
pub(crate) fn open_header(stream: u32) -> Vec<u8> {
    frame(HEADERS, 0, stream, &fields())
}

/// A part of a message.
pub(crate) fn data(stream: u32, bytes: &[u8]) -> Vec<u8> {
    frame(DATA, 0, stream, bytes)
}

/// What takes a call back.
pub(crate) fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &CANCEL)
}

/// Kind and stream of the next frame that comes.
pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<(u8, u32)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await?;
    let [a, b, c, kind, _, number @ ..] = head;
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    stream.read_exact(&mut vec![0; length]).await?;
    Ok((kind, u32::from_be_bytes(number)))
}
