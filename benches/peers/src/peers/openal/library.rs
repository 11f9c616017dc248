//! The calls of OpenAL Soft that are needed here, and the only unsafe code: each function says what it
//! relies on.
//!
//! Names and numbers are those of OpenAL 1.1 and of the extensions `ALC_SOFT_loopback`,
//! `ALC_SOFT_HRTF` and `AL_EXT_float32`.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_float, c_int, c_uint, c_void};
use std::ptr;

use binaurald::audio::StereoFrame;
use libloading::Library;

const NAME: &str = "libopenal.so.1";

const NO_ERROR: c_int = 0;
const VERSION: c_int = 0xB002;
const LOOPING: c_int = 0x1007;
const BUFFER: c_int = 0x1009;
const SAMPLE_OFFSET: c_int = 0x1025;
const POSITION: c_int = 0x1004;
const SOURCE_STATE: c_int = 0x1010;
const PLAYING: c_int = 0x1012;
const FORMAT_MONO_FLOAT32: c_int = 0x1_0010;

const FREQUENCY: c_int = 0x1007;
const MONO_SOURCES: c_int = 0x1010;
const STEREO_SOURCES: c_int = 0x1011;
const FORMAT_CHANNELS: c_int = 0x1990;
const FORMAT_TYPE: c_int = 0x1991;
const FLOAT: c_int = 0x1406;
const STEREO: c_int = 0x1501;
const HRTF: c_int = 0x1992;
const HRTF_STATUS: c_int = 0x1993;
const HRTF_ENABLED: c_int = 1;

#[repr(C)]
struct RawDevice([u8; 0]);
#[repr(C)]
struct RawContext([u8; 0]);

macro_rules! functions {
    ($($field:ident = $symbol:literal: $type:ty;)*) => {
        struct Functions { $($field: $type,)* }

        impl Functions {
            fn load(library: &Library) -> Result<Self, libloading::Error> {
                // SAFETY: the types are those of OpenAL's headers, and the functions stay loaded as
                // long as the library, which lives beside them.
                unsafe { Ok(Self { $($field: *library.get($symbol)?,)* }) }
            }
        }
    };
}

functions! {
    open_loopback = "alcLoopbackOpenDeviceSOFT": unsafe extern "C" fn(*const c_char) -> *mut RawDevice;
    render = "alcRenderSamplesSOFT": unsafe extern "C" fn(*mut RawDevice, *mut c_void, c_int);
    create_context = "alcCreateContext": unsafe extern "C" fn(*mut RawDevice, *const c_int) -> *mut RawContext;
    make_current = "alcMakeContextCurrent": unsafe extern "C" fn(*mut RawContext) -> c_char;
    destroy_context = "alcDestroyContext": unsafe extern "C" fn(*mut RawContext);
    close_device = "alcCloseDevice": unsafe extern "C" fn(*mut RawDevice) -> c_char;
    device_integers = "alcGetIntegerv": unsafe extern "C" fn(*mut RawDevice, c_int, c_int, *mut c_int);
    error = "alGetError": unsafe extern "C" fn() -> c_int;
    string = "alGetString": unsafe extern "C" fn(c_int) -> *const c_char;
    gen_buffers = "alGenBuffers": unsafe extern "C" fn(c_int, *mut c_uint);
    buffer_data = "alBufferData": unsafe extern "C" fn(c_uint, c_int, *const c_void, c_int, c_int);
    gen_sources = "alGenSources": unsafe extern "C" fn(c_int, *mut c_uint);
    set_integer = "alSourcei": unsafe extern "C" fn(c_uint, c_int, c_int);
    set_vector = "alSource3f": unsafe extern "C" fn(c_uint, c_int, c_float, c_float, c_float);
    get_integer = "alGetSourcei": unsafe extern "C" fn(c_uint, c_int, *mut c_int);
    play = "alSourcePlay": unsafe extern "C" fn(c_uint);
}

/// The system's OpenAL Soft.
pub(super) struct Api {
    functions: Functions,
    /// Keeps the functions loaded.
    _library: Library,
}

impl Api {
    pub(super) fn load() -> Result<Self, String> {
        let failed =
            |error| format!("{NAME} cannot be used (scripts/setup peers installs it): {error}");
        // SAFETY: OpenAL's initialisers ask nothing of those who load it.
        let library = unsafe { Library::new(NAME) }.map_err(failed)?;
        let functions = Functions::load(&library).map_err(failed)?;
        Ok(Self {
            functions,
            _library: library,
        })
    }
}

/// A device that renders when it is asked to, with its context. Contexts are the process's: it is to
/// be used by one thread alone, and not sent to others (the pointers see to that).
pub(super) struct Loopback {
    api: std::sync::Arc<Api>,
    device: *mut RawDevice,
    context: *mut RawContext,
}

