//! SOFA files of any form, good and bad.

use hdf5_writer::{
    AttributeBuilder, ByteOrder, DatasetBuilder, Datatype, FILTER_DEFLATE, FILTER_FLETCHER32,
    FILTER_SHUFFLE, FilterDescription, H5WriteElement, Hdf5Builder, StringEncoding, StringPadding,
    StringSize, WriteOptions,
};

/// Samples of the responses of [`Sofa::hrir`].
pub(crate) const SAMPLES: usize = 32;

/// How numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stored {
    F64,
    F32,
    BigEndian,
    I16,
    I64,
    Packed,
    Checked,
}

#[derive(Clone)]
struct Table {
    name: String,
    shape: Vec<usize>,
    values: Vec<f64>,
    stored: Stored,
    texts: Vec<(&'static str, String)>,
}

/// A file in the making.
#[derive(Clone)]
pub(crate) struct Sofa {
    texts: Vec<(String, Vec<u8>)>,
    tables: Vec<Table>,
}

impl Sofa {
    /// A plain `SimpleFreeFieldHRIR`: sources at 1 m in these directions (azimuth, elevation), with
    /// one pulse at each ear. It comes to the nearer ear first, and tells the source by its level.
    pub(crate) fn hrir(directions: &[[f64; 2]]) -> Self {
        Self::hrir_of(directions, SAMPLES)
    }

    /// The same with responses of that length.
    pub(crate) fn hrir_of(directions: &[[f64; 2]], samples: usize) -> Self {
        let measurements = directions.len();
        let mut sofa = Self {
            texts: Vec::new(),
            tables: Vec::new(),
        };
        for (name, value) in [
            ("Conventions", "SOFA"),
            ("Version", "1.0"),
            ("SOFAConventions", "SimpleFreeFieldHRIR"),
            ("SOFAConventionsVersion", "1.0"),
            ("DataType", "FIR"),
            ("RoomType", "free field"),
            ("Title", "Pulses"),
            ("DatabaseName", "Tests"),
            ("ListenerShortName", "nobody"),
            ("AuthorContact", "author@example.org"),
            ("Organization", "binaurald"),
            ("License", "CC0"),
        ] {
            sofa.texts.push((name.to_owned(), value.into()));
        }
        for (name, length) in [("M", measurements), ("R", 2), ("N", samples), ("C", 3)] {
            sofa = sofa.table(name, &[length], &vec![0.0; length]);
        }
        let places: Vec<f64> = directions.iter().flat_map(|[a, e]| [*a, *e, 1.0]).collect();
        let pulses: Vec<f64> = directions
            .iter()
            .enumerate()
            .flat_map(|(m, direction)| pair(m, *direction, samples))
            .collect();
        sofa.table("SourcePosition", &[measurements, 3], &places)
            .of_kind("spherical", "degree, degree, metre")
            .table("ListenerPosition", &[1, 3], &[0.0; 3])
            .of_kind("cartesian", "metre")
            .table("ListenerView", &[1, 3], &[1.0, 0.0, 0.0])
            .of_kind("cartesian", "metre")
            .table("ListenerUp", &[1, 3], &[0.0, 0.0, 1.0])
            .table(
                "ReceiverPosition",
                &[2, 3, 1],
                &[0.0, 0.09, 0.0, 0.0, -0.09, 0.0],
            )
            .of_kind("cartesian", "metre")
            .table("EmitterPosition", &[1, 3, 1], &[0.0; 3])
            .of_kind("cartesian", "metre")
            .table("Data.SamplingRate", &[1], &[48_000.0])
            .table("Data.Delay", &[1, 2], &[0.0, 0.0])
            .table("Data.IR", &[measurements, 2, samples], &pulses)
    }

    /// The front, the left, the back and the right.
    pub(crate) fn four() -> Self {
        Self::hrir(&[[0.0, 0.0], [90.0, 0.0], [180.0, 0.0], [270.0, 0.0]])
    }

    /// With a text in place of the one of this name.
    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.latin1(name, value.as_bytes())
    }

    /// The same with bytes, which need not be UTF-8.
    pub(crate) fn latin1(mut self, name: &str, value: &[u8]) -> Self {
        self.texts.retain(|(other, _)| other != name);
        self.texts.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a table in place of the one of this name; attributes of that are lost.
    pub(crate) fn table(mut self, name: &str, shape: &[usize], values: &[f64]) -> Self {
        assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
        self.tables.retain(|table| table.name != name);
        self.tables.push(Table {
            name: name.to_owned(),
            shape: shape.to_owned(),
            values: values.to_owned(),
            stored: Stored::F64,
            texts: Vec::new(),
        });
        self
    }

    /// What the coordinates of the last table are.
    pub(crate) fn of_kind(mut self, kind: &str, units: &str) -> Self {
        let last = self.tables.last_mut().expect("there is a table");
        last.texts = vec![("Type", kind.to_owned()), ("Units", units.to_owned())];
        self
    }

    /// Without the table or text of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        let before = self.tables.len() + self.texts.len();
        self.tables.retain(|table| table.name != name);
        self.texts.retain(|(other, _)| other != name);
        assert_eq!(before - 1, self.tables.len() + self.texts.len(), "{name}");
        self
    }

