//! Strangers at the port hold up neither the daemon nor those who ask well.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use crate::program::{PATIENCE, wait_until};
use crate::python::PythonServer;
use crate::watched::{Watched, said};

/// More connections than are held at a time.
const MANY: usize = 100;

fn open_files(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd"))
        .expect("the process lives")
        .count()
}

#[test]
fn a_hundred_slow_connections_are_cut_and_keep_nobody_out() {
    let server = PythonServer::start(&[]);
    let mut daemon = Watched::start(&server.address(), &[]);
    daemon.wait_for("a position", |page| page.value("position_connected") == 1.0);
    let process = daemon.id();
    let before = open_files(process);
    let slow: Vec<TcpStream> = (0..MANY)
        .map(|n| {
            let mut stream = TcpStream::connect(&daemon.address).expect("it is let in");
            // Nothing, half a line, half a head.
            let begun: [&[u8]; 3] = [b"", b"GET /met", b"GET /metrics HTTP/1.1\r\nHost: x\r\n"];
            stream.write_all(begun[n % 3]).expect("it is taken");
            stream
        })
        .collect();
    for _ in 0..10 {
        assert_eq!(daemon.get("/healthz").code, 200);
    }
    wait_until("most of them are cut", || {
        open_files(process) <= before + 40
    });
    for mut stream in slow {
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("it can be set");
        let mut rest = Vec::new();
        // Cut with or without a word.
        let _ = stream.read_to_end(&mut rest);
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{rest:?}");
    }
    wait_until("they are all gone", || open_files(process) <= before);
    assert_eq!(daemon.page().value("position_losses_total"), 0.0);
    daemon.end();
}

#[test]
fn garbage_and_huge_heads_are_refused_and_disturb_nobody() {
    let server = PythonServer::start(&[]);
    let daemon = Watched::start(&server.address(), &[]);
    daemon.wait_for("a position", |page| page.value("position_connected") == 1.0);
    let huge_header = [
        b"GET /metrics HTTP/1.1\r\nX: ".to_vec(),
        vec![b'x'; 4 << 20],
    ]
    .concat();
    let many_headers = format!("GET /metrics HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(10_000));
    let huge_body = "POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n";
    let garbage: Vec<u8> = (0..100_000_u32).map(|n| (n * 7919 % 251) as u8).collect();
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec();
    let attacks = [
        huge_header,
        many_headers.into_bytes(),
        huge_body.as_bytes().to_vec(),
        garbage,
        preface,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
    ];
    for attack in attacks {
        // Refused by an answer, or by closing while it still speaks.
        let begun = String::from_utf8_lossy(&attack[..attack.len().min(20)]).into_owned();
        if let Ok(answer) = said(&daemon.address, &attack) {
            let is_refusal = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
            assert!(is_refusal, "{begun:?}: {answer}");
        }
        assert_eq!(daemon.get("/healthz").code, 200, "after {begun:?}");
    }
    let page = daemon.page();
    assert_eq!(page.value("position_losses_total"), 0.0);
    assert_eq!(page.value("renderer_panics_total"), 0.0);
    assert!(!daemon.log().contains("panic"), "{}", daemon.log());
    daemon.end();
}
