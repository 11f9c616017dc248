//! Lists of numbers, with ranges.

use std::fmt;
use std::str::FromStr;

/// Numbers that a list may have.
const MAX_NUMBERS: usize = 10_000;

/// How far beyond its end a range still reaches it, in steps: for steps that have no exact binary
/// value, as 0.1.
const ROUNDING: f64 = 1e-6;

/// Numbers, given as a list of numbers and ranges: `0,30,60:120:5`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// As it was given.
    text: String,
    values: Vec<f64>,
}

impl Sweep {
    /// The numbers, in their order; at least one, all finite.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut values = Vec::new();
        for item in text.split(',') {
            let numbers: Option<Vec<f64>> = item.split(':').map(finite).collect();
            match numbers.as_deref() {
                Some([value]) => values.push(*value),
                Some([from, to, step]) => add_range(&mut values, *from, *to, *step)?,
                _ => {
                    return Err(format!(
                        "must be numbers and ranges FROM:TO:STEP with commas between, and {item:?} \
                         is neither"
                    ));
                }
            }
            if values.len() > MAX_NUMBERS {
                return Err(format!("must be at most {MAX_NUMBERS} numbers"));
            }
        }
        Ok(Self {
            text: text.to_owned(),
            values,
        })
    }
}

fn finite(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

fn add_range(values: &mut Vec<f64>, from: f64, to: f64, step: f64) -> Result<(), String> {
    let steps = (to - from) / step;
    if steps.is_nan() || steps < 0.0 || step == 0.0 {
        return Err(format!(
            "must have ranges whose step leads from the first number to the second, and \
             {from}:{to}:{step} does not"
        ));
    }
    let steps = (steps + ROUNDING).floor();
    if steps >= MAX_NUMBERS as f64 {
        return Err(format!("must be at most {MAX_NUMBERS} numbers"));
    }
    values.extend((0..=steps as u32).map(|n| from + f64::from(n) * step));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_stand_in_the_order_given() {
        for (text, values) in [
            ("0", &[0.0][..]),
            ("-30, 0,1e1", &[-30.0, 0.0, 10.0]),
            ("0:345:115,90", &[0.0, 115.0, 230.0, 345.0, 90.0]),
            ("10:-10:-10", &[10.0, 0.0, -10.0]),
            ("5:5:1", &[5.0]),
            ("0:9:4", &[0.0, 4.0, 8.0]),
        ] {
            let sweep: Sweep = text.parse().expect(text);
            assert_eq!(sweep.values(), values, "{text}");
            assert_eq!(sweep.to_string(), text);
        }
        let tenths: Sweep = "0:1:0.1".parse().expect("a range");
        assert_eq!(tenths.values().len(), 11);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, said) in [
            ("", "\"\" is neither"),
            ("1,,2", "\"\" is neither"),
            ("a", "\"a\" is neither"),
            ("1:2", "\"1:2\" is neither"),
            ("1:2:3:4", "is neither"),
            ("nan", "\"nan\" is neither"),
            ("0:inf:1", "is neither"),
            ("0:10:0", "0:10:0 does not"),
            ("0:10:-1", "0:10:-1 does not"),
            ("0:0:0", "0:0:0 does not"),
            ("0:1e6:1", "at most 10000 numbers"),
            ("0:1:1e-320", "at most 10000 numbers"),
        ] {
            let refused = text.parse::<Sweep>().expect_err(text);
            assert!(refused.contains(said), "{text}: {refused}");
        }
    }
}
