//! Those who are not: the client says which it is, and the server's log too.

use crate::certificates::{Authority, Valid};
use crate::program::{Running, binaurald, stderr};
use crate::support::{House, Serve, gets, gets_refused};

#[test]
fn a_client_without_a_certificate() {
    let house = House::new();
    let serve = house.serve_mutual();
    gets_refused(
        &serve.url("https"),
        &["--tls-ca", &house.ca],
        "it wants a certificate of the client; --tls-cert FILE and --tls-key FILE show one",
    );
    serve.says("it has no certificate, which --tls-client-ca asks for");
    gets(&serve.url("https"), &house.with(&house.client));
}

#[test]
fn a_client_with_a_certificate_of_another_authority() {
    let house = House::new();
    let serve = house.serve_mutual();
    let stranger = Authority::new("stranger").client(&house.desk, "stranger", Valid::Now);
    gets_refused(
        &serve.url("https"),
        &house.with(&stranger),
        "it refuses the client's certificate: no authority that the server trusts has signed it",
    );
    serve.says("its certificate is refused: no authority that is trusted here has signed it");
}

#[test]
fn a_client_and_a_server_of_another_authority_with_the_same_name() {
    let house = House::new();
    let twin = Authority::new("house");
    let serve = house.serve_mutual();
    let client = twin.client(&house.desk, "twin-client", Valid::Now);
    gets_refused(
        &serve.url("https"),
        &house.with(&client),
        "it refuses the client's certificate: ",
    );
    serve.says("its certificate is refused: no authority that is trusted here has signed it");

    let server = twin.server(&house.desk, "twin-server", "127.0.0.1", Valid::Now);
    let serve = Serve::start(&server.args());
    gets_refused(
        &serve.url("https"),
        &["--tls-ca", &house.ca],
        "its certificate is refused: no authority that is trusted here has signed it; --tls-ca",
    );
    serve.says("it refuses this server's certificate (DecryptError)");
}

#[test]
fn a_client_whose_certificate_is_not_valid_now() {
    let house = House::new();
    for (name, valid, logged) in [
        (
            "old",
            Valid::NoMore,
            "its certificate is refused: it has expired",
        ),
        (
            "early",
            Valid::NotYet,
            "its certificate is refused: it is not valid yet",
        ),
    ] {
        let serve = house.serve_mutual();
        let client = house.authority.client(&house.desk, name, valid);
        gets_refused(
            &serve.url("https"),
            &house.with(&client),
            "it refuses the client's certificate: it has expired, or is not valid yet",
        );
        serve.says(logged);
    }
}

#[test]
fn a_client_whose_certificate_is_a_servers() {
    let house = House::new();
    let serve = house.serve_mutual();
    gets_refused(
        &serve.url("https"),
        &house.with(&house.server),
        "it refuses the client's certificate",
    );
    serve.says("its certificate is refused: ");
}

#[test]
fn a_server_that_nobody_knows() {
    let house = House::new();
    let serve = house.serve(&[]);
    let stranger = Authority::new("stranger").write(&house.desk, "other-ca.pem");
    gets_refused(
        &serve.url("https"),
        &["--tls-ca", &stranger],
        "its certificate is refused: no authority that is trusted here has signed it; --tls-ca FILE",
    );
    serve.says("it refuses this server's certificate (UnknownCA)");
}

#[test]
fn a_server_whose_certificate_is_not_valid_now() {
    let house = House::new();
    for (name, valid, said) in [
        (
            "old",
            Valid::NoMore,
            "its certificate is refused: it has expired",
        ),
        (
            "early",
            Valid::NotYet,
            "its certificate is refused: it is not valid yet",
        ),
    ] {
        let pair = house
            .authority
            .server(&house.desk, name, "127.0.0.1", valid);
        let serve = Serve::start(&pair.args());
        gets_refused(&serve.url("https"), &["--tls-ca", &house.ca], said);
        serve.says("it refuses this server's certificate (CertificateExpired)");
    }
}

#[test]
fn a_server_whose_certificate_is_for_another_name() {
    let house = House::new();
    let pair = house
        .authority
        .server(&house.desk, "other", "avatar.example", Valid::Now);
    let serve = Serve::start(&pair.args());
    gets_refused(
        &serve.url("https"),
        &["--tls-ca", &house.ca],
        "its certificate is refused: it is for avatar.example; --server must have a name",
    );
    serve.says("it refuses this server's certificate (BadCertificate)");
}

#[test]
fn a_client_without_tls_at_a_server_with_it() {
    let house = House::new();
    let serve = house.serve(&[]);
    gets_refused(
        &serve.url("http"),
        &[],
        "it expects TLS; --server https://HOST:PORT speaks it",
    );
    serve.says("it does not speak TLS");
}

#[test]
fn a_client_with_tls_at_a_server_without_it() {
    let house = House::new();
    let serve = Serve::start(&[]);
    gets_refused(
        &serve.url("https"),
        &["--tls-ca", &house.ca],
        "it does not speak TLS; --server http://HOST:PORT",
    );
    gets(&serve.url("http"), &[]);
}

#[test]
fn the_daemon_says_why_and_plays_on() {
    let house = House::new();
    let serve = house.serve_mutual();
    let args = [
        "run",
        "--output",
        "null",
        "--duration",
        "1",
        "--timeout",
        "20000",
        "--server",
    ];
    let run = Running::start(
        binaurald(&args)
            .arg(serve.url("https"))
            .args(["--tls-ca", &house.ca]),
    );
    let ended = run.end();
    let said = "no position from https://";
    assert!(stderr(&ended).contains(said), "{}", stderr(&ended));
    let said = "it wants a certificate of the client (--tls-cert FILE";
    assert_eq!(
        stderr(&ended).matches(said).count(),
        1,
        "{}",
        stderr(&ended)
    );
    assert!(ended.status.success());
}
