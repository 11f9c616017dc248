//! Measured heads as they are measured: impulse responses at two ears.

use crate::geometry::Position;

/// Impulse responses of both ears to sources round a head, at the rate that they were measured at.
///
/// Whoever makes one answers for its shape: [`MeasuredSet::is_consistent`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredSet {
    /// Hertz, 8000 to 192000.
    pub sample_rate: f64,
    /// Where the sources stood, relative to the centre of the head: metres, x to its front, y to
    /// its left, z up. In any order; at most one response for each place.
    pub sources: Vec<Position>,
    /// Samples of one impulse response.
    pub samples: usize,
    /// Impulse responses by source, ear (left, right), sample.
    pub responses: Vec<f32>,
    /// By source, the delays of the left and the right ear that were taken out of the responses:
    /// frames, not negative.
    pub delays: Vec<[f64; 2]>,
    /// What the file says of itself.
    pub about: About,
    /// What is unusual about it, and what was done about that: a sentence each.
    pub oddities: Vec<String>,
}

/// What a file of measured responses says of itself: empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The SOFA convention with its version, as `SimpleFreeFieldHRIR 1.0`.
    pub convention: String,
    /// Title of the set.
    pub title: String,
    /// The collection that it belongs to.
    pub database: String,
    /// Whose head it is.
    pub listener: String,
    /// Who made it.
    pub author: String,
    /// And where.
    pub organization: String,
    /// On which terms it may be used.
    pub licence: String,
}

impl MeasuredSet {
    /// Whether the lengths of its parts fit each other.
    pub fn is_consistent(&self) -> bool {
        let sources = self.sources.len();
        let size = sources.checked_mul(2 * self.samples);
        size == Some(self.responses.len()) && self.delays.len() == sources
    }

    /// The impulse responses of the left and the right ear to a source, by its index.
    pub fn pair(&self, source: usize) -> Option<[&[f32]; 2]> {
        let pair = self
            .responses
            .get(source.checked_mul(2 * self.samples)?..)?
            .get(..2 * self.samples)?;
        let (left, right) = pair.split_at(self.samples);
        Some([left, right])
    }
}
