//! Peers that do not mean well, at a server with TLS.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use crate::program::PATIENCE;
use crate::support::{House, Serve, gets};

fn connect(serve: &Serve) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", serve.port)).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    stream
}

/// What comes until the server ends the connection.
fn read_to_end(mut stream: TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    // How it ends makes no difference, as long as it does.
    if let Err(error) = stream.read_to_end(&mut said) {
        assert_ne!(
            error.kind(),
            std::io::ErrorKind::WouldBlock,
            "it does not end"
        );
    }
    said
}

/// The first words of a client that speaks no more than TLS 1.1.
fn old_hello() -> Vec<u8> {
    let mut hello = vec![3, 2];
    hello.extend([7; 32]); // its random bytes
    hello.extend([0, 0, 2, 0xc0, 0x13, 1, 0]); // no session, one cipher, no compression
    hello.extend([0, 8, 0, 13, 0, 4, 0, 2, 4, 3]); // one signature that it can check
    let length = hello.len() as u8;
    let handshake = [&[1, 0, 0, length][..], &hello].concat();
    [&[22, 3, 1, 0, length + 4][..], &handshake].concat()
}

#[test]
fn a_handshake_that_stalls_is_cut_and_holds_up_nobody() {
    let house = House::new();
    let serve = house.serve(&[]);
    let silent: Vec<TcpStream> = (0..20).map(|_| connect(&serve)).collect();
    let mut half = connect(&serve);
    half.write_all(&old_hello()[..20]).expect("it listens");
    gets(&serve.url("https"), &["--tls-ca", &house.ca]);
    assert!(read_to_end(half).is_empty());
    for stream in silent {
        assert!(read_to_end(stream).is_empty());
    }
    serve.says("its handshake took longer than 5 s");
    gets(&serve.url("https"), &["--tls-ca", &house.ca]);
}

#[test]
fn an_old_version_of_tls_is_refused_with_the_reason() {
    const FATAL_PROTOCOL_VERSION: [u8; 2] = [2, 70];
    let house = House::new();
    let serve = house.serve(&[]);
    let mut old = connect(&serve);
    old.write_all(&old_hello()).expect("it listens");
    assert!(read_to_end(old).ends_with(&FATAL_PROTOCOL_VERSION));
    serve.says("it has no TLS in common with this server, which speaks 1.2 and 1.3");
    gets(&serve.url("https"), &["--tls-ca", &house.ca]);
}

#[test]
fn garbage_is_told_at_a_limited_rate_and_does_not_disturb() {
    let house = House::new();
    let serve = house.serve(&[]);
    for round in 0..50_u8 {
        let mut garbage = connect(&serve);
        let bytes: Vec<u8> = (0..2_000_u16)
            .map(|n| (n as u8).wrapping_mul(31) ^ round)
            .collect();
        // It may end the connection before it has read all.
        let _ = garbage.write_all(&bytes);
        let _ = garbage.shutdown(Shutdown::Write);
        read_to_end(garbage);
    }
    gets(&serve.url("https"), &["--tls-ca", &house.ca]);
    serve.says("refused TLS with 127.0.0.1:");
    let lines = serve.log().lines().count();
    assert!(lines < 20, "{lines} lines: {}", serve.log());
}
