//! Which conventions of SOFA are read, and what to do about the others.

use super::SofaError;
use super::file::SofaFile;

/// What the data of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    /// Impulse responses, in `Data.IR`.
    Impulses,
    /// Transfer functions, in `Data.Real` and `Data.Imag`.
    Spectra,
}

/// The convention with its version, as people read it, and what its data are.
pub(super) fn convention(file: &SofaFile) -> Result<(String, Data), SofaError> {
    if file.text("Conventions").as_deref() != Some("SOFA") {
        return Err(SofaError::NotSofa {
            seems: "another HDF5 file (its attribute Conventions is not SOFA)",
        });
    }
    let name = file
        .text("SOFAConventions")
        .ok_or(SofaError::Missing("the attribute SOFAConventions"))?;
    let data = match name.as_str() {
        "SimpleFreeFieldHRIR" | "FreeFieldHRIR" | "GeneralFIR" | "GeneralFIR-E" => Data::Impulses,
        "SimpleFreeFieldHRTF" | "FreeFieldHRTF" => Data::Spectra,
        _ => return Err(other(name)),
    };
    let version = file.text("SOFAConventionsVersion").unwrap_or_default();
    Ok((format!("{name} {version}").trim_end().to_owned(), data))
}

/// A convention that is not read.
fn other(name: String) -> SofaError {
    let has = |part: &str| name.contains(part);
    let (what, way_out) = if has("DRIR") || has("BRIR") || has("SRIR") {
        (
            ", responses of a room",
            "look for the set's free-field (anechoic) version",
        )
    } else if has("SOS") {
        (
            ", second-order sections",
            "convert it to SimpleFreeFieldHRIR with the SOFA Toolbox",
        )
    } else if has("Headphone") {
        (
            ", responses of headphones",
            "look for the head's own responses",
        )
    } else if has("Directivity") {
        (
            ", what a source radiates",
            "look for the responses of a head",
        )
    } else if has("TF") {
        (
            ", transfer functions",
            "convert it to SimpleFreeFieldHRIR with the SOFA Toolbox",
        )
    } else {
        ("", "look for the set in one of these")
    };
    SofaError::Convention {
        name,
        what,
        way_out,
    }
}
