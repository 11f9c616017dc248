//! The layers and who may know whom: read from the paths in the source, and enforced.
//!
//! A file belongs to a layer by its place in `src/`. It may use modules of its own group and of
//! lower layers, the external crates that are at home in its group, and of the standard library
//! all but what its layer has no business with. Test modules (`#[cfg(test)]`) are left out.

use std::fs;
use std::path::Path;

/// Layers from the bottom to the top, with the groups of modules in each. Groups of one layer do
/// not know each other, except that [`SHARED`] ones are open to their neighbours.
const LAYERS: [&[&str]; 7] = [
    &["vocabulary"],
    &["dsp", "analysis"],
    &["head", "wav"],
    &["render"],
    &["bridge"],
    &[
        "output",
        "position",
        "server",
        "files",
        "credentials",
        "rtkit",
        "proto",
        "metrics",
    ],
    &["top"],
];

/// Layers up to this one are the core: no clock, no files, no network, no logging.
const CORE_LAYERS: usize = 5;

/// Groups that others of the same layer may use: loaded heads are resampled as sounds are, both ends
/// of the wire speak the generated messages and show each other certificates and tokens, and a
/// recording is a file.
const SHARED: [&str; 4] = ["wav", "proto", "files", "credentials"];

/// The module of each group, where it is not named after itself.
const MODULES: [(&str, &[&str]); 2] = [
    (
        "vocabulary",
        &["geometry", "audio", "scene", "trajectory", "units"],
    ),
    ("top", &["main", "lib", "app", "cli", "config", "logging"]),
];

/// External crates and the groups that they are at home in.
const CRATES: &[(&str, &[&str])] = &[
    ("alsa", &["output"]),
    ("axum", &["metrics"]),
    ("clap", &["top"]),
    ("clap_complete", &["top"]),
    ("clap_mangen", &["top"]),
    ("cpal", &["output"]),
    ("fastrand", &["dsp", "wav", "position", "top"]),
    ("hdrhistogram", &["top"]),
    ("hdf5_reader", &["head"]),
    ("hound", &["wav"]),
    ("http_body", &["server"]),
    ("hyper_util", &["position"]),
    ("indicatif", &["top"]),
    ("multiversion", &["dsp"]),
    ("no_denormals", &["bridge"]),
    ("plotters", &["top"]),
    ("preempt_rt", &["output"]),
    ("prometheus_client", &["metrics"]),
    ("prost", &["proto", "position", "server"]),
    ("realfft", &["analysis", "dsp", "head"]),
    ("ringbuf", &["bridge"]),
    ("rlimit", &["rtkit", "top"]),
    ("rubato", &["wav"]),
    ("rustix", &["output"]),
    ("rustfft", &["dsp"]),
    ("sd_notify", &["top"]),
    ("rustls_native_certs", &["position"]),
    ("serde", &["output", "position", "metrics", "top"]),
    ("serde_json", &["metrics", "top"]),
    ("spade", &["head"]),
    ("strsim", &["output", "top"]),
    ("subtle", &["server"]),
    ("tempfile", &["files"]),
    (
        "thiserror",
        &[
            "vocabulary",
            "analysis",
            "dsp",
            "head",
            "wav",
            "render",
            "bridge",
            "output",
            "position",
            "server",
            "files",
            "credentials",
            "rtkit",
            "proto",
            "metrics",
            "top",
        ],
    ),
    ("tokio", &["position", "server", "rtkit", "metrics", "top"]),
    ("tokio_rustls", &["credentials", "position", "server"]),
    ("tokio_stream", &["position", "server", "top"]),
    ("tokio_util", &["position", "server", "metrics", "top"]),
    ("toml", &["top"]),
    ("tonic", &["proto", "position", "server"]),
    ("tonic_health", &["server"]),
    ("tonic_prost", &["proto", "position", "server"]),
    ("tonic_reflection", &["server"]),
    (
        "tracing",
        &[
            "output",
            "position",
            "server",
            "credentials",
            "rtkit",
            "metrics",
            "top",
        ],
    ),
    ("tracing_subscriber", &["top"]),
    ("ureq", &["top"]),
    ("zbus", &["rtkit"]),
];

