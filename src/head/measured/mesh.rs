//! Directions joined to triangles on the sphere, and which triangle a direction is in.
//!
//! The triangles are Delaunay's: seen from one of the directions, the sphere is projected onto a
//! plane (stereographically, which keeps circles circles), and what is Delaunay there is so on the
//! sphere; the direction seen from takes all that lies outside. A direction is found by walking
//! from triangle to triangle towards it, from one that is known to be near.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable
)]

use std::collections::HashMap;

use spade::{DelaunayTriangulation, Point2, Triangulation};

use super::super::vector::{Vector, cross, dot, minus, normalised};

/// Cells along each edge of the cube that the starts of the walks stand on.
const CELLS: usize = 32;

/// Triangles of a walk at most; between neighbouring cells it takes a few.
const LONGEST_WALK: usize = 256;

/// By how much a direction is nudged: nothing that can be heard, and along no plane that a set of
/// directions would have edges in.
const NUDGE: Vector = [1.3e-9, 2.9e-9, -1.7e-9];

/// A triangle's three corners with their weights, which add up to 1.
pub(super) type Weights = [(usize, f64); 3];

#[derive(Debug)]
struct Triangle {
    corners: [u32; 3],
    /// The triangle across the edge opposite to each corner.
    across: [u32; 3],
    /// The normals of the planes through the origin and these edges, inwards.
    normals: [Vector; 3],
}

/// A triangulated sphere.
#[derive(Debug)]
pub(super) struct Mesh {
    nodes: Box<[Vector]>,
    triangles: Box<[Triangle]>,
    /// By cell of the cube, a triangle near its middle.
    starts: Box<[u32]>,
}

impl Mesh {
    /// Joins unit vectors; `None` when they do not surround the origin.
    pub(super) fn new(nodes: Vec<Vector>) -> Option<Self> {
        let triangles = joined(&nodes, corners_of(&nodes)?)?;
        let mut mesh = Self {
            nodes: nodes.into(),
            triangles: triangles.into(),
            starts: Box::default(),
        };
        let mut near = 0;
        let starts = (0..6 * CELLS * CELLS).map(|cell| {
            let middle = middle_of(cell);
            // Patiently: once for each cell, and the first may be far.
            let found = (0..mesh.triangles.len()).try_fold(near, |at, _| mesh.step(at, middle));
            near = match found {
                Err(found) | Ok(found) => found,
            };
            near
        });
        mesh.starts = starts.collect();
        Some(mesh)
    }

    /// The directions that are joined.
    pub(super) fn nodes(&self) -> &[Vector] {
        &self.nodes
    }

    /// The triangle round a direction; continuous. It is looked for at `hint` first, which becomes
    /// the one that was found.
    ///
    /// Real-time: bounded, no allocation.
    pub(super) fn weights(&self, direction: Vector, hint: &mut u32) -> Weights {
        let (found, sides) = self.found(direction, *hint);
        *hint = found;
        let Some(triangle) = self.triangles.get(found as usize) else {
            return [(0, 1.0), (0, 0.0), (0, 0.0)];
        };
        let sides = sides.map(|side| side.max(0.0));
        let sum: f64 = sides.iter().sum();
        let [a, b, c] = triangle.corners.map(|corner| corner as usize);
        let [x, y, z] = sides.map(|side| if sum > 0.0 { side / sum } else { 1.0 / 3.0 });
        [(a, x), (b, y), (c, z)]
    }

    /// The triangle that a direction is in, and on which side of its edges. It is nudged a little,
    /// off all edges, so that the answer is the same wherever the search begins.
    fn found(&self, direction: Vector, hint: u32) -> (u32, [f64; 3]) {
        let [x, y, z] = direction;
        let direction = [x + NUDGE[0], y + NUDGE[1], z + NUDGE[2]];
        if let Some(triangle) = self.triangles.get(hint as usize) {
            let sides = triangle.sides(direction);
            if sides.iter().all(|side| *side >= 0.0) {
                return (hint, sides);
            }
        }
        let start = self.starts.get(cell_of(direction)).copied().unwrap_or(0);
        let walk = (0..LONGEST_WALK).try_fold(start, |at, _| self.step(at, direction));
        let (Err(found) | Ok(found)) = walk;
        let triangle = self.triangles.get(found as usize);
        let sides = triangle.map(|triangle| triangle.sides(direction));
        (found, sides.unwrap_or_default())
    }

    /// One step towards `direction`: the next triangle, or (as the error) the one that it is in.
    fn step(&self, at: u32, direction: Vector) -> Result<u32, u32> {
        let Some(triangle) = self.triangles.get(at as usize) else {
            return Err(at);
        };
        let farthest = triangle
            .sides(direction)
            .into_iter()
            .zip(triangle.across)
            .min_by(|(a, _), (b, _)| a.total_cmp(b));
        match farthest {
            Some((side, next)) if side < -1e-12 => Ok(next),
            _ => Err(at),
        }
    }
}

