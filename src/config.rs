//! What the options mean: the defaults in one place, and the validated configuration of a command.

/// `--head`
pub const DEFAULT_HEAD: &str = "sphere";
/// `--ref-distance`, in metres.
pub const DEFAULT_REF_DISTANCE_M: f64 = 1.0;
/// `--max-distance`, in metres.
pub const DEFAULT_MAX_DISTANCE_M: f64 = 100.0;
/// `--rolloff`
pub const DEFAULT_ROLLOFF: f64 = 1.0;
/// `--min-distance`, in metres.
pub const DEFAULT_MIN_DISTANCE_M: f64 = 0.2;
/// `--head-radius`, in metres.
pub const DEFAULT_HEAD_RADIUS_M: f64 = 0.0875;
/// `--speed-of-sound`, in metres a second.
pub const DEFAULT_SPEED_OF_SOUND_M_S: f64 = 343.0;
/// `--max-speed`, in metres a second.
pub const DEFAULT_MAX_SPEED_M_S: f64 = 100.0;
/// `--server`
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";
/// `--poll-hz`, in polls a second.
pub const DEFAULT_POLL_HZ: f64 = 60.0;
/// `--timeout`, in milliseconds.
pub const DEFAULT_TIMEOUT_MS: u64 = 250;
/// `--buffer-frames`, in frames.
pub const DEFAULT_BUFFER_FRAMES: u32 = 512;
/// `serve --listen`
pub const DEFAULT_LISTEN: &str = "127.0.0.1:50051";
