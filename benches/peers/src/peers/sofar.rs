//! Crate `sofar`: partitioned convolution, one renderer for each source.

use std::sync::Arc;

use ::sofar::reader::{Filter, Sofar};
use ::sofar::render::{FilterTransition, Renderer as Convolver, RendererPlan};
use binaurald::audio::StereoFrame;
use binaurald::geometry::Position;

use crate::peer::Renderer;
use crate::scene::{Scene, Tape, distance_gain};

/// How far away KEMAR's loudspeaker stood: metres.
const MEASURED_M: f64 = 1.4;

pub(super) struct Convolvers {
    sofa: Arc<Sofar>,
    filter: Filter,
    sources: Vec<Source>,
    tape: Tape,
    input: Vec<f32>,
    left: Vec<f32>,
    right: Vec<f32>,
}

struct Source {
    convolver: Convolver,
    position: Position,
    gain: f32,
}

/// Partitions as long as the block, which cost the least. Crossfaded: over the whole block, so that
/// each new filter is there when the next one comes.
pub(super) fn new(
    sofa: &Arc<Sofar>,
    scene: &Scene,
    crossfaded: bool,
) -> Result<Convolvers, String> {
    let plan = RendererPlan::builder(sofa.filter_len())
        .with_sample_rate(sofa.sample_rate())
        .with_partition_len(scene.frames)
        .build()
        .map_err(|error| error.to_string())?;
    let transition = if crossfaded {
        FilterTransition::crossfade(scene.frames)
    } else {
        FilterTransition::Immediate
    };
    let source = |source| {
        let position = scene.position(source, 0);
        let mut convolver = Convolver::builder(&plan).with_filter_transition(transition);
        // Delay lines only where the set has delays: KEMAR's are in its responses.
        if sofa.max_delay() > 0.0 {
            convolver = convolver.with_max_delay(sofa.max_delay());
        }
        let convolver = convolver.build().map_err(|error| error.to_string())?;
        Ok(Source {
            convolver,
            position,
            gain: distance_gain(position),
        })
    };
    Ok(Convolvers {
        sofa: Arc::clone(sofa),
        filter: Filter::new(sofa.filter_len()),
        sources: (0..scene.sources)
            .map(source)
            .collect::<Result<_, String>>()?,
        tape: Tape::new(scene.sources),
        input: vec![0.0; scene.frames],
        left: vec![0.0; scene.frames],
        right: vec![0.0; scene.frames],
    })
}

/// The place at the distance of the measurement, between which is interpolated.
fn measured_at(position: Position) -> [f32; 3] {
    let scale = MEASURED_M / position.distance().max(f64::MIN_POSITIVE);
    [position.x, position.y, position.z].map(|metres| (metres * scale) as f32)
}

impl Renderer for Convolvers {
    fn steer(&mut self, positions: &[Position]) {
        for (source, position) in self.sources.iter_mut().zip(positions) {
            source.position = *position;
        }
    }

    /// Looking a filter up and transforming it counts: no block could do without.
    fn render(&mut self, block: &mut [StereoFrame]) {
        self.left.fill(0.0);
        self.right.fill(0.0);
        for (index, source) in self.sources.iter_mut().enumerate() {
            let [x, y, z] = measured_at(source.position);
            self.sofa.filter(x, y, z, &mut self.filter);
            source
                .convolver
                .set_filter(&self.filter)
                .expect("the filter is the plan's");
            let sound = self.tape.next(index, block.len());
            let gain = distance_gain(source.position);
            let step = (gain - source.gain) / block.len() as f32;
            for ((input, sample), n) in self.input.iter_mut().zip(sound).zip(0_u16..) {
                *input = sample * (source.gain + step * f32::from(n));
            }
            source.gain = gain;
            source
                .convolver
                .process_block_add(&self.input, &mut self.left, &mut self.right)
                .expect("the block is one partition");
        }
        for ((frame, left), right) in block.iter_mut().zip(&self.left).zip(&self.right) {
            *frame = StereoFrame::new(*left, *right);
        }
    }
}
