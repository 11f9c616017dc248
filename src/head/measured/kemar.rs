//! The built-in measured head: KEMAR with its normal pinna, as MIT measured it.
//!
//! Source: W. G. Gardner and K. D. Martin, "HRTF measurements of a KEMAR", J. Acoust. Soc. Am. 97,
//! 1995; `data/kemar/README.md` has the terms.

use super::super::set::{About, MeasuredSet};
use crate::geometry::Position;

/// The left ear's responses, cut to what is used of them.
const COMPACT: &[u8] = include_bytes!("../../../data/kemar/kemar.bin");

const SAMPLE_RATE: f64 = 44_100.0;
const DISTANCE_M: f64 = 1.4;

/// Bytes of a direction before its samples: azimuth and elevation in degrees, the frame at which
/// the samples begin, and what they are multiplied with.
const HEADER: usize = 14;

/// One direction.
struct Record<'a> {
    azimuth: f32,
    elevation: f32,
    begin: u16,
    scale: f32,
    samples: &'a [u8],
}

/// What the built-in head is made of: the responses of the left ear, and for the right one those of
/// the mirrored directions.
///
/// # Panics
/// Never: what is built in is whole, which a test sees to.
pub fn kemar_set() -> MeasuredSet {
    let records = records(COMPACT).expect("the built-in set is whole");
    let samples = records.first().map_or(0, |record| record.samples.len() / 2);
    let mut set = MeasuredSet {
        sample_rate: SAMPLE_RATE,
        samples,
        about: About {
            convention: "SimpleFreeFieldHRIR 1.0, made compact".into(),
            title: "KEMAR, normal pinna".into(),
            database: "MIT".into(),
            listener: "KEMAR, normal pinna".into(),
            author: "W. G. Gardner and K. D. Martin".into(),
            organization: "MIT Media Laboratory".into(),
            licence: "Copyright 1994 by the MIT Media Laboratory; free with no restrictions on \
                      use, provided the authors are cited"
                .into(),
        },
        ..MeasuredSet::default()
    };
    for record in &records {
        let mirrored = records
            .iter()
            .find(|other| record.is_mirrored(other))
            .expect("the built-in set is symmetric");
        set.sources.push(record.position());
        set.responses.extend(record.values());
        set.responses.extend(mirrored.values());
        set.delays
            .push([f64::from(record.begin), f64::from(mirrored.begin)]);
    }
    set
}

fn records(bytes: &[u8]) -> Option<Vec<Record<'_>>> {
    let (sizes, rest) = bytes.split_first_chunk::<4>()?;
    let [a, b, c, d] = *sizes;
    let count = usize::from(u16::from_le_bytes([a, b]));
    let samples = usize::from(u16::from_le_bytes([c, d]));
    let records: Option<Vec<_>> = rest
        .chunks(HEADER + 2 * samples)
        .map(|bytes| {
            let (header, samples) = bytes.split_first_chunk::<HEADER>()?;
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = *header;
            Some(Record {
                azimuth: f32::from_le_bytes([a, b, c, d]),
                elevation: f32::from_le_bytes([e, f, g, h]),
                begin: u16::from_le_bytes([i, j]),
                scale: f32::from_le_bytes([k, l, m, n]),
                samples,
            })
        })
        .collect();
    records.filter(|records| records.len() == count)
}

impl Record<'_> {
    fn position(&self) -> Position {
        let (sin, cos) = f64::from(self.azimuth).to_radians().sin_cos();
        let (height, radius) = f64::from(self.elevation).to_radians().sin_cos();
        Position::new(
            DISTANCE_M * radius * cos,
            DISTANCE_M * radius * sin,
            DISTANCE_M * height,
        )
    }

    fn is_mirrored(&self, other: &Self) -> bool {
        let turn = (self.azimuth + other.azimuth).rem_euclid(360.0);
        let apart = turn.min(360.0 - turn);
        self.elevation == other.elevation && apart < 0.01
    }

    fn values(&self) -> impl Iterator<Item = f32> + '_ {
        let samples = self.samples.as_chunks::<2>().0.iter();
        samples.map(|bytes| f32::from(i16::from_le_bytes(*bytes)) * self.scale)
    }
}
