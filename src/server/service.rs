//! The two calls, under both names.

use std::sync::Arc;

use tonic::{Request, Response, Status, async_trait};

use crate::geometry::check_coordinates;
use crate::proto::positin_service_server::PositinService;
use crate::proto::position_service_server::PositionService;
use crate::proto::{Msg, Pos, Position};

use super::gate::Gate;
use super::motion::Motion;

/// What the service answers.
#[derive(Debug)]
pub(super) struct PositionAnswers {
    motion: Motion,
    gate: Arc<Gate>,
}

impl PositionAnswers {
    pub(super) fn new(motion: Motion, gate: Arc<Gate>) -> Self {
        Self { motion, gate }
    }

    fn request(&self) -> Position {
        let [x, y, z] = self.motion.now();
        Position {
            position: Some(Pos { x, y, z }),
            status: 0,
            msg: String::new(),
        }
    }

    fn publish(&self, published: &Position) -> Result<Msg, Status> {
        self.motion.publish(check_publication(published)?);
        Ok(Msg {
            status: 0,
            msg: "ok".into(),
        })
    }
}

/// The coordinates of a publication.
///
/// # Errors
/// `INVALID_ARGUMENT` with the field that is wrong.
pub fn check_publication(published: &Position) -> Result<[f32; 3], Status> {
    if published.status != 0 {
        return Err(Status::invalid_argument(format!(
            "status is {}, not the 0 of a good position",
            published.status
        )));
    }
    let Some(Pos { x, y, z }) = published.position else {
        return Err(Status::invalid_argument("position is missing"));
    };
    check_coordinates([x, y, z].map(f64::from))
        .map_err(|error| Status::invalid_argument(format!("position.{error}")))?;
    Ok([x, y, z])
}

#[async_trait]
impl PositionService for PositionAnswers {
    async fn position_req(&self, asked: Request<Msg>) -> Result<Response<Position>, Status> {
        self.gate.check_question(&asked)?;
        Ok(Response::new(self.request()))
    }

    async fn position_pub(&self, published: Request<Position>) -> Result<Response<Msg>, Status> {
        self.gate.check_publication(&published)?;
        self.publish(published.get_ref()).map(Response::new)
    }
}

#[async_trait]
impl PositinService for PositionAnswers {
    async fn position_req(&self, asked: Request<Msg>) -> Result<Response<Position>, Status> {
        self.gate.check_question(&asked)?;
        Ok(Response::new(self.request()))
    }

    async fn position_pub(&self, published: Request<Position>) -> Result<Response<Msg>, Status> {
        self.gate.check_publication(&published)?;
        self.publish(published.get_ref()).map(Response::new)
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::super::Security;
    use super::*;
    use crate::files::load_trajectory;

    #[tokio::test]
    async fn a_bad_publication_is_refused_with_its_field_and_the_last_good_one_stays() {
        let still = load_trajectory("static:0,0,0").unwrap();
        let gate = Gate::new(&Security::default(), ([127, 0, 0, 1], 1).into());
        let answers = PositionAnswers::new(Motion::new(still, None), Arc::new(gate));
        let at = |x, y, z| Position {
            position: Some(Pos { x, y, z }),
            ..Position::default()
        };
        assert_eq!(answers.publish(&at(1.0, 2.0, 3.0)).unwrap().status, 0);
        let refused = |bad: Position, expected: &str| {
            let status = answers.publish(&bad).expect_err(expected);
            assert_eq!(status.code(), Code::InvalidArgument, "{expected}");
            assert_eq!(status.message(), expected);
            assert_eq!(answers.request(), at(1.0, 2.0, 3.0), "after {expected}");
        };
        refused(
            at(f32::NAN, 0.0, 0.0),
            "position.x is NaN, not a finite number",
        );
        refused(
            at(0.0, f32::NEG_INFINITY, 0.0),
            "position.y is -inf, not a finite number",
        );
        refused(
            at(0.0, 0.0, 1_000_001.0),
            "position.z is 1000001, beyond 1000000 m",
        );
        refused(Position::default(), "position is missing");
        refused(
            Position {
                status: -1,
                ..at(4.0, 5.0, 6.0)
            },
            "status is -1, not the 0 of a good position",
        );
        assert_eq!(answers.publish(&at(0.0, 0.0, 0.0)).unwrap().status, 0);
        assert_eq!(answers.request(), at(0.0, 0.0, 0.0));
    }
}