/// What the core takes nothing from: it is handed slices, readers and frame counts.
const FORBIDDEN_IN_CORE: [&str; 7] = [
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time",
];

/// What can make the audio callback wait, on top of that, for the groups that run inside it.
const FORBIDDEN_IN_CALLBACK: [&str; 5] = [
    "std::io",
    "std::sync::Barrier",
    "std::sync::Condvar",
    "std::sync::Mutex",
    "std::sync::RwLock",
];

const CALLBACK_GROUPS: [&str; 3] = ["dsp", "render", "bridge"];

/// Files of other groups whose code runs inside the callback.
const CALLBACK_FILES: [&str; 3] = ["output/calls.rs", "output/counters.rs", "output/feed.rs"];

const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

/// The group of a file, given its path below `src/` (`position/client.rs`).
fn group_of_file(path: &str) -> Option<&'static str> {
    group_of_module(path.split('/').next()?.trim_end_matches(".rs"))
}

/// The group of a module at the root of the crate.
fn group_of_module(module: &str) -> Option<&'static str> {
    MODULES
        .iter()
        .find(|(_, modules)| modules.contains(&module))
        .map(|(group, _)| *group)
        .or_else(|| {
            let groups = || LAYERS.into_iter().flatten().copied();
            groups()
                .filter(|group| MODULES.iter().all(|(other, _)| group != other))
                .find(|group| *group == module)
        })
}

fn layer_of(group: &str) -> usize {
    LAYERS
        .iter()
        .position(|groups| groups.contains(&group))
        .expect("every group is in a layer")
}

/// All that a file does against the rules; `path` is relative to `src/`.
fn violations(path: &str, text: &str) -> Vec<String> {
    let Some(group) = group_of_file(path) else {
        return vec![format!("{path} belongs to no known layer")];
    };
    let tokens = without_test_modules(&tokens(text));
    let mut found = Vec::new();
    for used in paths(&tokens) {
        let used = resolved(path, &used);
        let reason = match used[0].as_str() {
            "crate" | "binaurald" => module_violation(group, used.get(1)),
            "std" | "core" | "alloc" => std_violation(path, group, &used),
            name => crate_violation(group, name),
        };
        if let Some(reason) = reason {
            found.push(format!("{path} uses {}: {reason}", used.join("::")));
        }
    }
    if layer_of(group) < CORE_LAYERS {
        for pair in tokens.windows(2) {
            if PRINTING.contains(&pair[0].as_str()) && pair[1] == "!" {
                found.push(format!("{path} uses {}!: the core does not print", pair[0]));
            }
        }
    }
    found
}

fn module_violation(group: &str, module: Option<&String>) -> Option<String> {
    let Some(used) = module.and_then(|module| group_of_module(module)) else {
        // The whole crate under another name, a glob over it, or an item of lib.rs.
        return (layer_of(group) < layer_of("top"))
            .then(|| "that is no module of a known layer".into());
    };
    let allowed = used == group
        || layer_of(used) < layer_of(group)
        || (layer_of(used) == layer_of(group) && SHARED.contains(&used));
    (!allowed).then(|| format!("{group} does not know {used}"))
}

fn std_violation(path: &str, group: &str, used: &[String]) -> Option<String> {
    let name = format!("std::{}::", used[1..].join("::"));
    let hit = |list: &[&str]| {
        list.iter()
            .any(|path| name.starts_with(&format!("{path}::")))
    };
    if layer_of(group) < CORE_LAYERS && hit(&FORBIDDEN_IN_CORE) {
        return Some("the core has no clock, files, network or threads".into());
    }
    let in_callback = CALLBACK_GROUPS.contains(&group) || CALLBACK_FILES.contains(&path);
    if in_callback && hit(&FORBIDDEN_IN_CALLBACK) {
        return Some("nothing in the callback may wait".into());
    }
    let everything = matches!(used.get(1).map(String::as_str), None | Some("*" | "self"));
    (everything && layer_of(group) < CORE_LAYERS).then(|| "name what is used".into())
}

