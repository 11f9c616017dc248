//! The exact response of a rigid sphere.
//!
//! Source: R. O. Duda and W. L. Martens, "Range dependence of the response of a spherical head
//! model", J. Acoust. Soc. Am. 104(5), 1998, equation 4. The pressure at the ear over the
//! free-field pressure at the head's centre, with mu = 2 pi f a / c and rho = r / a, is
//!
//! ```text
//! H = -(rho / mu) e^(-j mu rho) sum over m of (2m + 1) P_m(cos angle) h_m(mu rho) / h'_m(mu)
//! ```
//!
//! with spherical Hankel functions of the first kind and the time factor e^(-jwt). The functions
//! themselves overflow for large m; their ratios do not, and only ratios are needed:
//!
//! ```text
//! q_m(x) = h_(m+1)(x) / h_m(x)       by the recurrence of the h_m, which is stable upwards
//! h'_m(mu) / h_m(mu) = m / mu - q_m(mu)
//! h_m(mu rho) / h_m(mu) = the product of q_i(mu rho) / q_i(mu) over i < m, times that of m = 0
//! ```

use realfft::num_complex::Complex64;

/// No frequency and distance that the head is prepared for needs as many terms.
const MAX_TERMS: usize = 600;

/// Terms below this part of the sum end it.
const PRECISION: f64 = 1e-8;

/// Legendre polynomials of the cosines of the angles that a table is made for.
#[derive(Debug)]
pub(super) struct Legendre {
    angles: usize,
    /// By degree, then by angle.
    values: Vec<f64>,
}

impl Legendre {
    /// All that the series needs, for these angles in radians.
    pub(super) fn new(angles: &[f64]) -> Self {
        let cosines: Vec<f64> = angles.iter().map(|angle| angle.cos()).collect();
        let n = cosines.len();
        let mut values = vec![1.0; n];
        values.extend(&cosines);
        for m in 1..MAX_TERMS - 1 {
            let (a, b) = ((2 * m + 1) as f64, m as f64);
            for (j, cosine) in cosines.iter().enumerate() {
                let next =
                    (a * cosine * values[m * n + j] - b * values[(m - 1) * n + j]) / (m + 1) as f64;
                values.push(next);
            }
        }
        Self { angles: n, values }
    }

    /// How many angles there are.
    pub(super) fn angles(&self) -> usize {
        self.angles
    }

    fn degree(&self, m: usize) -> &[f64] {
        &self.values[m * self.angles..(m + 1) * self.angles]
    }
}

/// The response at every angle of `legendre` for mu (greater than 0) and rho (greater than 1),
/// with the time factor e^(+jwt) of filters.
pub(super) fn sphere_response(legendre: &Legendre, mu: f64, rho: f64) -> Vec<Complex64> {
    let z = mu * rho;
    let i = Complex64::i();
    // h_1 / h_0 = 1 / x - j
    let mut far_ratio = 1.0 / z - i;
    let mut near_ratio = 1.0 / mu - i;
    // h_0(z) / h_0(mu), where h_0(x) = e^(jx) / (jx)
    let mut quotient = (i * (z - mu)).exp() / rho;
    let mut sums = vec![Complex64::ZERO; legendre.angles];
    let mut largest: f64 = 0.0;
    let mut small = 0;
    for m in 0..MAX_TERMS {
        let order = m as f64;
        let term = quotient / (order / mu - near_ratio) * (2.0 * order + 1.0);
        for (sum, polynomial) in sums.iter_mut().zip(legendre.degree(m)) {
            *sum += term * *polynomial;
        }
        largest = largest.max(term.norm_sqr());
        // Two in a row, past the turning point: before it single terms may be small by chance.
        small = if term.norm_sqr() < PRECISION * PRECISION * largest && order > mu {
            small + 1
        } else {
            0
        };
        if small == 2 {
            break;
        }
        quotient *= far_ratio / near_ratio;
        far_ratio = (2.0 * order + 3.0) / z - far_ratio.inv();
        near_ratio = (2.0 * order + 3.0) / mu - near_ratio.inv();
    }
    let factor = -(rho / mu) * (-i * z).exp();
    sums.into_iter().map(|sum| (factor * sum).conj()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_low_frequencies_the_response_is_the_closed_form() {
        // On the axis of an ear, x = a / r: near 2 / (1 - x) + ln(1 - x) / x, far the same with
        // x negative. Duda and Martens 1998.
        let legendre = Legendre::new(&[0.0, std::f64::consts::PI]);
        for rho in [1.15, 1.5, 2.0, 5.0, 11.4] {
            let h = sphere_response(&legendre, 1e-4, rho);
            for (value, x) in h.iter().zip([1.0 / rho, -1.0 / rho]) {
                let exact = 2.0 / (1.0 - x) + (1.0 - x).ln() / x;
                assert!(
                    (value.norm() / exact - 1.0).abs() < 1e-6,
                    "{value} not {exact} at {rho}"
                );
            }
        }
    }

    #[test]
    fn at_high_frequencies_the_pressure_doubles_in_front_of_the_ear() {
        let legendre = Legendre::new(&[0.0]);
        let level = sphere_response(&legendre, 40.0, 1000.0)[0].norm();
        assert!((level - 2.0).abs() < 0.01, "{level}");
    }
}
