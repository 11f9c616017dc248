//! The commands of the documents, and how a test runs each.

use super::otherwise::{
    cargo_test, example_server, install, make, packages, peers, recorded_device, samples,
};

/// How a command is checked.
pub(crate) enum How {
    /// Run to its end, which must be good; this must be among what it says.
    Ends(&'static str, &'static str),
    /// Run to its end, which must be good; this file must be there then.
    Leaves(&'static str, &'static str),
    /// Run until it says this; then it is told to end, and must end well.
    Until(&'static str, &'static str),
    /// Checked by a function of `otherwise.rs`, which says why.
    Otherwise(fn(&str)),
}

use How::{Ends, Leaves, Otherwise, Until};

/// What the documents say, and what is run for it: short, with free ports and without a device.
///
/// `{server}` is the bundled server, whose source stands at 0, 1, 0; `{example}` the Python server
/// of the README; `{python}` the Python of the tests. Each command has a directory of its own, in
/// which the files lie that the documents speak of.
pub(crate) const COMMANDS: &[(&str, How)] = &[
    // Building.
    ("make demo", Otherwise(make)),
    ("make test", Otherwise(make)),
    ("make doc", Otherwise(make)),
    ("make lint", Otherwise(make)),
    ("make rtsan", Otherwise(make)),
    ("make bench-peers", Otherwise(make)),
    (
        "cargo run --release --locked --manifest-path benches/peers/Cargo.toml -- --quick",
        Otherwise(peers),
    ),
    ("make bench", Otherwise(make)),
    ("make instructions", Otherwise(make)),
    ("make instructions UPDATE=1", Otherwise(make)),
    ("cargo install --locked --path .", Otherwise(install)),
    (
        "cargo install --locked --path . --features jack,pulseaudio",
        Otherwise(install),
    ),
    (
        "cargo test --test sphere --test render -- --nocapture",
        Otherwise(cargo_test),
    ),
    (
        "cargo test --test run -- --nocapture",
        Otherwise(cargo_test),
    ),
    (
        "cargo test --test outage -- --nocapture",
        Otherwise(cargo_test),
    ),
    // Listening.
    (
        "binaurald demo",
        Until("binaurald demo --output null", "in front, "),
    ),
    (
        "binaurald demo --source samples/voice.wav",
        Until(
            "binaurald demo --source samples/voice.wav --output null",
            "left, ",
        ),
    ),
    (
        "binaurald run",
        Ends(
            "binaurald run --server {server} --output null --duration 0.5",
            "connected to http://{server}",
        ),
    ),
    (
        "binaurald run --source samples/voice.wav",
        Ends(
            "binaurald run --source samples/voice.wav --server {server} --output null --duration 0.5",
            "connected to",
        ),
    ),
    (
        "binaurald run --output null --record heard.wav --duration 10",
        Leaves(
            "binaurald run --output null --record heard.wav --duration 0.5 --server {server}",
            "heard.wav",
        ),
    ),
    (
        "binaurald run --output null --duration 1",
        Ends(
            "binaurald run --output null --duration 1 --server {server}",
            "adds 0.8",
        ),
    ),
    (
        "binaurald run --server localhost:50051",
        Ends(
            "binaurald run --server {example} --output null --duration 1",
            "connected to",
        ),
    ),
    (
        "binaurald run --config binaurald.toml",
        Ends(
            "sed -i s/localhost:50051/{server}/ binaurald.toml && \
             binaurald run --config binaurald.toml --output null --duration 0.5",
            "connected to http://{server}",
        ),
    ),
    (
        "BINAURALD_RUN_SERVER=other:50051 binaurald run --config binaurald.toml",
        Ends(
            "BINAURALD_RUN_SERVER={server} \
             binaurald run --config binaurald.toml --output null --duration 0.5",
            "connected to http://{server}",
        ),
    ),
    ("binaurald devices", Ends("binaurald devices", "null")),
    // Servers.
    (
        "binaurald serve",
        Until("binaurald serve --listen 127.0.0.1:0", "listening on"),
    ),
    (
        "binaurald serve --listen 127.0.0.1:0 --trajectory orbit:2,-10,0.5",
        Until(
            "binaurald serve --listen 127.0.0.1:0 --trajectory orbit:2,-10,0.5",
            "listening on",
        ),
    ),
    (
        "binaurald serve --listen 127.0.0.1:0 --trajectory static:0,1,0",
        Until(
            "binaurald serve --listen 127.0.0.1:0 --trajectory static:0,1,0",
            "listening on",
        ),
    ),
    (
        "binaurald serve --listen 127.0.0.1:0 --trajectory path.csv --pub-hold 5",
        Until(
            "binaurald serve --listen 127.0.0.1:0 --trajectory path.csv --pub-hold 5",
            "listening on",
        ),
    ),
    (
        "python3 -m venv target/python-example",
        Leaves(
            "{python} -m venv --without-pip target/python-example",
            "target/python-example/pyvenv.cfg",
        ),
    ),
    (
        "target/python-example/bin/pip install grpcio grpcio-tools",
        Otherwise(packages),
    ),
    (
        "target/python-example/bin/python docs/examples/position_server.py",
        Otherwise(example_server),
    ),
    ("python3 samples/make_samples.py", Otherwise(samples)),
    // Positions.
    (
        "binaurald position set 0 1 0",
        Ends(
            "binaurald position set 0 1 0 --server {server} && binaurald position get --server {server}",
            "0.000000 1.000000 0.000000",
        ),
    ),
    (
        "binaurald position set",
        Ends(
            "binaurald position set 0 1 0 --server {server} && binaurald position get --server {server}",
            "0.000000 1.000000 0.000000",
        ),
    ),
    (
        "binaurald position get",
        Ends("binaurald position get --server {example}", " 0.000000"),
    ),
    (
        "binaurald position get --server localhost:50051",
        Ends(
            "binaurald position get --server {server}",
            "0.000000 1.000000 0.000000",
        ),
    ),
    (
        "binaurald position watch",
        Until(
            "binaurald position watch --server {server}",
            "0.000000 1.000000 0.000000",
        ),
    ),
    (
        "binaurald position watch --server localhost:50051",
        Until(
            "binaurald position watch --server {server}",
            "0.000000 1.000000 0.000000",
        ),
    ),
    // Measuring.
    (
        "binaurald bench",
        Ends(
            "binaurald bench --sources 1 --frames 128 --seconds 0.1",
            "128",
        ),
    ),
    (
        "binaurald bench --live 10",
        Ends(
            "binaurald bench --live 0.5 --sources 1 --output null",
            "deadline",
        ),
    ),
    ("binaurald bench --latency", Otherwise(recorded_device)),
    (
        "binaurald bench --latency --buffer-frames 256",
        Otherwise(recorded_device),
    ),
    (
        "binaurald bench --latency --buffer-frames 256 --poll-hz 240",
        Otherwise(recorded_device),
    ),
    (
        "binaurald bench --head sphere",
        Ends(
            "binaurald bench --head sphere --sources 1 --frames 128 --seconds 0.1",
            "head sphere",
        ),
    ),
    (
        "binaurald render",
        Leaves(
            "binaurald render --duration 0.5 --output heard.wav",
            "heard.wav",
        ),
    ),
    (
        "binaurald render --loop --duration 60 --output heard.wav",
        Leaves(
            "binaurald render --loop --duration 5 --output heard.wav",
            "heard.wav",
        ),
    ),
    (
        "binaurald render --source samples/voice.wav --trajectory path.csv --output heard.wav",
        Leaves(
            "binaurald render --source samples/voice.wav --trajectory path.csv --output heard.wav",
            "heard.wav",
        ),
    ),
    (
        "binaurald head kemar --plot head.svg",
        Leaves("binaurald head kemar --plot head.svg", "head.svg"),
    ),
    (
        "binaurald head data/kemar/mit_kemar_normal_44k.sofa",
        Ends(
            "binaurald head data/kemar/mit_kemar_normal_44k.sofa",
            "directions      710, at 1.40 m",
        ),
    ),
    (
        "binaurald head FILE",
        Ends(
            "binaurald head data/kemar/mit_kemar_normal_44k.sofa",
            "nothing was measured within 50 degrees",
        ),
    ),
    (
        "binaurald run --head sphere",
        Ends(
            "binaurald run --head sphere --server {server} --output null --duration 0.5",
            "head sphere",
        ),
    ),
    (
        "binaurald run --head data/kemar/mit_kemar_normal_44k.sofa --diffuse-field-eq on",
        Ends(
            "binaurald run --head data/kemar/mit_kemar_normal_44k.sofa --diffuse-field-eq on \
             --server {server} --output null --duration 0.5",
            "head data/kemar/mit_kemar_normal_44k.sofa",
        ),
    ),
    (
        "binaurald measure",
        Ends("binaurald measure", "head kemar, 48000 Hz"),
    ),
    (
        "binaurald measure --head sphere --check",
        Ends("binaurald measure --head sphere --check", "level of an ear"),
    ),
    (
        "binaurald measure --azimuth 0:355:5 --elevation -30,0,30 --plot measured.svg",
        Leaves(
            "binaurald measure --azimuth 0:345:15 --elevation -30,0,30 --plot measured.svg",
            "measured.svg",
        ),
    ),
    (
        "binaurald measure --motion orbit:1,2 --tone 4000 --updates 20 --check",
        Ends(
            "binaurald measure --motion orbit:1,2 --tone 4000 --updates 20 --check",
            "beside the tone",
        ),
    ),
    (
        "binaurald head",
        Ends("binaurald head sphere", "a rigid sphere of 0.0875 m"),
    ),
    // Help.
    ("binaurald help", Ends("binaurald help", "Commands:")),
    ("binaurald help run", Ends("binaurald help run", "--server")),
];