fn crate_violation(group: &str, name: &str) -> Option<String> {
    let (_, homes) = CRATES.iter().find(|(other, _)| *other == name)?;
    (!homes.contains(&group)).then(|| format!("{name} is at home in {}", homes.join(", ")))
}

/// Words, `::` and single other characters of Rust source, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment_length(rest)
        } else if let Some(length) = literal_length(rest) {
            length
        } else if first.is_alphanumeric() || first == '_' {
            let end = |c: char| !(c.is_alphanumeric() || c == '_');
            let length = rest.find(end).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".into());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

fn block_comment_length(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Length of the string or character literal that `text` starts with, if it does.
fn literal_length(text: &str) -> Option<usize> {
    let after_prefix = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - after_prefix.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = after_prefix.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        let close = body.find(&end).map_or(body.len(), |at| at + end.len());
        return Some(text.len() - body.len() + close);
    }
    let quote = after_prefix.chars().next()?;
    if quote == '\'' {
        // A lifetime is a quote that no second one follows after one character.
        let mut inside = after_prefix[1..].chars();
        if inside.next()? != '\\' && inside.next()? != '\'' {
            return None;
        }
    } else if quote != '"' {
        return None;
    }
    let mut escaped = false;
    let close = after_prefix[1..].find(|c| {
        let end = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        end
    });
    Some(prefix + close.map_or(after_prefix.len(), |at| at + 2))
}

/// Cuts out every item behind `#[cfg(test)]`.
fn without_test_modules(tokens: &[String]) -> Vec<String> {
    const CFG_TEST: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let Some(token) = rest.first() {
        if rest.len() >= CFG_TEST.len() && rest[..CFG_TEST.len()] == CFG_TEST {
            rest = after_item(&rest[CFG_TEST.len()..]);
        } else {
            kept.push(token.clone());
            rest = &rest[1..];
        }
    }
    kept
}

/// What follows the item at the start: all behind its `;` or its closing brace.
fn after_item(tokens: &[String]) -> &[String] {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            ";" => {}
            _ => continue,
        }
        if depth == 0 {
            return &tokens[at + 1..];
        }
    }
    &[]
}

