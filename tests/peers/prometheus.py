"""Reads a page of metrics from standard input, as strictly as Prometheus' own client does."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
assert all(family.documentation and family.samples for family in families)
print(len(families), "families")
