//! Options and files of no use: told before a port or a device is opened, with exit code 2.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::certificates::{Valid, secret};
use crate::program::{binaurald, stderr, stdout};
use crate::support::{House, Serve, position};

const URL: &str = "https://127.0.0.1:1";

fn is_refused(args: &[&str], said: &str) {
    let output = binaurald(args).output().expect("the program starts");
    assert!(
        stderr(&output).contains(said),
        "no {said:?}: {}",
        stderr(&output)
    );
    assert_eq!(
        output.status.code(),
        Some(2),
        "{args:?}: {}",
        stderr(&output)
    );
    assert_eq!(stdout(&output), "", "{args:?}");
}

/// `run`, `position get` and `serve` with these options of TLS.
fn are_refused_everywhere(options: &[&str], said: &str) {
    let ends: [&[&str]; 3] = [
        &["run", "--output", "null", "--server", URL],
        &["position", "get", "--server", URL],
        &["serve", "--listen", "127.0.0.1:0"],
    ];
    for end in ends {
        is_refused(&[end, options].concat(), said);
    }
}

#[test]
fn certificates_and_keys_that_cannot_be_used() {
    let house = House::new();
    let (certificate, key) = (house.server.certificate.as_str(), house.server.key.as_str());
    let garbage = house.desk.write("garbage", "no PEM at all");
    let encrypted = secret(
        &house.desk,
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let broken = house.desk.write(
        "broken.pem",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
    );
    let long = house.desk.write("long", vec![b'-'; (1 << 20) + 1]);
    let fifo = house.desk.arg("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status();
    assert!(made.expect("mkfifo starts").success());
    let missing = house.desk.arg("missing");
    for (cert, key, said) in [
        (
            missing.as_str(),
            key,
            format!("--tls-cert {missing}: cannot be read: No such file"),
        ),
        (
            certificate,
            missing.as_str(),
            format!("--tls-key {missing}: cannot be read: No such"),
        ),
        (
            &garbage,
            key,
            format!("--tls-cert {garbage}: holds no certificate in PEM"),
        ),
        (
            key,
            key,
            format!("--tls-cert {key}: holds no certificate in PEM"),
        ),
        (
            certificate,
            &garbage,
            format!("--tls-key {garbage}: holds no private key in PEM"),
        ),
        (
            certificate,
            &encrypted,
            format!("--tls-key {encrypted}: the key is encrypted"),
        ),
        (
            certificate,
            &house.client.key,
            format!(
                "--tls-key {}: is not the key of the first certificate in --tls-cert {certificate}",
                house.client.key
            ),
        ),
    ] {
        are_refused_everywhere(&["--tls-cert", cert, "--tls-key", key], &said);
    }
    are_refused_everywhere(
        &["--tls-cert", certificate],
        "needs its key: --tls-key FILE",
    );
    are_refused_everywhere(
        &["--tls-key", key],
        "needs its certificate: --tls-cert FILE",
    );
    for (ca, said) in [
        (&missing, "cannot be read: No such file"),
        (&garbage, "holds no certificate in PEM"),
        (&broken, "its certificate number 1 is of no use"),
        (&long, "is longer than 1048576 bytes"),
        (&fifo, "is not a regular file"),
        (&"/dev/zero".to_owned(), "is not a regular file"),
    ] {
        is_refused(
            &["position", "get", "--server", URL, "--tls-ca", ca],
            &format!("--tls-ca {ca}: {said}"),
        );
        let serve = [&["serve", "--tls-client-ca", ca], &house.server.args()[..]].concat();
        is_refused(&serve, &format!("--tls-client-ca {ca}: {said}"));
    }
}

#[test]
fn tokens_that_cannot_be_used_are_refused_without_being_shown() {
    let house = House::new();
    let empty = secret(&house.desk, "empty", "\n");
    let words = secret(&house.desk, "words", "two words\n");
    let long = secret(&house.desk, "long", &"x".repeat(257));
    let missing = house.desk.arg("missing");
    for (file, said) in [
        (&empty, "is empty"),
        (&words, "must be one line of visible ASCII"),
        (&long, "must be at most 256 characters"),
        (&missing, "cannot be read: No such file"),
    ] {
        are_refused_everywhere(
            &["--token-file", file],
            &format!("--token-file {file}: {said}"),
        );
    }
}

#[test]
fn options_that_do_not_go_together() {
    let house = House::new();
    for option in ["--tls-ca", "--tls-cert", "--tls-key"] {
        is_refused(
            &[
                "position",
                "get",
                "--server",
                "127.0.0.1:1",
                option,
                &house.ca,
            ],
            &format!("{option}: is for TLS, which http://127.0.0.1:1 is without"),
        );
    }
    is_refused(
        &["serve", "--tls-client-ca", &house.ca],
        "--tls-client-ca: needs TLS: --tls-cert FILE and --tls-key FILE",
    );
    is_refused(
        &["serve", "--token-for", "all"],
        "--token-for all: needs a token: --token-file FILE",
    );
    let nowhere = house.desk.write("no-authorities.pem", "");
    let get = binaurald(&["position", "get", "--server", URL])
        .env("SSL_CERT_FILE", nowhere)
        .env_remove("SSL_CERT_DIR")
        .output()
        .expect("the program starts");
    let said = "https://127.0.0.1:1: this system trusts no authority: --tls-ca FILE names one";
    assert!(stderr(&get).contains(said), "{}", stderr(&get));
    assert_eq!(get.status.code(), Some(2));
}

#[test]
fn secrets_that_everybody_can_read_are_told_and_used() {
    let house = House::new();
    let token = house.desk.write("token", "s3cret");
    for file in [&token, &house.server.key] {
        let everybody = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(file, everybody).expect("it is ours");
    }
    let serve = house.serve(&["--token-file", &token]);
    serve.says(&format!(
        "--token-file {token}: everybody on this machine can read it"
    ));
    serve.says(&format!("--tls-key {}: everybody", house.server.key));
    assert!(!serve.log().contains("s3cret"));
    let quiet = Serve::start(&house.client.args());
    assert!(!quiet.log().contains("everybody"), "{}", quiet.log());
}

#[test]
fn a_token_that_goes_elsewhere_without_tls_is_told() {
    let house = House::new();
    let token = secret(&house.desk, "token", "s3cret");
    let said = "the token goes to http://binaurald.invalid:1 without TLS";
    let with_token = ["--token-file", token.as_str(), "--timeout", "100"];
    let get = position(&["get"], "http://binaurald.invalid:1", &with_token[..2]);
    assert!(stderr(&get).contains(said), "{}", stderr(&get));
    let serve = Serve::start(&[]);
    let get = position(
        &["get"],
        &format!("localhost:{}", serve.port),
        &with_token[..2],
    );
    assert_eq!(stderr(&get), "");
    // An expired certificate of one's own is the other side's to judge.
    let old = house.authority.client(&house.desk, "old", Valid::NoMore);
    let get = position(&["get"], URL, &house.with(&old));
    assert!(
        stderr(&get).contains("connection refused"),
        "{}",
        stderr(&get)
    );
}
