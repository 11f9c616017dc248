//! A snapshot as the text that Prometheus reads. `docs/metrics.md` has the table.

use std::fmt::Error;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::histogram::Histogram;
use super::snapshot::Snapshot;
use super::status::{CallbackStatus, OutputStatus, PositionStatus, ServerStatus};

/// What the text is, as HTTP says it.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The text.
///
/// # Errors
/// When something cannot be written, which a string does not do.
pub(super) fn encoded(snapshot: &Arc<Snapshot>) -> Result<String, Error> {
    let mut registry = Registry::with_prefix("binaurald");
    registry.register_collector(Box::new(Metrics(Arc::clone(snapshot))));
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry)?;
    Ok(text)
}

/// All metrics of a snapshot.
#[derive(Debug)]
struct Metrics(Arc<Snapshot>);

impl Collector for Metrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        let Snapshot {
            status,
            round_trips,
            callback_loads,
        } = self.0.as_ref();
        let mut page = Page(encoder);
        page.info("build", "What runs", [("version", status.version.as_str())])?;
        page.server(&status.server, round_trips)?;
        page.position(&status.position)?;
        page.callback(&status.callback, callback_loads)?;
        page.output(&status.output)?;
        let reloads = &status.reloads;
        page.counters(
            "reloads",
            "Reloads of the configuration, by what came of them",
            "result",
            &[("applied", reloads.applied), ("refused", reloads.refused)],
        )
    }
}

/// The page as it is written.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn server(&mut self, server: &ServerStatus, round_trips: &Histogram) -> Result<(), Error> {
        self.counter("position_polls", "Calls to the server", server.polls)?;
        self.counter(
            "position_answers",
            "Calls that the server answered, with whatever",
            server.answers,
        )?;
        self.counter(
            "positions",
            "Answers that were other positions than the one before",
            server.positions,
        )?;
        self.counters(
            "positions_rejected",
            "Answers that were no positions, by the reason",
            "reason",
            &server.rejected.by_reason(),
        )?;
        self.counter(
            "position_timeouts",
            "Calls that were not answered in time",
            server.timeouts,
        )?;
        self.counter(
            "position_losses",
            "Times that the server was lost",
            server.losses,
        )?;
        self.counter(
            "position_reconnects",
            "Times that the server was back after it had been lost",
            server.reconnects,
        )?;
        let help = "1: the server answered the newest call, with whatever";
        self.flag("position_connected", help, server.connected)?;
        let help = "From a call to its answer";
        self.histogram(
            "position_round_trip",
            help,
            Some(&Unit::Seconds),
            round_trips,
        )
    }

    fn position(&mut self, position: &PositionStatus) -> Result<(), Error> {
        // Not `position_stale`: the counter below is the family of that name.
        let help = "1: no good answer for longer than --stale-after";
        self.flag("position_is_stale", help, position.stale)?;
        self.counter(
            "position_stale",
            "Times that the position became stale",
            position.times_stale,
        )?;
        let Some(age_s) = position.age_s else {
            return Ok(());
        };
        let help = "Since the newest good answer, an equal one too";
        let unit = Unit::Seconds;
        let gauge = self.metric("position_age", help, Some(&unit), MetricType::Gauge)?;
        ConstGauge::new(age_s).encode(gauge)
    }

    fn callback(&mut self, callback: &CallbackStatus, loads: &Histogram) -> Result<(), Error> {
        self.counter(
            "callbacks",
            "Blocks that the device asked for",
            callback.calls,
        )?;
        self.counter(
            "frames",
            "Frames that the device asked for",
            callback.frames,
        )?;
        self.counter(
            "callbacks_unread",
            "Blocks that callback_load and deadline_misses do not know of",
            callback.calls_unread,
        )?;
        let help = "Time of a block over what its frames play";
        self.histogram("callback_load", help, None, loads)?;
        self.counter(
            "deadline_misses",
            "Blocks that took longer than their frames play",
            callback.deadline_misses,
        )?;
        let xruns = &callback.xruns;
        self.counters(
            "xruns",
            "Drop-outs: those that the device told, and blocks that were asked for a block late",
            "kind",
            &[("reported", xruns.reported), ("late", xruns.late)],
        )?;
        self.counters(
            "stream_errors",
            "What streams told, by kind",
            "kind",
            &callback.stream_errors.by_kind(),
        )?;
        self.counter(
            "renderer_panics",
            "Failures of the renderer, after which it was made anew",
            callback.renderer_panics,
        )
    }

    fn output(&mut self, output: &OutputStatus) -> Result<(), Error> {
        self.flag("stream_up", "1: the device asks for sound", output.up)?;
        self.counter(
            "stream_rebuilds",
            "Streams that were opened in place of a lost one",
            output.rebuilds,
        )?;
        self.counter(
            "limited_frames",
            "Frames in which the limiter held the level down",
            output.limited_frames,
        )?;
        let help = "Highest sample of the last second, 1 is full scale";
        let mut gauges = self.metric("output_peak", help, None, MetricType::Gauge)?;
        for (ear, peak) in [("left", output.left_peak), ("right", output.right_peak)] {
            ConstGauge::new(peak).encode(gauges.encode_family(&[("ear", ear)])?)?;
        }
        Ok(())
    }

    fn metric<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        unit: Option<&'s Unit>,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, Error> {
        self.0.encode_descriptor(name, help, unit, kind)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> Result<(), Error> {
        let counter = self.metric(name, help, None, MetricType::Counter)?;
        ConstCounter::new(value).encode(counter)
    }

    /// A counter for each value of a label.
    fn counters(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, u64)],
    ) -> Result<(), Error> {
        let mut counters = self.metric(name, help, None, MetricType::Counter)?;
        for (value, count) in values {
            ConstCounter::new(*count).encode(counters.encode_family(&[(label, *value)])?)?;
        }
        Ok(())
    }

    /// A gauge that is 1 or 0.
    fn flag(&mut self, name: &str, help: &str, is_set: bool) -> Result<(), Error> {
        let gauge = self.metric(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(u64::from(is_set)).encode(gauge)
    }

    fn info(&mut self, name: &str, help: &str, labels: [(&str, &str); 1]) -> Result<(), Error> {
        self.metric(name, help, None, MetricType::Info)?
            .encode_info(&labels)
    }

    fn histogram(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        values: &Histogram,
    ) -> Result<(), Error> {
        self.metric(name, help, unit, MetricType::Histogram)?
            .encode_histogram::<NoLabelSet>(values.sum(), values.count(), &values.buckets(), None)
    }
}