/// All paths of at least two parts, and single names in `use`; braces of `use` are spread out.
fn paths(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at += 1;
            use_tree(tokens, &mut at, &[], &mut found);
        } else if is_word(&tokens[at]) {
            let mut path = vec![tokens[at].clone()];
            while tokens.get(at + 1).is_some_and(|token| token == "::")
                && tokens.get(at + 2).is_some_and(|token| is_word(token))
            {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            if path.len() > 1 {
                found.push(path);
            }
            at += 1;
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one tree of a `use` declaration; `at` is left behind it.
fn use_tree(tokens: &[String], at: &mut usize, prefix: &[String], found: &mut Vec<Vec<String>>) {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(*at) {
        match token.as_str() {
            "::" => *at += 1,
            "{" => {
                *at += 1;
                while tokens.get(*at).is_some_and(|token| token != "}") {
                    use_tree(tokens, at, &path, found);
                    if tokens.get(*at).is_some_and(|token| token == ",") {
                        *at += 1;
                    }
                }
                *at += 1;
                return;
            }
            "as" => *at += 2,
            word if is_word(word) || word == "*" => {
                path.push(word.to_owned());
                *at += 1;
            }
            _ => break,
        }
    }
    if path.is_empty() {
        // Not a `use` declaration after all; skip whatever stands there.
        *at += 1;
    } else {
        found.push(path);
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Turns `super::` and `self::` into a path from `crate`, as seen from the file at `path`.
fn resolved(path: &str, used: &[String]) -> Vec<String> {
    let mut module: Vec<String> = path
        .trim_end_matches(".rs")
        .split('/')
        .map(str::to_owned)
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    let mut rest = used;
    while let [first, tail @ ..] = rest {
        match first.as_str() {
            "super" => {
                module.pop();
            }
            "self" => {}
            _ => break,
        }
        rest = tail;
    }
    if rest.len() == used.len() {
        return used.to_vec();
    }
    let mut whole = vec!["crate".to_owned()];
    whole.extend(module);
    whole.extend(rest.iter().cloned());
    whole
}

/// Path below `root` and text of every Rust file there.
fn sources(root: &Path) -> Vec<(String, String)> {
    let mut folders = vec![root.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("below the root");
                let text = fs::read_to_string(&path).expect("a readable file");
                files.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn the_source_keeps_to_its_layers() {
    let files = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(files.iter().any(|(path, _)| path == "lib.rs"), "no source");
    let found: Vec<String> = files
        .iter()
        .flat_map(|(path, text)| violations(path, text))
        .collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn every_dependency_has_its_place() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .expect("the manifest");
    let mut section = "";
    let mut homeless = Vec::new();
    let mut seen = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if section == "dependencies" || section.ends_with(".dependencies") {
            let Some((name, _)) = line.split_once('=') else {
                continue;
            };
            let name = name.trim().replace('-', "_");
            seen.push(name.clone());
            if CRATES.iter().all(|(known, _)| *known != name) {
                homeless.push(name);
            }
        }
    }
    assert!(
        seen.len() > 5,
        "dependencies were not found in the manifest"
    );
    assert!(homeless.is_empty(), "crates without a home: {homeless:?}");
    let gone = CRATES
        .iter()
        .find(|(known, _)| !seen.iter().any(|name| name == known));
    assert!(gone.is_none(), "no dependency any more: {gone:?}");
}

/// What the checker says about a file of one line or more.
fn says(path: &str, text: &str) -> String {
    violations(path, text).join("\n")
}

#[test]
fn planted_uses_of_a_higher_layer_are_caught() {
    for (path, text) in [
        ("dsp/fir.rs", "use crate::render::Engine;"),
        ("dsp/fir.rs", "use crate::{audio::Clip, head::Head};"),
        ("geometry.rs", "fn f() { crate::dsp::ramp(); }"),
        ("head/sphere.rs", "use crate::bridge;"),
        ("render/engine.rs", "use super::super::output::Output;"),
        ("render/mod.rs", "use super::app;"),
        ("bridge/endpoint.rs", "use crate::config::DEFAULT_HEAD;"),
        ("output/cpal.rs", "use crate::app::Failure;"),
        ("dsp/fir.rs", "use crate::*;"),
        ("dsp/fir.rs", "use crate as everything;"),
        ("wav/read.rs", "use crate::files::load_clip;"),
        ("files/write.rs", "use crate::output::Recorder;"),
    ] {
        assert!(!says(path, text).is_empty(), "not caught in {path}: {text}");
    }
}

#[test]
fn planted_acquaintance_between_edges_is_caught() {
    assert!(says("server/mod.rs", "use crate::position::Client;").contains("does not know"));
    assert!(says("position/client.rs", "use crate::server::Motion;").contains("does not know"));
    assert!(says("output/mod.rs", "use crate::position;").contains("does not know"));
    assert!(says("wav.rs", "use crate::head::Head;").contains("does not know"));
    assert_eq!(says("server/mod.rs", "use crate::proto::Position;"), "");
    assert_eq!(says("head/sofa.rs", "use crate::wav::resample;"), "");
}

#[test]
fn planted_crates_away_from_home_are_caught() {
    for (path, text) in [
        ("render/engine.rs", "use ringbuf::HeapRb;"),
        ("app/run.rs", "fn f() { ringbuf::HeapRb::<u8>::new(1); }"),
        ("app/run.rs", "use cpal::traits::{DeviceTrait, HostTrait};"),
        ("bridge/mod.rs", "use tracing::info;"),
        ("bridge/mod.rs", "fn f() { tracing::info!(\"hello\"); }"),
        ("output/record.rs", "use hound::WavWriter;"),
        ("render/spot.rs", "use realfft as fft;"),
        ("head/sofa.rs", "use {std::fmt, rubato::Resampler};"),
        ("output/mod.rs", "use ::tonic::Request;"),
        ("wav/write.rs", "use tempfile::TempPath;"),
    ] {
        assert!(says(path, text).contains("is at home in"), "{path}: {text}");
    }
}

#[test]
fn planted_clocks_files_locks_and_prints_are_caught() {
    for (path, text) in [
        ("dsp/ramp.rs", "use std::time::Instant;"),
        ("head/sofa.rs", "use std::{fmt, fs::File};"),
        (
            "head/sphere.rs",
            "fn f() { let t = std::time::Instant::now(); }",
        ),
        ("bridge/endpoint.rs", "use std::{sync::{Arc, Mutex}};"),
        ("output/feed.rs", "use std::sync::{Arc, Mutex};"),
        (
            "render/engine.rs",
            "use std::sync as s; use std::io::Write; ",
        ),
        ("geometry.rs", "use std::net::SocketAddr;"),
        ("wav.rs", "use std::*;"),
        ("wav.rs", "use std as s;"),
        ("render/engine.rs", "fn f() { println!(\"x\"); }"),
        ("bridge/mod.rs", "fn f(x: u8) -> u8 { dbg!(x) }"),
        // Hidden from a reader of lines alone.
        (
            "dsp/ramp.rs",
            "use std::{\n    // a comment;\n    time,\n};",
        ),
        (
            "dsp/ramp.rs",
            "const Q: char = '\"'; use std::time; const R: char = '\"';",
        ),
        (
            "dsp/ramp.rs",
            "#[cfg(test)]\nmod tests { fn f() {} }\nuse std::time;",
        ),
        ("dsp/ramp.rs", "#[cfg(test)]\nuse a::b;\nuse std::time;"),
        ("dsp/ramp.rs", "/* a /* nested */ comment */ use std::time;"),
        ("dsp/ramp.rs", "const S: &str = r#\"\"\"#; use std::time;"),
    ] {
        assert!(!says(path, text).is_empty(), "not caught in {path}: {text}");
    }
}

#[test]
fn a_file_without_a_layer_is_caught() {
    assert!(says("helpers.rs", "").contains("no known layer"));
    assert!(says("util/mod.rs", "").contains("no known layer"));
    // Names of groups are not names of modules.
    assert!(says("vocabulary.rs", "").contains("no known layer"));
    assert!(says("top/mod.rs", "").contains("no known layer"));
}

#[test]
fn what_is_allowed_is_left_alone() {
    for (path, text) in [
        (
            "render/engine.rs",
            "use crate::{audio::StereoFrame, dsp::Ramp, head::Head};",
        ),
        (
            "render/engine.rs",
            "use super::motion::Motion; use self::voice::Voice;",
        ),
        (
            "bridge/mod.rs",
            "use ringbuf::{HeapRb, traits::Split}; use std::sync::Arc;",
        ),
        (
            "bridge/mod.rs",
            "use std::sync::atomic::{AtomicU64, Ordering};",
        ),
        (
            "app/run.rs",
            "use crate::{bridge, output, position, server}; use std::time::Duration;",
        ),
        (
            "main.rs",
            "use binaurald::app; fn main() { eprintln!(\"x\"); }",
        ),
        (
            "output/cpal.rs",
            "use cpal::StreamConfig; use std::time::Duration;",
        ),
        (
            "dsp/ramp.rs",
            "// use std::time::Instant;\n/* use std::fs; */ const S: &str = \"use std::fs;\";",
        ),
        (
            "dsp/ramp.rs",
            "/// Quote's end: `std::time`.\nfn f<'a>(x: &'a str) -> &'a str { x }",
        ),
        (
            "dsp/ramp.rs",
            "#[cfg(test)]\nmod tests {\n use std::time::Instant; fn f() { println!(\"}\"); }\n}",
        ),
        (
            "geometry.rs",
            "pub(crate) fn f() {} struct S; impl S { fn g() { Self::g(); } }",
        ),
        ("trajectory.rs", "use thiserror::Error; use std::io::Read;"),
        ("output/record.rs", "use crate::files::WavWriter;"),
        (
            "files/write.rs",
            "use crate::wav::Encoder; use std::fs::File;",
        ),
    ] {
        assert_eq!(says(path, text), "", "in {path}: {text}");
    }
}