    /// With all measured data stored in this way.
    pub(crate) fn stored(mut self, stored: Stored) -> Self {
        for table in &mut self.tables {
            // The byte order is one for the whole file.
            if stored == Stored::BigEndian {
                table.stored = stored;
            }
            // A sampling rate does not fit into 16 bits.
            let fits = stored != Stored::I16 || table.name != "Data.SamplingRate";
            if fits && (table.name.starts_with("Data.") || table.name == "SourcePosition") {
                table.stored = stored;
            }
        }
        self
    }

    /// Changes the numbers of a table.
    pub(crate) fn change(mut self, name: &str, change: impl FnOnce(&mut Vec<f64>)) -> Self {
        let table = self.tables.iter_mut().find(|table| table.name == name);
        change(&mut table.expect("there is such a table").values);
        self
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut file = Hdf5Builder::new();
        for (name, value) in &self.texts {
            file = file.attribute(text(name, value));
        }
        for table in &self.tables {
            file = file.dataset(table.dataset());
        }
        let plan = file.into_plan().expect("it can be written");
        let mut options = WriteOptions::default();
        let is_big = |table: &Table| table.stored == Stored::BigEndian;
        if self.tables.iter().any(is_big) {
            options.byte_order = ByteOrder::BigEndian;
        }
        plan.encode(options).expect("it is written")
    }
}

impl Table {
    fn dataset(&self) -> DatasetBuilder {
        let values = &self.values;
        let mut dataset = match self.stored {
            Stored::F64 | Stored::Packed | Stored::Checked => self.of(values, None),
            Stored::BigEndian => self.of(values, Some(ByteOrder::BigEndian)),
            Stored::F32 => self.of(&cast(values, |value| value as f32), None),
            Stored::I16 => self.of(&cast(values, |value| value as i16), None),
            Stored::I64 => self.of(&cast(values, |value| value as i64), None),
        };
        let filters: &[u16] = match self.stored {
            Stored::Packed => &[FILTER_SHUFFLE, FILTER_DEFLATE],
            Stored::Checked => &[FILTER_FLETCHER32],
            _ => &[],
        };
        if !filters.is_empty() {
            let shape: Vec<u64> = self.shape.iter().map(|n| (*n as u64).div_ceil(2)).collect();
            dataset = dataset.chunked(shape);
        }
        for &id in filters {
            dataset = dataset.filter(FilterDescription {
                id,
                name: None,
                client_data: match id {
                    FILTER_DEFLATE => vec![6],
                    FILTER_SHUFFLE => vec![8],
                    _ => Vec::new(),
                },
            });
        }
        for (name, value) in &self.texts {
            dataset = dataset.attribute(text(name, value.as_bytes()));
        }
        dataset
    }

    fn of<T: H5WriteElement>(&self, values: &[T], order: Option<ByteOrder>) -> DatasetBuilder {
        let shape: Vec<u64> = self.shape.iter().map(|n| *n as u64).collect();
        let order = order.unwrap_or(ByteOrder::LittleEndian);
        DatasetBuilder::typed_with_order::<T>(self.name.clone(), shape, order)
            .data(values)
            .expect("as many values as the shape says")
    }
}

fn cast<T>(values: &[f64], cast: fn(f64) -> T) -> Vec<T> {
    values.iter().copied().map(cast).collect()
}

fn text(name: &str, value: &[u8]) -> AttributeBuilder {
    let datatype = Datatype::String {
        size: StringSize::Fixed(value.len().max(1) as u32),
        encoding: StringEncoding::Ascii,
        padding: StringPadding::NullPad,
    };
    let bytes = if value.is_empty() { b"\0" } else { value };
    AttributeBuilder::new(name, datatype, Vec::new(), bytes)
}

/// The responses of both ears in measurement `m`.
fn pair(m: usize, [azimuth, elevation]: [f64; 2], samples: usize) -> Vec<f64> {
    let side = azimuth.to_radians().sin() * elevation.to_radians().cos();
    let mut pair = vec![0.0; 2 * samples];
    pair[pulse(-side)] = level(m);
    pair[samples + pulse(side)] = level(m) / 2.0;
    pair
}

/// Where the pulse is at an ear from which the source is `away`, -1 to 1.
fn pulse(away: f64) -> usize {
    (12.0 + 4.0 * away).round() as usize
}

/// The level of measurement `m` at the left ear; that at the right one is half of it.
pub(crate) fn level(m: usize) -> f64 {
    2.0 * (m + 1) as f64
}
