"""metrics: OpenMetrics text for monitoring, written whole."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from sage_tui.cli.output import answer, write
from sage_tui.cli.state import current
from sage_tui.cli.world import context
from sage_tui.domain.text import clean

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from sage_tui.services.metrics import Family


def metrics(
    output: Annotated[str, typer.Option("--output", metavar="FILE", help="replaced whole; else standard output")] = "",
) -> None:
    """Print numbers for monitoring as OpenMetrics text, or write them into a file for a collector.

    Example: sage-tui metrics --output /var/lib/node_exporter/sage.prom
    """
    from sage_tui.services import metrics as service
    from sage_tui.services.export_files import FileSink

    families = service.metrics(context())
    if current().json:
        samples = [
            {"name": family.name, "labels": dict(sample.labels), "value": sample.value}
            for family in families
            for sample in family.samples
        ]
        answer({"metrics": samples})
        return
    text = rendered(families)
    if not output:
        write(text.rstrip("\n"))
        return
    with FileSink(output, replace=True) as sink:
        sink.write(text.encode())
        sink.publish()
    answer({"path": sink.path, "bytes": sink.count}, f"{sink.path}: {sink.count:,} bytes")


def rendered(families: "tuple[Family, ...]") -> str:
    """OpenMetrics text of all families; names of organizations are cleaned, and escaped by the library."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.openmetrics.exposition import generate_latest
    from prometheus_client.registry import Collector

    class Once(Collector):
        """All families, as they were read."""

        def collect(self) -> "Iterable[Metric]":
            return [_family(one) for one in families]

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Once())
    return str(generate_latest(registry).decode())


def _family(one: "Family") -> "Metric":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

    if one.name == "sage_build":
        found = InfoMetricFamily(one.name, one.says)
        for sample in one.samples:
            found.add_metric([], {name: clean(value, limit=200) for name, value in sample.labels})
        return found
    names = [name for name, _ in one.samples[0].labels] if one.samples else []
    kind = CounterMetricFamily if one.counter else GaugeMetricFamily
    family = kind(one.name, one.says, labels=names)
    for sample in one.samples:
        family.add_metric([clean(value, limit=200) for _, value in sample.labels], sample.value)
    return family


def add(app: typer.Typer) -> None:
    """Hang the command into the tree."""
    app.command()(metrics)
