//! Measured heads: what was measured is what is heard, and what was not is as it would be.

#[path = "measured/file.rs"]
mod file;
#[path = "support/heard.rs"]
mod heard;
#[path = "measured/kemar.rs"]
mod kemar;
#[path = "measured/left_out.rs"]
mod left_out;
#[path = "support/measure.rs"]
mod measure;
#[path = "measured/round_a_sphere.rs"]
mod round_a_sphere;
#[path = "measured/sparse.rs"]
mod sparse;
#[path = "support/sphere_oracle.rs"]
mod sphere_oracle;
#[path = "support/stage.rs"]
mod stage;
