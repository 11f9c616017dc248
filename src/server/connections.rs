//! Who is connected, and who has to go when there are too many.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Limits;
use super::limits::ENDING_CONNECTIONS;
use super::notice::Notice;

/// A client that calls more often than this keeps its connection, whoever else wants one.
const BUSY: Duration = Duration::from_secs(2);

/// A new connection keeps its place for so long while there are others to spare, so that its first
/// call can come.
const NEW: Duration = Duration::from_secs(1);

/// Calls in a row that a client may take back before their answer. One that takes back what is
/// late gets there only when nothing is answered at all.
const TAKEN_BACK: usize = 20;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// There was an answer to send.
    Answered,
    /// The client did not wait for one.
    TakenBack,
    /// It was beyond a limit.
    Refused,
}

/// All connections, from the moment that they are accepted until they are closed.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    /// Cancelled to cut all of them.
    cut: CancellationToken,
    began: Instant,
    /// By numbers, in the order in which they came.
    seats: Mutex<BTreeMap<u64, Arc<Seat>>>,
    crowded: Notice,
    refused: Notice,
    silent: Notice,
}

/// What is known of one connection.
#[derive(Debug)]
pub(super) struct Seat {
    network: IpAddr,
    cut: CancellationToken,
    began: Instant,
    /// When it was accepted, after `began`.
    came: Duration,
    /// When its last call began, in milliseconds after `began`, plus one; 0: it made none.
    last_call: AtomicU64,
    /// Calls that it took back before their answer, since one that was answered.
    taken_back: AtomicUsize,
    /// Its calls in flight.
    pub(super) calls: AtomicUsize,
}

impl Seat {
    /// Where it is connected from: an address, or an IPv6 network.
    pub(super) fn network(&self) -> IpAddr {
        self.network
    }

    /// Notes that a call begins.
    pub(super) fn note_call(&self) {
        let now = self.began.elapsed().as_millis() as u64;
        self.last_call.store(now + 1, Ordering::Relaxed);
    }

    /// Notes how a call ended. Who does nothing but take back calls is cut; those that are refused
    /// say nothing of that.
    pub(super) fn note_end(&self, ended: Ended) {
        match ended {
            Ended::Answered => self.taken_back.store(0, Ordering::Relaxed),
            Ended::Refused => {}
            Ended::TakenBack => {
                if self.taken_back.fetch_add(1, Ordering::Relaxed) >= TAKEN_BACK {
                    self.cut.cancel();
                }
            }
        }
    }

    /// Resolves when the connection is to end, or has ended.
    pub(super) async fn over(&self) {
        self.cut.cancelled().await;
    }

    /// The rank among those that can be spared, the lowest first: connections without a call, then
    /// those whose last call is long ago, then new ones; in each the oldest first. `None`: busy.
    fn idleness(&self, now: Duration) -> Option<(u8, Duration)> {
        match self.last_call() {
            None if now >= self.came + NEW => Some((0, self.came)),
            None => Some((2, self.came)),
            Some(at) if now >= at + BUSY => Some((1, at)),
            Some(_) => None,
        }
    }

    /// When its last call began; `None` before the first.
    fn last_call(&self) -> Option<Duration> {
        let last_call = self.last_call.load(Ordering::Relaxed).checked_sub(1);
        last_call.map(Duration::from_millis)
    }
}

/// A place among the connections; free again when it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    number: u64,
    seat: Arc<Seat>,
    connections: Arc<Connections>,
}

impl Ticket {
    pub(super) fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }

    /// Cancelled when the connection has to end.
    pub(super) fn cut(&self) -> CancellationToken {
        self.seat.cut.clone()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.seat.cut.cancel();
        self.connections.lock().remove(&self.number);
    }
}

