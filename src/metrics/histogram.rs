//! Values counted by their size.

/// How many values were up to each of a few bounds, and their sum.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    bounds: Vec<f64>,
    /// One more than bounds: the last is of the values beyond all of them.
    counts: Vec<u64>,
    sum: f64,
}

impl Histogram {
    /// An empty one with these bounds, in ascending order; each is part of what it bounds.
    pub fn new(bounds: &[f64]) -> Self {
        Self::counted(bounds.to_vec(), vec![0; bounds.len() + 1], 0.0)
    }

    /// One that was counted elsewhere: `counts` has one more than `bounds`, for what is beyond all
    /// of them; each is of the values above the bound before. `sum` is that of all values.
    pub fn counted(bounds: Vec<f64>, counts: Vec<u64>, sum: f64) -> Self {
        debug_assert_eq!(
            bounds.len() + 1,
            counts.len(),
            "one count beyond the bounds"
        );
        Self {
            bounds,
            counts,
            sum,
        }
    }

    /// Counts a value.
    pub fn add(&mut self, value: f64) {
        let at = self.bounds.partition_point(|bound| value > *bound);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
            self.sum += value;
        }
    }

    /// How many values there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The bounds, the last one infinite, each with how many values lie between the one before and
    /// it.
    pub fn buckets(&self) -> Vec<(f64, u64)> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        bounds.zip(self.counts.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_counted_once_at_the_first_bound_that_is_not_below_it() {
        let mut histogram = Histogram::new(&[0.5, 1.0, 2.0]);
        for value in [0.0, 0.5, 0.75, 1.0, 2.5, 100.0] {
            histogram.add(value);
        }
        assert_eq!(
            histogram.buckets(),
            [(0.5, 2), (1.0, 2), (2.0, 0), (f64::INFINITY, 2)]
        );
        assert_eq!(histogram.count(), 6);
        assert_eq!(histogram.sum(), 104.75);
    }
}
