//! Between measured directions: directions that are left out of a set are found again as well as by
//! the best interpolation that was published.

use binaurald::geometry::Position;
use binaurald::head::{Head, MeasuredOptions, MeasuredSet};
use realfft::num_complex::Complex;

use crate::heard::{Heard, bands, heard, itd_s, kemar_file, measured};

/// Directions of the KEMAR set that are far from each other and from its lower edge.
fn left_out(set: &MeasuredSet) -> Vec<usize> {
    let mut chosen: Vec<usize> = Vec::new();
    for (source, position) in set.sources.iter().enumerate() {
        let is_apart = |other: &usize| position.distance_to(set.sources[*other]) > 0.5;
        if position.elevation_degrees() > -35.0 && chosen.iter().all(is_apart) {
            chosen.push(source);
        }
    }
    chosen
}

fn without(set: &MeasuredSet, left_out: &[usize]) -> MeasuredSet {
    let mut rest = MeasuredSet {
        sources: Vec::new(),
        responses: Vec::new(),
        delays: Vec::new(),
        ..set.clone()
    };
    for source in (0..set.sources.len()).filter(|source| !left_out.contains(source)) {
        let [left, right] = set.pair(source).expect("a source");
        rest.sources.push(set.sources[source]);
        rest.delays.push(set.delays[source]);
        rest.responses.extend(left);
        rest.responses.extend(right);
    }
    rest
}

/// The sources of the triangle of a set round a place (the smallest that surrounds it), with the
/// place's weights.
fn triangle(set: &MeasuredSet, place: Position) -> Vec<(usize, f64)> {
    let mut near: Vec<usize> = (0..set.sources.len()).collect();
    near.sort_by(|a, b| {
        let distance = |at: &usize| set.sources[*at].distance_to(place);
        distance(a).total_cmp(&distance(b))
    });
    near.truncate(10);
    let vector = |p: Position| [p.x, p.y, p.z];
    let det = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
            + a[2] * (b[0] * c[1] - b[1] * c[0])
    };
    let mut best: Option<(f64, Vec<(usize, f64)>)> = None;
    for i in 0..near.len() {
        for j in i + 1..near.len() {
            for k in j + 1..near.len() {
                let corners = [near[i], near[j], near[k]];
                let [a, b, c] = corners.map(|at| vector(set.sources[at]));
                let p = vector(place);
                let sides = [det(p, b, c), det(a, p, c), det(a, b, p)];
                let sum: f64 = sides.iter().sum();
                if sum.abs() < 1e-9 || sides.iter().any(|side| side / sum < -1e-9) {
                    continue;
                }
                let reach: f64 = corners
                    .iter()
                    .map(|at| set.sources[*at].distance_to(place))
                    .sum();
                if best.as_ref().is_none_or(|(other, _)| reach < *other) {
                    let weights = sides.map(|side| side / sum);
                    best = Some((reach, corners.into_iter().zip(weights).collect()));
                }
            }
        }
    }
    best.expect("the place is inside the set").1
}

#[test]
fn a_left_out_direction_is_met_as_well_as_by_the_best_published_ways() {
    let set = kemar_file();
    let left_out = left_out(&set);
    assert!(left_out.len() > 20, "{} directions", left_out.len());
    let rest = without(&set, &left_out);
    let head = Head::measured(&rest, MeasuredOptions::default(), 44_100).expect("a head");
    assert!(head.is_measured());
    let all: Vec<f64> = bands().filter(|hz| *hz > 190.0).collect();
    let gain = gain_db(&head, &rest);
    let (mut ours, mut levels, mut aligned, mut count) = (0.0, 0.0, 0.0, 0.0);
    let mut time = 0.0_f64;
    for source in &left_out {
        let place = set.sources[*source];
        let (got, file) = (heard(&head, place), measured(&set, *source));
        let corners = triangle(&rest, place);
        let expected = itd_s(&file, 500.0, 0.0);
        time += (itd_s(&got, 500.0, expected) - expected).powi(2);
        for ear in 0..2 {
            let corner = |at: usize| -> Heard {
                let [left, right] = measured(&rest, at);
                if ear == 0 { left } else { right }
            };
            let corners: Vec<(Heard, f64)> = corners
                .iter()
                .map(|(at, weight)| (corner(*at), *weight))
                .collect();
            for hz in &all {
                let wanted = file[ear].band_db(*hz);
                let neighbours: Vec<f64> = corners.iter().map(|(c, _)| c.band_db(*hz)).collect();
                let got = got[ear].band_db(*hz) - gain;
                let lowest = neighbours.iter().copied().fold(f64::MAX, f64::min);
                assert!(
                    got > lowest.min(wanted) - 3.0,
                    "a notch of its own: {got} dB at {hz} Hz, source {source}"
                );
                // Magnitudes apart from phases (Arend et al. 2023), and time-aligned responses.
                let blended: f64 = neighbours
                    .iter()
                    .zip(&corners)
                    .map(|(db, c)| db * c.1)
                    .sum();
                let whole = time_aligned_db(&corners, *hz);
                ours += (got - wanted).powi(2);
                levels += (blended - wanted).powi(2);
                aligned += (whole - wanted).powi(2);
                count += 1.0;
            }
        }
    }
    let [ours, levels, aligned] = [ours, levels, aligned].map(|sum: f64| (sum / count).sqrt());
    let time = (time / left_out.len() as f64).sqrt() * 1e6;
    println!(
        "{} left out: ours {ours:.2} dB r.m.s., {time:.1} us; blended levels {levels:.2} dB, \
         time-aligned responses {aligned:.2} dB",
        left_out.len()
    );
    assert!(ours <= 1.02 * levels.min(aligned), "{ours} dB");
    assert!(time < 6.0, "{time} us");
}

/// The one gain between a head and the set that it was made of.
fn gain_db(head: &Head, set: &MeasuredSet) -> f64 {
    let sources: Vec<usize> = (0..set.sources.len()).step_by(40).collect();
    let difference = |source: &usize| {
        let [ours, _] = heard(head, set.sources[*source]);
        let [file, _] = measured(set, *source);
        ours.band_db(1000.0) - file.band_db(1000.0)
    };
    sources.iter().map(difference).sum::<f64>() / sources.len() as f64
}

/// The level of the straight blend of responses whose onsets were laid on each other.
fn time_aligned_db(corners: &[(Heard, f64)], hz: f64) -> f64 {
    const POINTS: u8 = 7;
    let power: f64 = (0..POINTS)
        .map(|n| hz * 2.0_f64.powf(((f64::from(n) + 0.5) / f64::from(POINTS) - 0.5) / 6.0))
        .map(|hz| {
            let sum: Complex<f64> = corners
                .iter()
                .map(|(corner, weight)| corner.aligned(hz) * *weight)
                .sum();
            sum.norm_sqr()
        })
        .sum();
    10.0 * (power / f64::from(POINTS)).log10()
}
