//! The commands of the documents, and how a test runs each.

use super::otherwise::{
    asks, cargo_test, example_server, install, make, packages, peers, recorded_device, samples,
};
use super::packaged::{package, packaged, project_file, systemd, unit_by_hand};

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
/// of the README; `{python}` the Python of the tests. `{certificates}` makes what the README makes with
/// openssl, and `{secured}` starts a server with it on `$port`. Each command has a directory of its own, in
/// which the files lie that the documents speak of.
pub(crate) const COMMANDS: &[(&str, How)] = &[
    // Building.
    ("make demo", Otherwise(make)),
    ("make test", Otherwise(make)),
    ("make doc", Otherwise(make)),
    ("make lint", Otherwise(make)),
    ("make rtsan", Otherwise(make)),
    ("make reliability", Otherwise(make)),
    ("make soak", Otherwise(make)),
    ("make soak SOAK_SECONDS=600 SOAK_SEED=7", Otherwise(make)),
    ("make bench-peers", Otherwise(make)),
    (
        "cargo run --release --locked --manifest-path benches/peers/Cargo.toml -- --quick",
        Otherwise(peers),
    ),
    ("make bench", Otherwise(make)),
    ("make instructions", Otherwise(make)),
    ("make deny", Otherwise(make)),
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
    // As a service.
    ("make package", Otherwise(make)),
    (
        "sudo apt install ./target/debian/binaurald_*.deb",
        Otherwise(package),
    ),
    (
        "mkdir -p ~/.config/binaurald",
        Leaves(
            "HOME=$PWD; mkdir -p ~/.config/binaurald",
            ".config/binaurald",
        ),
    ),
    (
        "mkdir -p ~/.config/binaurald ~/.config/systemd/user",
        Leaves(
            "HOME=$PWD; mkdir -p ~/.config/binaurald ~/.config/systemd/user",
            ".config/systemd/user",
        ),
    ),
    (
        "cp /usr/share/doc/binaurald/examples/binaurald.example.toml \
         ~/.config/binaurald/binaurald.toml",
        Otherwise(packaged),
    ),
    (
        "cp binaurald.example.toml ~/.config/binaurald/binaurald.toml",
        Otherwise(project_file),
    ),
    (
        "sed \"s|/usr/bin/binaurald|$HOME/.cargo/bin/binaurald|\" \
         dist/systemd/user/binaurald.service > ~/.config/systemd/user/binaurald.service",
        Otherwise(unit_by_hand),
    ),
    (
        "binaurald man ~/.local/share/man/man1",
        Leaves(
            "HOME=$PWD; binaurald man ~/.local/share/man/man1",
            ".local/share/man/man1/binaurald-run.1",
        ),
    ),
    (
        "mkdir -p ~/.local/share/bash-completion/completions",
        Leaves(
            "HOME=$PWD; mkdir -p ~/.local/share/bash-completion/completions",
            ".local/share/bash-completion/completions",
        ),
    ),
    (
        "binaurald completions bash > ~/.local/share/bash-completion/completions/binaurald",
        Ends("binaurald completions bash", "--poll-hz"),
    ),
    ("systemctl --user daemon-reload", Otherwise(systemd)),
    (
        "systemctl --user enable --now binaurald",
        Otherwise(systemd),
    ),
    ("systemctl --user status binaurald", Otherwise(systemd)),
    ("systemctl --user reload binaurald", Otherwise(systemd)),
    ("systemctl --user restart binaurald", Otherwise(systemd)),
    (
        "systemctl --user disable --now binaurald",
        Otherwise(systemd),
    ),
    ("journalctl --user -u binaurald -f", Otherwise(systemd)),
    (
        "sudo systemctl enable --now binaurald-serve",
        Otherwise(systemd),
    ),
    ("systemctl status binaurald-serve", Otherwise(systemd)),
    ("journalctl -u binaurald-serve -f", Otherwise(systemd)),
    (
        "sudo mkdir -p /etc/systemd/system/binaurald-serve.service.d",
        Otherwise(systemd),
    ),
    (
        "sudo cp /usr/share/doc/binaurald/examples/tls.conf \
         /etc/systemd/system/binaurald-serve.service.d/",
        Otherwise(packaged),
    ),
    ("sudo systemctl daemon-reload", Otherwise(systemd)),
    ("sudo systemctl restart binaurald-serve", Otherwise(systemd)),
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
        "binaurald run --print-config",
        Ends("binaurald run --print-config", "# default"),
    ),
    (
        "binaurald run --config binaurald.toml --print-config",
        Ends(
            "binaurald run --config binaurald.toml --print-config",
            "axes = \"unity\"",
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
    // Seeing how it is.
    (
        "binaurald run --metrics 127.0.0.1:9464",
        Ends(
            "binaurald run --metrics 127.0.0.1:0 --server {server} --output null --duration 0.5",
            "metrics on http://127.0.0.1:",
        ),
    ),
    ("binaurald status", Otherwise(asks)),
    ("binaurald status --watch", Otherwise(asks)),
    ("curl http://127.0.0.1:9464/metrics", Otherwise(asks)),
    // Over a network.
    (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj /CN=mine -keyout ca.key -out ca.pem",
        Leaves("{certificates}", "ca.pem"),
    ),
    (
        "openssl req -x509 -CA ca.pem -CAkey ca.key -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj /CN=server -addext basicConstraints=CA:FALSE -addext subjectAltName=DNS:avatar.local,DNS:localhost,IP:192.168.1.5 -keyout server.key -out server.pem",
        Leaves("{certificates}", "server.pem"),
    ),
    (
        "(umask 077; openssl rand -hex 32 > token)",
        Leaves("{certificates}", "token"),
    ),
    (
        "binaurald serve --listen 0.0.0.0:50051 --tls-cert server.pem --tls-key server.key --token-file token",
        Until(
            "sh -c '{certificates} && exec binaurald serve --listen 0.0.0.0:0 \
             --tls-cert server.pem --tls-key server.key --token-file token'",
            "security=\"TLS, a token for publications\"",
        ),
    ),
    (
        "binaurald run --server https://avatar.local:50051 --tls-ca ca.pem",
        Ends(
            "{secured} binaurald run --server https://localhost:$port --tls-ca ca.pem \
             --output null --duration 1",
            "connected to https://localhost",
        ),
    ),
    (
        "binaurald position set 0 1 0 --server https://avatar.local:50051 --tls-ca ca.pem --token-file token",
        Ends(
            "{secured} binaurald position set 0 1 0 --server https://localhost:$port \
             --tls-ca ca.pem --token-file token --timeout 10000",
            "ok",
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
