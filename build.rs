//! Generates the wire's Rust from `proto/position.proto`, without a system `protoc`.

use std::path::PathBuf;
use std::{env, fs, io};

use prost::Message;
use tonic_build::manual;

const PROTO: &str = "proto/position.proto";
const PACKAGE: &str = "posXYZ";
const SERVICE: &str = "PositionService";
/// The same service under the name that the first published implementation misprinted.
const MISPRINT: &str = "PositinService";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed={PROTO}");
    let descriptors = protox::compile([PROTO], ["proto"])?;

    let mut both_names = descriptors.clone();
    for file in &mut both_names.file {
        let mut twin = file
            .service
            .iter()
            .find(|service| service.name() == SERVICE)
            .ok_or_else(|| io::Error::other(format!("{PROTO} has no {SERVICE}")))?
            .clone();
        twin.name = Some(MISPRINT.into());
        file.service.push(twin);
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(
        out.join("position_descriptor.bin"),
        both_names.encode_to_vec(),
    )?;

    tonic_prost_build::configure().compile_fds(descriptors)?;
    manual::Builder::new().compile(&[misprinted_service()]);
    Ok(())
}

fn misprinted_service() -> manual::Service {
    let method = |name: &str, route: &str, input: &str, output: &str| {
        manual::Method::builder()
            .name(name)
            .route_name(route)
            .input_type(format!("crate::proto::{input}"))
            .output_type(format!("crate::proto::{output}"))
            .codec_path("tonic_prost::ProstCodec")
            .build()
    };
    manual::Service::builder()
        .package(PACKAGE)
        .name(MISPRINT)
        .method(method("position_req", "PositionReq", "Msg", "Position"))
        .method(method("position_pub", "PositionPub", "Position", "Msg"))
        .build()
}
