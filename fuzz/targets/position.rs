//! Any bytes as a `Position` from the wire: refused in words that a log can take, or coordinates, by
//! the daemon and by the bundled server alike.

#![no_main]

use binaurald::position::check_answer;
use binaurald::proto::Position;
use binaurald::server::check_publication;
use libfuzzer_sys::fuzz_target;
use prost::Message;

/// The longest refusal, in bytes: 200 characters of the server's own words, each of them escaped.
const LONGEST: usize = 2_500;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Position::decode(bytes) else {
        return;
    };
    let answer = check_answer(&message);
    let publication = check_publication(&message);
    if let Ok(coordinates) = &answer {
        assert!(coordinates.iter().all(|value| value.abs() <= 1e6));
    }
    let as_bits = |coordinates: [f32; 3]| coordinates.map(f32::to_bits);
    assert_eq!(
        answer.clone().ok().map(as_bits),
        publication.as_ref().ok().copied().map(as_bits)
    );
    let refusals = [
        answer.err().map(|refusal| refusal.to_string()),
        publication.err().map(|status| status.message().to_owned()),
    ];
    for refusal in refusals.into_iter().flatten() {
        assert!(!refusal.is_empty() && refusal.len() <= LONGEST);
        assert!(!refusal.contains(char::is_control));
    }
});
