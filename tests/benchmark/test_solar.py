"""The program, as it is called."""

import csv
import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Return a file with a short sunny day."""
    path = tmp_path / "short.csv"
    rows = [f"2026-06-21,{36000 + 10 * row},5000,400" for row in range(180)]
    path.write_text("\n".join(["date,seconds,pv_w,house_w", *rows]) + "\n")
    return path


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Call the program."""
    monkeypatch.setattr("sys.argv", ["scripts/benchmark", *arguments])
    return main()


def test_a_day_as_a_table(
    trace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One row for the day, one for all."""
    assert call(monkeypatch, "solar", "--trace", str(trace)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].startswith("| short")
    assert lines[-1].startswith("| all")


def test_a_day_for_programs(
    trace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All figures as JSON, all offers and draws as a file."""
    log = trace.with_name("offers.csv")
    arguments = ("--json", "--log", str(log), "--phases", "3", "--max-amps", "16")
    assert call(monkeypatch, "solar", "--trace", str(trace), *arguments) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["plant"]["phases"] == 3
    [day] = data["days"]
    assert day["day"] == "short"
    assert day["share"] == pytest.approx(data["total"]["share"])
    assert day["surplus_kwh"] == pytest.approx(2.3)
    with log.open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0].keys() == {"day", "seconds", "unit", "offer_a", "draw_a"}
    assert 36000 < float(rows[0]["seconds"]) < 36010
    assert any(float(row["draw_a"]) > 5 for row in rows)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--trace", "no/such/file.csv"),
        ("--max-amps", "5"),
        ("--circuit", "5"),
        ("--meter-interval", "0"),
        ("--full-after", "3"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In a line, not a traceback."""
    with pytest.raises(SystemExit) as exit_:
        call(monkeypatch, "solar", *arguments)
    assert exit_.value.code == 2
    assert capsys.readouterr().err.startswith("scripts/benchmark: ")
