"""metrics: read back by the reference parser, and equal to what the services say."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.cli.conftest import Cli


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def pool(state: str, kind: str = "inference", organization: str = "Acme") -> tuple[str, tuple[tuple[str, str], ...]]:
    return "sage_pool_tokens", (("kind", kind), ("organization", organization), ("state", state))


@pytest.fixture
def used(cli: Cli, house: Path) -> Path:
    call = ["--model", "gpt-4o", "--prompt", "1200", "--completion", "34", "--id", "x1"]
    assert cli("usage", "record", "--user", "ada@acme.example", *call).code == 0
    assert cli("--as", "bo@acme.example", "requests", "create", "--kind", "inference", "--amount", "1M",
               "--reason", "x").code == 0  # fmt: skip
    return house


def test_a_parser_reads_every_family(cli: Cli, used: Path) -> None:
    text = cli("metrics").out
    assert text.endswith("# EOF\n")
    found = samples(text)
    assert found[pool("purchased")] == 5_000_000
    assert found[pool("used")] == 1_234
    assert found[pool("allocated")] + found[pool("unallocated")] == 5_000_000
    assert found["sage_members", (("organization", "Acme"),)] == 3
    assert found["sage_requests_pending", (("organization", "Acme"),)] == 1
    assert found["sage_requests_pending", (("organization", "Beta"),)] == 0
    assert found["sage_refused_calls_total", (("organization", "Acme"),)] == 0
    assert found["sage_last_event_timestamp_seconds", ()] == 1_795_435_200
    assert {name for name, _ in found} >= {"sage_build_info", "sage_stopped_users", "sage_reservations_held"}
    assert not [name for name, _ in found if not name.startswith("sage_")]


def test_what_doctor_found_is_told(cli: Cli, used: Path) -> None:
    assert ("sage_doctor_differences", ()) not in samples(cli("metrics").out)
    cli("doctor")
    found = samples(cli("metrics").out)
    assert found["sage_doctor_differences", ()] == 0
    assert found["sage_doctor_checked_timestamp_seconds", ()] == 1_795_435_200


def test_calls_in_flight_are_told_until_they_end(cli: Cli, used: Path) -> None:
    asked = ["usage", "reserve", "--user", "ada@acme.example", "--model", "gpt-4o", "--tokens", "500", "--json"]
    held = cli(*asked).json["reservation"]
    labels = (("kind", "inference"), ("organization", "Acme"))
    found = samples(cli("metrics").out)
    assert (found["sage_reservations_held", labels], found["sage_reserved_tokens", labels]) == (1, 500)
    assert cli("usage", "release", held).code == 0
    assert samples(cli("metrics").out)["sage_reservations_held", labels] == 0


def test_a_file_is_replaced_whole(cli: Cli, used: Path) -> None:
    target = used / "sage.prom"
    target.write_text("old\n" * 10_000)
    assert cli("metrics", "--output", target).code == 0
    assert target.read_text() == cli("metrics").out
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in used.iterdir() if path.name.startswith(".")] == []


def test_names_that_people_typed_cannot_break_a_line(cli: Cli, house: Path) -> None:
    assert cli("orgs", "add", 'Evil "} 9\\', "--inference", "2M").code == 0
    assert samples(cli("metrics").out)[pool("purchased", organization='Evil "} 9\\')] == 2_000_000


def test_members_and_administrators_may_not(cli: Cli, house: Path) -> None:
    assert cli("--as", "ada@acme.example", "metrics").code == 5


def test_the_dashboard_and_the_alerts_ask_for_metrics_that_there_are(cli: Cli, used: Path) -> None:
    cli("doctor")
    known = {name for name, _ in samples(cli("metrics").out)}
    monitoring = Path(__file__).parents[2] / "docs" / "monitoring"
    dashboard = json.loads((monitoring / "grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += re.findall(r"^ +expr: (.+)$", (monitoring / "alerts.yml").read_text("utf-8"), re.MULTILINE)
    assert len(asked) > 15
    wanted = {name for text in asked for name in re.findall(r"\bsage_\w+", text)}
    assert wanted <= known
