//! Tokens, and publications where nothing tells who sends them.

use crate::certificates::secret;
use crate::program::Desk;
use crate::support::{House, Serve, gets, gets_refused, sets, sets_refused};

const WANTS: &str =
    "it answers Unauthenticated (the server says \"this server wants a token: --token-file\")";
const WRONG: &str = "it answers Unauthenticated (the server says \"the token is wrong\")";

#[test]
fn publications_want_the_token_and_questions_do_not() {
    let desk = Desk::new();
    let right = secret(&desk, "right", "s3cret\n");
    let wrong = secret(&desk, "wrong", "s3creT\n");
    let longer = secret(&desk, "longer", "s3crets\n");
    let serve = Serve::start(&["--token-file", &right]);
    let server = serve.url("http");
    gets(&server, &[]);
    sets_refused(&server, &[], WANTS);
    serve.says("refused a call from 127.0.0.1: no token");
    sets_refused(&server, &["--token-file", &wrong], WRONG);
    sets_refused(&server, &["--token-file", &longer], WRONG);
    gets(&server, &["--token-file", &wrong]);
    sets(&server, &["--token-file", &right]);
    for token in ["s3cret", "s3creT"] {
        assert!(!serve.log().contains(token), "{}", serve.log());
    }
}

#[test]
fn all_calls_want_the_token_when_told_so() {
    let desk = Desk::new();
    let right = secret(&desk, "right", "s3cret\n");
    let wrong = secret(&desk, "wrong", "secret\n");
    let serve = Serve::start(&["--token-file", &right, "--token-for", "all"]);
    let server = serve.url("http");
    gets_refused(&server, &["--token-file", &wrong], WRONG);
    serve.says("refused a call from 127.0.0.1: wrong token");
    gets_refused(&server, &[], WANTS);
    gets(&server, &["--token-file", &right]);
    sets(&server, &["--token-file", &right]);
}

#[test]
fn where_nothing_tells_who_sends_them_publications_are_refused() {
    let house = House::new();
    let token = secret(&house.desk, "token", "s3cret\n");
    let tls = house.server.args();
    let with_token = ["--token-file", &token];
    let refused =
        "it answers PermissionDenied (the server says \"this server takes no publications";
    let trusting = ["--tls-ca", &house.ca];
    for (args, scheme, more) in [
        (&[][..], "http", &with_token),
        (&tls[..], "https", &trusting),
    ] {
        let serve = Serve::start_on("0.0.0.0", args);
        serve.says("publications are refused: 0.0.0.0:");
        let server = serve.url(scheme);
        sets_refused(&server, more, refused);
        serve.says("refused a publication from 127.0.0.1:");
        gets(&server, more);
    }
}

#[test]
fn where_something_tells_who_sends_them_publications_are_taken_from_everywhere() {
    let house = House::new();
    let token = secret(&house.desk, "token", "s3cret\n");
    let with_token = ["--token-file", token.as_str()];
    let insecure = Serve::start_on("0.0.0.0", &["--insecure"]);
    sets(&insecure.url("http"), &[]);

    let tls = house.server.args();
    let by_token = Serve::start_on("0.0.0.0", &[&tls[..], &with_token].concat());
    let client = [&["--tls-ca", &house.ca], &with_token[..]].concat();
    sets(&by_token.url("https"), &client);

    // That it can be read on the way, is said.
    let in_the_clear = Serve::start_on("0.0.0.0", &with_token);
    in_the_clear.says("the token can be read on its way to 0.0.0.0:");
    sets(&in_the_clear.url("http"), &with_token);
    sets_refused(&in_the_clear.url("http"), &[], WANTS);

    let clients = ["--tls-client-ca", house.ca.as_str()];
    let by_certificate = Serve::start_on("0.0.0.0", &[&tls[..], &clients].concat());
    sets(&by_certificate.url("https"), &house.with(&house.client));
    for serve in [insecure, by_token, in_the_clear, by_certificate] {
        assert!(
            !serve.log().contains("publications are refused"),
            "{}",
            serve.log()
        );
    }
}
