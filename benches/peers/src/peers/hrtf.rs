//! Crate `hrtf`: interpolated spectra, overlap-save in steps of 128 frames.

use std::mem;

use ::hrtf::{HrirSphere, HrtfContext, HrtfProcessor, Vec3};
use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;
use binaurald::head::{MeasuredSet, read_sofa};
use spade::{DelaunayTriangulation, Point2, Triangulation};

use crate::peer::Renderer;
use crate::scene::{SAMPLE_RATE, Scene, Tape, distance_gain};

/// Frames that it filters at a time.
const STEP: usize = 128;

pub(super) struct Hrtf {
    processor: HrtfProcessor,
    sources: Vec<Source>,
    tape: Tape,
    output: Vec<(f32, f32)>,
}

struct Source {
    direction: Vec3,
    last_direction: Vec3,
    gain: f32,
    last_gain: f32,
    left: Vec<f32>,
    right: Vec<f32>,
}

pub(super) fn new(sphere: &HrirSphere, scene: &Scene) -> Hrtf {
    let step = STEP.min(scene.frames);
    let source = |source| {
        let position = scene.position(source, 0);
        Source {
            direction: direction(position),
            last_direction: direction(position),
            gain: distance_gain(position),
            last_gain: distance_gain(position),
            left: Vec::new(),
            right: Vec::new(),
        }
    };
    Hrtf {
        processor: HrtfProcessor::new(sphere.clone(), scene.frames / step, step),
        sources: (0..scene.sources).map(source).collect(),
        tape: Tape::new(scene.sources),
        output: vec![(0.0, 0.0); scene.frames],
    }
}

fn direction(position: Position) -> Vec3 {
    let scale = 1.0 / position.distance().max(f64::MIN_POSITIVE);
    let [x, y, z] = [position.x, position.y, position.z].map(|metres| (metres * scale) as f32);
    Vec3::new(x, y, z)
}

impl Renderer for Hrtf {
    fn steer(&mut self, positions: &[Position]) {
        for (source, position) in self.sources.iter_mut().zip(positions) {
            source.direction = direction(*position);
            source.gain = distance_gain(*position);
        }
    }

    fn render(&mut self, block: &mut [StereoFrame]) {
        self.output.fill((0.0, 0.0));
        for (index, source) in self.sources.iter_mut().enumerate() {
            self.processor.process_samples(HrtfContext {
                source: self.tape.next(index, block.len()),
                output: &mut self.output,
                new_sample_vector: source.direction,
                prev_sample_vector: mem::replace(&mut source.last_direction, source.direction),
                prev_left_samples: &mut source.left,
                prev_right_samples: &mut source.right,
                new_distance_gain: source.gain,
                prev_distance_gain: mem::replace(&mut source.last_gain, source.gain),
            });
        }
        for (frame, (left, right)) in block.iter_mut().zip(&self.output) {
            *frame = StereoFrame::new(*left, *right);
        }
    }
}

/// KEMAR as this crate wants it: in the format of its files, which it resamples as it reads.
pub(super) fn kemar_sphere(sofa: &[u8]) -> Result<HrirSphere, String> {
    let set = read_sofa(sofa).map_err(|error| format!("KEMAR: {error}"))?;
    let directions: Vec<Vec3> = set.sources.iter().copied().map(direction).collect();
    let file = file(&set, &directions, &faces(&directions)?);
    HrirSphere::new(&*file, SAMPLE_RATE)
        .map_err(|error| format!("crate hrtf does not read its KEMAR: {error:?}"))
}

/// All numbers are little endian and of four bytes.
fn file(set: &MeasuredSet, directions: &[Vec3], faces: &[[usize; 3]]) -> Vec<u8> {
    let mut file = b"HRIR".to_vec();
    let corners = faces.len() * 3;
    for count in [
        set.sample_rate as usize,
        set.samples,
        directions.len(),
        corners,
    ] {
        file.extend((count as u32).to_le_bytes());
    }
    for corner in faces.iter().flatten() {
        file.extend((*corner as u32).to_le_bytes());
    }
    for (direction, pair) in directions
        .iter()
        .zip((0..).map_while(|source| set.pair(source)))
    {
        for value in [direction.x, direction.y, direction.z]
            .iter()
            .chain(pair.into_iter().flatten())
        {
            file.extend(value.to_le_bytes());
        }
    }
    file
}

/// Triangles between directions, closed all round.
///
/// Seen from one of them, the topmost, circles on the sphere are circles on a plane (stereographic
/// projection), so the triangles of the plane are those of the sphere; the rim of the plane belongs
/// to the one that they are seen from.
fn faces(directions: &[Vec3]) -> Result<Vec<[usize; 3]>, String> {
    let height = |index: &usize| directions[*index].z;
    let eye = (0..directions.len())
        .max_by(|a, b| height(a).total_cmp(&height(b)))
        .ok_or("KEMAR has no directions")?;
    if height(&eye) < 0.999_9 {
        return Err("KEMAR has no direction straight above".to_owned());
    }
    let others: Vec<usize> = (0..directions.len())
        .filter(|index| *index != eye)
        .collect();
    let seen = |index: &usize| {
        let direction = directions[*index];
        let scale = 1.0 / (1.0 - f64::from(direction.z));
        Point2::new(
            f64::from(direction.x) * scale,
            f64::from(direction.y) * scale,
        )
    };
    let plane =
        DelaunayTriangulation::<Point2<f64>>::bulk_load_stable(others.iter().map(seen).collect())
            .map_err(|error| format!("KEMAR's directions: {error}"))?;
    let inner = plane
        .inner_faces()
        .map(|face| face.vertices().map(|vertex| others[vertex.fix().index()]));
    let rim = plane.convex_hull().map(|edge| {
        let [from, to] = edge.vertices().map(|vertex| others[vertex.fix().index()]);
        [from, to, eye]
    });
    Ok(inner.chain(rim).collect())
}