impl Loopback {
    /// Stereo floats through its HRTF, or an error.
    pub(super) fn open(
        api: &std::sync::Arc<Api>,
        rate: u32,
        sources: usize,
    ) -> Result<Self, String> {
        let functions = &api.functions;
        let attributes = [
            [FORMAT_CHANNELS, STEREO],
            [FORMAT_TYPE, FLOAT],
            [FREQUENCY, rate as c_int],
            [HRTF, 1],
            [MONO_SOURCES, sources as c_int],
            [STEREO_SOURCES, 0],
            [0, 0],
        ];
        // SAFETY: null names the default driver; the list of attributes ends with a zero; both
        // results are checked before they are used.
        let loopback = unsafe {
            let device = (functions.open_loopback)(ptr::null());
            if device.is_null() {
                return Err("OpenAL Soft opens no loopback device".to_owned());
            }
            Self {
                api: std::sync::Arc::clone(api),
                device,
                context: (functions.create_context)(device, attributes.as_ptr().cast()),
            }
        };
        if loopback.context.is_null() {
            return Err("OpenAL Soft makes no context of stereo floats".to_owned());
        }
        loopback.make_current();
        let mut status = 0;
        // SAFETY: the device is open, and there is room for the one integer.
        unsafe { (functions.device_integers)(loopback.device, HRTF_STATUS, 1, &raw mut status) };
        if status != HRTF_ENABLED {
            return Err(format!("OpenAL Soft's HRTF is not on (status {status})"));
        }
        Ok(loopback)
    }

    /// All calls but [`Loopback::render`] are to the context that this was last called for.
    pub(super) fn make_current(&self) {
        // SAFETY: the context is not null and lives until `drop`.
        unsafe { (self.api.functions.make_current)(self.context) };
    }

    pub(super) fn version(&self) -> String {
        self.make_current();
        // SAFETY: a context is current; what comes back is null or a string that stays.
        unsafe {
            let version = (self.api.functions.string)(VERSION);
            if version.is_null() {
                return "unknown".to_owned();
            }
            CStr::from_ptr(version).to_string_lossy().into_owned()
        }
    }

    /// A sound to be played.
    pub(super) fn buffer(&self, samples: &[f32], rate: u32) -> Result<c_uint, String> {
        let mut buffer = 0;
        self.make_current();
        // SAFETY: there is room for the one name, and the size is that of the samples, which are
        // copied.
        unsafe {
            (self.api.functions.gen_buffers)(1, &raw mut buffer);
            (self.api.functions.buffer_data)(
                buffer,
                FORMAT_MONO_FLOAT32,
                samples.as_ptr().cast(),
                size_of_val(samples) as c_int,
                rate as c_int,
            );
        }
        self.check("takes no sound of floats")?;
        Ok(buffer)
    }

    /// A source that plays a buffer in a loop from a frame on.
    pub(super) fn source(
        &self,
        buffer: c_uint,
        start: usize,
        at: [f32; 3],
    ) -> Result<c_uint, String> {
        let functions = &self.api.functions;
        let (mut source, mut state) = (0, 0);
        self.make_current();
        // SAFETY: there is room for the one name and the one state; names that do not exist are
        // errors of OpenAL's, which are checked.
        unsafe {
            (functions.gen_sources)(1, &raw mut source);
            (functions.set_integer)(source, BUFFER, buffer as c_int);
            (functions.set_integer)(source, LOOPING, 1);
            (functions.set_integer)(source, SAMPLE_OFFSET, start as c_int);
            (functions.set_vector)(source, POSITION, at[0], at[1], at[2]);
            (functions.play)(source);
            (functions.get_integer)(source, SOURCE_STATE, &raw mut state);
        }
        self.check("takes no further source")?;
        if state == PLAYING {
            Ok(source)
        } else {
            Err("OpenAL Soft does not play a source".to_owned())
        }
    }

    /// Tells where a source of the current context is.
    pub(super) fn place(&self, source: c_uint, [x, y, z]: [f32; 3]) {
        // SAFETY: plain values; a name that does not exist is an error of OpenAL's.
        unsafe { (self.api.functions.set_vector)(source, POSITION, x, y, z) };
    }

    pub(super) fn render(&mut self, block: &mut [StereoFrame]) {
        // SAFETY: the device renders stereo floats, which is what a `StereoFrame` is laid out as, and
        // is asked for as many as there is room for.
        unsafe {
            (self.api.functions.render)(
                self.device,
                block.as_mut_ptr().cast(),
                block.len() as c_int,
            );
        }
    }

    fn check(&self, problem: &str) -> Result<(), String> {
        // SAFETY: takes nothing.
        match unsafe { (self.api.functions.error)() } {
            NO_ERROR => Ok(()),
            code => Err(format!("OpenAL Soft {problem} (error {code:#x})")),
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        let functions = &self.api.functions;
        // SAFETY: nobody has them but this; a context must not be current when it is destroyed, nor
        // exist when its device is closed, which takes the sources and buffers along.
        unsafe {
            if !self.context.is_null() {
                (functions.make_current)(ptr::null_mut());
                (functions.destroy_context)(self.context);
            }
            (functions.close_device)(self.device);
        }
    }
}
