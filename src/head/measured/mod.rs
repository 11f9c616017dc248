//! Measured heads, prepared: for each direction a delay and a short filter, as of the sphere.
//!
//! A response is a level at each frequency, a delay, and at low frequencies some phase beyond
//! minimum phase and delay. These are smooth over the directions where the samples of a response
//! are not, so it is these that are carried over from the measured directions to those between them
//! and beyond them; the logarithms of levels, so that nothing cancels. The delays, and a level that
//! falls into the shadow without a bright spot, are taken relative to a sphere, which says what
//! becomes of them across a gap. Of all that filters of minimum phase are made, on directions so
//! close to each other that the straight blend between them is exact; measured directions stay as
//! they were measured.
//!
//! Sources: D. Kistler and F. Wightman, J. Acoust. Soc. Am. 91, 1992 (minimum phase and delay);
//! C. Pörschmann, J. Arend, F. Brinkmann, IEEE/ACM Trans. Audio Speech Lang. Process. 27, 2019
//! (relative to a sphere); J. Arend, C. Pörschmann, S. Weinzierl, F. Brinkmann, IEEE/ACM Trans. Audio
//! Speech Lang. Process. 31, 2023 (levels apart from phases).

mod apart;
mod beside;
mod equalise;
mod features;
mod fill;
mod filters;
mod kemar;
mod kriging;
mod mesh;
mod prepare;
mod select;
mod shell;
mod spectra;
mod variation;

pub use kemar::kemar_set;
pub use prepare::MeasuredOptions;
pub(super) use shell::Shell;
