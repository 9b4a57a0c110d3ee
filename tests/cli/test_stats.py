"""stats: one object with rows and a total, the same numbers in CSV and in words, and what is wrong named."""

import csv
import io
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

MAP = ["--map", "at=at,user=user,model=model,prompt_tokens=in,completion_tokens=out,status=status,id=id,kind=kind"]


@pytest.fixture
def used(cli: Cli, house: Path) -> Path:
    """Acme: 120 and 300 of gpt-4o this month (one failed), 50 embedding, 10 of a robot; 400 in October. Beta: 42."""
    rows = [
        "2026-11-22T08:00:00Z,ada@acme.example,gpt-4o,100,20,success,a1,inference",
        "2026-11-21T09:00:00Z,bo@acme.example,gpt-4o,300,0,failure,a2,inference",
        "2026-11-22T10:00:00Z,ada@acme.example,text-embedding-3-large,50,0,success,a3,embedding",
        "2026-11-22T11:00:00Z,svc-nobody,gpt-4o,7,3,success,a4,inference",
        "2026-10-05T11:00:00Z,ada@acme.example,o1,400,0,success,a5,inference",
    ]
    for name, lines in (
        ("acme", rows),
        ("beta", ["2026-11-22T12:00:00Z,dee@beta.example,gpt-4o,40,2,success,b1,inference"]),
    ):
        path = house / f"{name}.csv"
        path.write_text("\n".join(["at,user,model,in,out,status,id,kind", *lines]) + "\n")
        assert cli("import", "usage", path, *MAP, "--org", name).code == 0
    return house


def rows(said: dict[str, object], name: str) -> dict[object, tuple[int, int]]:
    return {row[name]: (row["inference"], row["embedding"]) for row in said["rows"]}  # type: ignore[attr-defined]


class TestViews:
    def test_by_month_of_this_year(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "month", "--org", "acme", "--json").json
        found = rows(said, "month")
        assert (found["2026-11"], found["2026-10"], found["2026-09"]) == ((430, 50), (400, 0), (0, 0))
        assert said["total"] == {"inference": 830, "embedding": 50}
        assert (said["from"], said["to"]) == ("2026-01-01", "2026-12-31")

    def test_by_day_with_days_of_ones_own(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "days", "--org", "acme", "--from", "2026-11-21", "--to", "2026-11-22", "--json").json
        assert rows(said, "day") == {"2026-11-21": (300, 0), "2026-11-22": (130, 50)}
        assert said["before"] == {"from": "2026-11-19", "to": "2026-11-20", "inference": 0, "embedding": 0}

    def test_by_model_person_and_department(self, cli: Cli, used: Path) -> None:
        models = cli("stats", "models", "--org", "acme", "--json").json
        assert rows(models, "model") == {"gpt-4o": (430, 0), "text-embedding-3-large": (0, 50)}
        people = cli("stats", "users", "--org", "acme", "--json").json
        assert rows(people, "email") == {
            "bo@acme.example": (300, 0), "ada@acme.example": (120, 50), "svc-nobody": (10, 0)
        }  # fmt: skip
        departments = cli("stats", "departments", "--org", "acme", "--json").json
        assert rows(departments, "department") == {"Research": (420, 50), None: (10, 0)}

    def test_the_largest_and_the_rest(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "users", "--org", "acme", "--top", "1", "--json").json
        assert rows(said, "email") == {"bo@acme.example": (300, 0)}
        assert said["rest"] == {"count": 2, "inference": 130, "embedding": 50}
        assert "2 more" in cli("stats", "users", "--org", "acme", "--top", "1").out

    def test_filters_narrow_each_view(self, cli: Cli, used: Path) -> None:
        narrower = ["--kind", "inference", "--model", "gpt-4o", "--user", "ada@acme.example"]
        assert cli("stats", "days", *narrower, "--json").json["total"] == {"inference": 120, "embedding": 0}
        said = cli("stats", "models", "--department", "Research", "--json").json
        assert said["total"] == {"inference": 420, "embedding": 50}

    def test_counts_beside_charges(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "models", "--org", "acme", "--counts", "--json").json
        first = said["rows"][0]
        assert (first["inference_counted"], first["inference_prompt_tokens"], first["inference_calls"]) == (430, 407, 3)
        assert (first["inference_failures"], first["inference_corrected"]) == (1, 0)

    def test_csv_has_the_rows_and_words_have_the_change(self, cli: Cli, used: Path) -> None:
        found = list(csv.DictReader(io.StringIO(cli("stats", "models", "--org", "acme", "--csv").out)))
        assert [(row["model"], row["inference"]) for row in found] == [
            ("gpt-4o", "430"),
            ("text-embedding-3-large", "0"),
        ]
        said = cli("stats", "models", "--org", "acme")
        assert "total                   " in said.out
        assert "inference: 430 (+7.5%) against 400 in 2026-10-01 to 2026-10-23" in said.err
        assert "embedding: 50 after nothing in" in said.err

    def test_an_administrator_sees_their_organization_alone(self, cli: Cli, used: Path) -> None:
        assert cli("stats", "month", "--json").json["total"]["inference"] == 872
        assert cli("users", "role", "ada@acme.example", "admin").code == 0
        assert cli("--as", "ada@acme.example", "stats", "month", "--json").json["total"]["inference"] == 830
        assert cli("--as", "ada@acme.example", "stats", "month", "--org", "beta").code == 3
        assert cli("--as", "bo@acme.example", "stats", "month").code == 5

    @pytest.mark.parametrize(
        ("words", "code", "says"),
        [
            (["days", "--from", "soon"], 2, "from: 'soon' is not a time"),
            (["days", "--from", "2026-11-02", "--to", "2026-11-01"], 2, "to: 2026-11-01 is before 2026-11-02"),
            (["days", "--kind", "training"], 2, "there is no kind 'training'"),
            (["days", "--model", "nope"], 3, "There is no model 'nope'"),
            (["days", "--user", "nobody@acme.example"], 3, "no user"),
            (["days", "--department", "Nope"], 3, "Nobody is in a department 'Nope'"),
            (["allocations", "--month", "2027-01"], 3, "2027-01 is still to come"),
            (["allocations", "--month", "13"], 2, "is not a month"),
            (["days", "--org", "nope"], 3, "no such organization"),
        ],
    )
    def test_what_is_wrong_is_named(self, cli: Cli, used: Path, words: list[str], code: int, says: str) -> None:
        said = cli("stats", *words)
        assert (said.code, says in said.err) == (code, True), said.err


class TestAllocations:
    def test_everybody_stands_in_one_band(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "allocations", "--org", "acme", "--json").json
        bands = {row["used_of_allocation"]: row["people"] for row in said["rows"] if row["people"]}
        assert bands == {"under 10%": 2, "no allocation": 1}
        assert (said["total"]["people"], said["total"]["used"], said["unassigned"]) == (3, 420, 10)
        assert "10 used by identities that belong to nobody" in cli("stats", "allocations", "--org", "acme").err


class TestForecast:
    def test_pools_and_departments(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "forecast", "--org", "acme", "--json").json
        pool = said["organization"]["inference"]
        assert (pool["remaining"], pool["enough_data"], pool["lasts_until"]) == (5_000_000 - 430, True, None)
        assert [row["department"] for row in said["departments"]] == ["Research"]
        assert "beyond the month" in cli("stats", "forecast", "--org", "acme").out

    def test_too_little_to_say_anything(self, cli: Cli, used: Path) -> None:
        said = cli("stats", "forecast", "--org", "beta")
        assert "not enough data (1 of 28 days)" in said.out
        assert cli("stats", "forecast").code == 2
