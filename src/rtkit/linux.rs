//! Asking `RealtimeKit` by the system's bus.

use std::time::Duration;

use rlimit::Resource;
use zbus::fdo;

use super::RtkitError;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(2);

#[zbus::proxy(
    interface = "org.freedesktop.RealtimeKit1",
    default_service = "org.freedesktop.RealtimeKit1",
    default_path = "/org/freedesktop/RealtimeKit1",
    gen_blocking = false
)]
trait RealtimeKit {
    fn make_thread_realtime(&self, thread: u64, priority: u32) -> zbus::Result<()>;

    #[zbus(property)]
    fn max_realtime_priority(&self) -> zbus::Result<i32>;

    #[zbus(property, name = "RTTimeUSecMax")]
    fn rttime_usec_max(&self) -> zbus::Result<i64>;
}

/// Asks for real-time priority for a thread of this process, by the kernel's number of it: the
/// given one, or the highest that is given. Takes 2 s at most.
///
/// # Errors
/// [`RtkitError`], when the thread did not get it.
pub async fn lend(thread: i32, priority: u8) -> Result<(), RtkitError> {
    let asked = tokio::time::timeout(LIMIT, ask(thread, priority)).await;
    asked.map_err(|_| RtkitError::Timeout)?
}

async fn ask(thread: i32, priority: u8) -> Result<(), RtkitError> {
    let bus = zbus::Connection::system()
        .await
        .map_err(|_| RtkitError::Absent)?;
    let kit = RealtimeKitProxy::new(&bus).await.map_err(refused)?;
    let longest = kit.rttime_usec_max().await.map_err(refused)?;
    let highest = kit.max_realtime_priority().await.map_err(refused)?;
    limit_rttime(u64::try_from(longest).unwrap_or(0)).map_err(RtkitError::Limit)?;
    let priority = i32::from(priority).min(highest).max(1).unsigned_abs();
    let thread = u64::from(thread.unsigned_abs());
    kit.make_thread_realtime(thread, priority)
        .await
        .map_err(refused)
}

/// Both limits are the same: between the first, which signals, and the second, which kills,
/// nothing could be done on a machine of one core.
fn limit_rttime(microseconds: u64) -> std::io::Result<()> {
    let (soft, hard) = Resource::RTTIME.get()?;
    Resource::RTTIME.set(soft.min(microseconds), hard.min(microseconds))
}

fn refused(error: zbus::Error) -> RtkitError {
    let text = match error {
        zbus::Error::MethodError(name, text, _) if is_absent(name.as_str()) => {
            tracing::debug!("rtkit: {name}: {}", text.unwrap_or_default());
            return RtkitError::Absent;
        }
        zbus::Error::FDO(error) if is_absence(&error) => return RtkitError::Absent,
        zbus::Error::MethodError(name, text, _) => text.unwrap_or(name.to_string()),
        other => other.to_string(),
    };
    RtkitError::Refused(text)
}

/// What a bus says of a service that is not there, and cannot be started.
fn is_absent(name: &str) -> bool {
    name.ends_with(".ServiceUnknown")
        || name.ends_with(".NameHasNoOwner")
        || name.contains(".Spawn.")
}

fn is_absence(error: &fdo::Error) -> bool {
    matches!(
        error,
        fdo::Error::ServiceUnknown(_)
            | fdo::Error::NameHasNoOwner(_)
            | fdo::Error::SpawnServiceNotFound(_)
    )
}
