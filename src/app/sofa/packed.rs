//! A measured set as bytes, between two processes of one program: little-endian numbers, and texts
//! behind their lengths.

use std::io::{self, Read, Write};

use crate::geometry::Position;
use crate::head::{About, MAX_VALUES, MeasuredSet};

/// Where the form begins, so that the words of another program are not taken for it.
const BEGIN: &[u8; 8] = b"head set";

/// The longest text, in bytes.
const MAX_TEXT: usize = 1 << 16;

/// The most sentences of oddities.
const MAX_TEXTS: usize = 1_000;

/// Numbers that are converted at a time.
const AT_A_TIME: usize = 4_096;

/// Writes `set`.
pub(super) fn write(set: &MeasuredSet, out: &mut impl Write) -> io::Result<()> {
    out.write_all(BEGIN)?;
    for count in [set.sources.len(), set.samples, set.oddities.len()] {
        out.write_all(&(count as u64).to_le_bytes())?;
    }
    out.write_all(&set.sample_rate.to_le_bytes())?;
    for (source, delays) in set.sources.iter().zip(&set.delays) {
        for number in [source.x, source.y, source.z, delays[0], delays[1]] {
            out.write_all(&number.to_le_bytes())?;
        }
    }
    for sample in &set.responses {
        out.write_all(&sample.to_le_bytes())?;
    }
    let mut about = set.about.clone();
    for text in texts(&mut about) {
        write_text(text, out)?;
    }
    set.oddities
        .iter()
        .try_for_each(|text| write_text(text, out))
}

/// Reads what [`write`] wrote, to the end.
pub(super) fn read(from: &mut impl Read) -> io::Result<MeasuredSet> {
    if &bytes::<8>(from)? != BEGIN {
        return Err(bad("another program's"));
    }
    let sources = count(from, MAX_VALUES)?;
    let samples = count(from, MAX_VALUES)?;
    let oddities = count(from, MAX_TEXTS)?;
    let values = sources.saturating_mul(2 * samples);
    if values > MAX_VALUES {
        return Err(bad("too many samples"));
    }
    let mut set = MeasuredSet {
        sample_rate: number(from)?,
        samples,
        ..MeasuredSet::default()
    };
    for _ in 0..sources {
        let place = Position::new(number(from)?, number(from)?, number(from)?);
        set.sources.push(place);
        set.delays.push([number(from)?, number(from)?]);
    }
    set.responses = floats(from, values)?;
    for text in texts(&mut set.about) {
        *text = read_text(from)?;
    }
    for _ in 0..oddities {
        set.oddities.push(read_text(from)?);
    }
    if from.read(&mut [0])? > 0 {
        return Err(bad("more than a set"));
    }
    Ok(set)
}

/// The texts of `about`, in the order in which they are written.
fn texts(about: &mut About) -> [&mut String; 7] {
    let About {
        convention,
        title,
        database,
        listener,
        author,
        organization,
        licence,
    } = about;
    [
        convention,
        title,
        database,
        listener,
        author,
        organization,
        licence,
    ]
}

fn write_text(text: &str, out: &mut impl Write) -> io::Result<()> {
    out.write_all(&(text.len() as u64).to_le_bytes())?;
    out.write_all(text.as_bytes())
}

fn read_text(from: &mut impl Read) -> io::Result<String> {
    let mut bytes = vec![0; count(from, MAX_TEXT)?];
    from.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| bad("no text"))
}

fn floats(from: &mut impl Read, count: usize) -> io::Result<Vec<f32>> {
    let mut floats = Vec::with_capacity(count);
    let mut bytes = [0; 4 * AT_A_TIME];
    while floats.len() < count {
        let now = (count - floats.len()).min(AT_A_TIME);
        from.read_exact(&mut bytes[..4 * now])?;
        let (numbers, _) = bytes[..4 * now].as_chunks();
        floats.extend(numbers.iter().copied().map(f32::from_le_bytes));
    }
    Ok(floats)
}

fn number(from: &mut impl Read) -> io::Result<f64> {
    bytes(from).map(f64::from_le_bytes)
}

/// A count of `most` at most.
fn count(from: &mut impl Read, most: usize) -> io::Result<usize> {
    let count = u64::from_le_bytes(bytes(from)?);
    let count = usize::try_from(count).ok().filter(|count| *count <= most);
    count.ok_or_else(|| bad("too much"))
}

fn bytes<const N: usize>(from: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn bad(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> MeasuredSet {
        MeasuredSet {
            sample_rate: 44_100.0,
            sources: vec![Position::new(1.0, 0.0, 0.25), Position::new(0.0, -1.5, 0.0)],
            samples: 2,
            responses: vec![1.0, 0.5, -0.25, 0.125, 0.0, f32::MIN_POSITIVE, 3.0, -4.0],
            delays: vec![[0.0, 1.5], [2.25, 0.0]],
            about: About {
                convention: "SimpleFreeFieldHRIR 1.0".to_owned(),
                author: "Zoë".to_owned(),
                ..About::default()
            },
            oddities: vec!["first".to_owned(), String::new()],
        }
    }

    fn packed() -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&set(), &mut bytes).expect("memory takes all");
        bytes
    }

    #[test]
    fn a_set_arrives_as_it_was_sent() {
        assert_eq!(read(&mut packed().as_slice()).expect("it is whole"), set());
    }

    #[test]
    fn what_is_cut_off_or_goes_on_is_no_set() {
        let bytes = packed();
        for length in 0..bytes.len() {
            assert!(read(&mut &bytes[..length]).is_err(), "{length} bytes");
        }
        let longer = [&bytes[..], b"\n"].concat();
        assert!(read(&mut longer.as_slice()).is_err());
    }

    #[test]
    fn a_set_of_absurd_size_takes_no_memory() {
        for at in [8, 16, 24] {
            let mut bytes = packed();
            bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
            assert!(read(&mut bytes.as_slice()).is_err(), "count at {at}");
        }
    }
}