impl Connections {
    /// Nobody yet; all are cut when `cut` is cancelled.
    pub(super) fn new(limits: Limits, cut: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            limits,
            cut,
            began: Instant::now(),
            seats: Mutex::default(),
            crowded: Notice::default(),
            refused: Notice::default(),
            silent: Notice::default(),
        })
    }

    /// A place for a connection from `peer`, where there are too many in the place of one that can
    /// be spared; `None` when all of them are busy.
    pub(super) fn admit(self: &Arc<Self>, peer: SocketAddr) -> Option<Ticket> {
        let network = network(peer.ip());
        let mut seats = self.lock();
        if !self.make_room(&seats, network) {
            drop(seats);
            self.refused.tell(format_args!(
                "too many connections: refused one from {peer}"
            ));
            return None;
        }
        let number = seats.last_key_value().map_or(0, |(last, _)| last + 1);
        let seat = Arc::new(Seat {
            network,
            cut: self.cut.child_token(),
            began: self.began,
            came: self.began.elapsed(),
            last_call: AtomicU64::new(0),
            taken_back: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        });
        seats.insert(number, Arc::clone(&seat));
        Some(Ticket {
            number,
            seat,
            connections: Arc::clone(self),
        })
    }

    /// How fast each of them is read.
    pub(super) fn bytes_per_second(&self) -> u32 {
        self.limits.bytes_per_second
    }

    /// Cuts the connection when its first call does not come in time.
    pub(super) async fn expect_call(&self, seat: &Seat) {
        tokio::time::sleep(self.limits.first_call).await;
        if seat.last_call().is_none() {
            seat.cut.cancel();
            self.silent.tell(format_args!(
                "cut a connection from {} that made no call in {:?}",
                seat.network, self.limits.first_call
            ));
        }
    }

    /// Whether there is room for one more from `network`, if need be in the place of another.
    fn make_room(&self, seats: &BTreeMap<u64, Arc<Seat>>, network: IpAddr) -> bool {
        // Each of them holds a file descriptor, those that are being closed too.
        if seats.len() >= self.limits.connections + ENDING_CONNECTIONS {
            return false;
        }
        let open = || seats.values().filter(|seat| !seat.cut.is_cancelled());
        let neighbours = || open().filter(|seat| seat.network == network);
        let victim = if neighbours().count() >= self.limits.connections_per_address {
            self.idlest(neighbours())
        } else if open().count() >= self.limits.connections {
            self.idlest(open())
        } else {
            return true;
        };
        if let Some(seat) = victim {
            seat.cut.cancel();
            self.crowded.tell(format_args!(
                "too many connections: cut an idle one from {}",
                seat.network
            ));
        }
        victim.is_some()
    }

    /// Who can be spared the most; nobody when all are busy.
    fn idlest<'a>(&self, seats: impl Iterator<Item = &'a Arc<Seat>>) -> Option<&'a Arc<Seat>> {
        let now = self.began.elapsed();
        let ranked = seats.filter_map(|seat| Some((seat.idleness(now)?, seat)));
        ranked.min_by_key(|(rank, _)| *rank).map(|(_, seat)| seat)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Seat>>> {
        // Entries are put in and taken out whole: a panic elsewhere cannot have left half of one.
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Those who share an address: of IPv6, a host has a whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(connections: usize, per_address: usize) -> Arc<Connections> {
        let limits = Limits {
            connections,
            connections_per_address: per_address,
            ..Limits::default()
        };
        Connections::new(limits, CancellationToken::new())
    }

    fn from(host: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, host], 40_000))
    }

    fn is_cut(ticket: &Ticket) -> bool {
        ticket.seat.cut.is_cancelled()
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_called_makes_room_before_who_called_long_ago() {
        let connections = limited(3, 3);
        let called = connections.admit(from(1)).unwrap();
        called.seat.note_call();
        tokio::time::advance(Duration::from_secs(60)).await;
        let silent = connections.admit(from(2)).unwrap();
        let later = connections.admit(from(3)).unwrap();
        tokio::time::advance(NEW).await;
        let newcomer = connections.admit(from(4)).unwrap();
        assert!(is_cut(&silent) && !is_cut(&later) && !is_cut(&called));
        let another = connections.admit(from(5)).unwrap();
        assert!(is_cut(&later) && !is_cut(&called));
        // Those who came just now have time for their first call.
        let third = connections.admit(from(6)).unwrap();
        assert!(is_cut(&called) && !is_cut(&newcomer) && !is_cut(&another));
        let _fourth = connections.admit(from(7)).unwrap();
        assert!(is_cut(&newcomer) && !is_cut(&another) && !is_cut(&third));
    }

    #[tokio::test(start_paused = true)]
    async fn busy_clients_stay_and_the_newcomer_is_refused() {
        let connections = limited(2, 2);
        let clients = [1, 2].map(|host| connections.admit(from(host)).unwrap());
        for _ in 0..100 {
            for client in &clients {
                client.seat.note_call();
            }
            tokio::time::advance(BUSY / 2).await;
            assert!(connections.admit(from(3)).is_none());
        }
        assert!(!clients.iter().any(is_cut));
        drop(clients);
        assert!(connections.admit(from(3)).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn one_address_takes_places_from_itself_alone() {
        let connections = limited(10, 2);
        let other = connections.admit(from(1)).unwrap();
        let first = connections.admit(from(2)).unwrap();
        let _second = connections.admit(from(2)).unwrap();
        let _third = connections.admit(from(2)).unwrap();
        assert!(is_cut(&first) && !is_cut(&other));
    }

    #[tokio::test]
    async fn hosts_of_one_network_share_an_address() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("2001:db8:1:2::3", "2001:db8:1:2:ffff::1"));
        assert!(!same("2001:db8:1:2::3", "2001:db8:1:3::3"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }

    #[tokio::test(start_paused = true)]
    async fn connections_that_take_their_time_to_end_count_until_they_have() {
        let connections = limited(1, 1);
        let mut tickets: Vec<Ticket> = (0..=ENDING_CONNECTIONS)
            .map(|_| connections.admit(from(1)).unwrap())
            .collect();
        assert!(connections.admit(from(2)).is_none());
        tickets.remove(0);
        assert!(connections.admit(from(2)).is_some());
    }

    #[tokio::test]
    async fn who_takes_back_every_call_is_cut_and_who_takes_back_some_is_not() {
        let connections = limited(3, 3);
        let clients = [1, 2, 3].map(|host| connections.admit(from(host)).unwrap());
        let [some, every, refused] = &clients;
        for call in 0..=TAKEN_BACK {
            let is_answered = call % 10 == 9;
            some.seat.note_end(if is_answered {
                Ended::Answered
            } else {
                Ended::TakenBack
            });
            refused.seat.note_end(Ended::Refused);
            assert!(!is_cut(every));
            every.seat.note_end(Ended::Refused);
            every.seat.note_end(Ended::TakenBack);
        }
        assert!(is_cut(every) && !is_cut(some) && !is_cut(refused));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_cut_when_its_first_call_does_not_come() {
        let connections = limited(2, 2);
        let [silent, called] = [1, 2].map(|host| connections.admit(from(host)).unwrap());
        called.seat.note_call();
        let began = Instant::now();
        connections.expect_call(&called.seat).await;
        assert!(!is_cut(&called));
        connections.expect_call(&silent.seat).await;
        assert!(is_cut(&silent));
        assert_eq!(began.elapsed(), 2 * connections.limits.first_call);
    }
}