impl Triangle {
    /// On which side of the edge opposite to each corner a direction lies, positive inside: in
    /// proportion the weights of the corners.
    fn sides(&self, direction: Vector) -> [f64; 3] {
        self.normals.map(|normal| dot(direction, normal))
    }
}

/// The corners of all triangles, each counter-clockwise seen from outside.
fn corners_of(nodes: &[Vector]) -> Option<Vec<[u32; 3]>> {
    let (eye, others) = nodes.split_last()?;
    let (right, up) = across(*eye);
    let points = others.iter().map(|node| {
        let behind = 1.0 - dot(*node, *eye);
        Point2::new(dot(*node, right) / behind, dot(*node, up) / behind)
    });
    let plane = DelaunayTriangulation::<Point2<f64>>::bulk_load_stable(points.collect()).ok()?;
    if plane.num_vertices() != others.len() {
        return None;
    }
    let index = |handle: spade::handles::FixedVertexHandle| handle.index() as u32;
    let faces = plane
        .inner_faces()
        .map(|face| face.vertices().map(|vertex| index(vertex.fix())));
    let eye = others.len() as u32;
    let rim = plane
        .convex_hull()
        .map(|edge| [index(edge.from().fix()), index(edge.to().fix()), eye]);
    let corners: Option<Vec<[u32; 3]>> = faces
        .chain(rim)
        .map(|corners| outwards(nodes, corners))
        .collect();
    corners.filter(|corners| corners.len() == 2 * nodes.len() - 4)
}

/// The corners in the order that is counter-clockwise from outside; `None` when the origin is not
/// inside.
fn outwards(nodes: &[Vector], corners: [u32; 3]) -> Option<[u32; 3]> {
    let node = |corner: u32| nodes.get(corner as usize).copied();
    let [p, q, r] = corners;
    let (a, b, c) = (node(p)?, node(q)?, node(r)?);
    let normal = cross(minus(b, a), minus(c, a));
    let height = dot(normal, a);
    // Flat ones lie in a plane with the origin: the directions leave half a sphere open.
    if height.abs() <= 1e-12 {
        None
    } else if height > 0.0 {
        Some([p, q, r])
    } else {
        Some([p, r, q])
    }
}

/// Finds the neighbours.
fn joined(nodes: &[Vector], corners: Vec<[u32; 3]>) -> Option<Vec<Triangle>> {
    let mut owners = HashMap::new();
    for (at, [a, b, c]) in (0_u32..).zip(&corners) {
        for edge in [(*b, *c), (*c, *a), (*a, *b)] {
            owners.insert(edge, at);
        }
    }
    let triangle = |corners: [u32; 3]| {
        let [a, b, c] = corners;
        let owner = |from: u32, to: u32| owners.get(&(to, from)).copied();
        let node = |corner: u32| nodes.get(corner as usize).copied();
        let (p, q, r) = (node(a)?, node(b)?, node(c)?);
        Some(Triangle {
            corners,
            across: [owner(b, c)?, owner(c, a)?, owner(a, b)?],
            normals: [cross(q, r), cross(r, p), cross(p, q)],
        })
    };
    corners.into_iter().map(triangle).collect()
}

/// Two unit vectors at right angles to `axis` and to each other.
fn across(axis: Vector) -> (Vector, Vector) {
    let [x, y, z] = axis;
    let other = if x.abs() < y.abs().min(z.abs()) {
        [1.0, 0.0, 0.0]
    } else if y.abs() < z.abs() {
        [0.0, 1.0, 0.0]
    } else {
        [0.0, 0.0, 1.0]
    };
    let right = normalised(cross(other, axis));
    (right, cross(axis, right))
}

/// The cell of the cube that a direction goes through.
fn cell_of([x, y, z]: Vector) -> usize {
    let (ax, ay, az) = (x.abs(), y.abs(), z.abs());
    let (face, length, u, v) = if ax >= ay && ax >= az {
        (usize::from(x < 0.0), ax, y, z)
    } else if ay >= az {
        (2 + usize::from(y < 0.0), ay, x, z)
    } else {
        (4 + usize::from(z < 0.0), az, x, y)
    };
    let cell = |value: f64| {
        let at = (value / length + 1.0) * 0.5 * CELLS as f64;
        (at as usize).min(CELLS - 1)
    };
    (face * CELLS + cell(u)) * CELLS + cell(v)
}

/// The direction through the middle of a cell.
fn middle_of(cell: usize) -> Vector {
    let along = |index: usize| (index as f64 + 0.5) / CELLS as f64 * 2.0 - 1.0;
    let (u, v) = (along(cell / CELLS % CELLS), along(cell % CELLS));
    let face = cell / (CELLS * CELLS);
    let side = if face.is_multiple_of(2) { 1.0 } else { -1.0 };
    normalised(match face / 2 {
        0 => [side, u, v],
        1 => [u, side, v],
        _ => [u, v, side],
    })
}
