"""The simulator as a program."""

import asyncio
from pathlib import Path
import re

import pytest

from custom_components.twcmanager.simulator import __main__ as program


async def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *arguments: str,
) -> list[str]:
    """Run it for a moment and return the lines it printed."""
    monkeypatch.setattr("sys.argv", ["simulator", "--every", "0.05", *arguments])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.12):
            await program.run(program.arguments())
    return capsys.readouterr().out.splitlines()


async def test_it_prints_its_port_and_then_how_it_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line every few seconds, until it is ended."""
    link = str(tmp_path / "port")
    lines = await run(monkeypatch, capsys, "--pty", link, "--units", "2")
    assert lines[0] == link
    assert len(lines) == 3
    assert re.fullmatch(
        r"sun +\d+ W \| house +\d+ W \| cars +0 W \| grid +[+-]\d+ W"
        r" \| 1111 waiting 0.0 of 0.00 A \| 2222 waiting 0.0 of 0.00 A",
        lines[1],
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--demo"],
        ["--rating", "80", "--phases", "1", "--protocol", "1"],
        ["--rating", "32", "--phases", "1", "--echo", "--noise", "1"],
    ],
)
async def test_its_sites(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    """The demo, or what the arguments describe."""
    lines = await run(monkeypatch, capsys, *arguments)
    assert lines[0].startswith("/dev/")
    assert "waiting" in lines[-1]


async def test_tcp(
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a network port."""
    lines = await run(monkeypatch, capsys, "--tcp", "0")
    assert lines[0].startswith("socket://127.0.0.1:")


def test_ctrl_c_is_a_normal_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a traceback."""

    def interrupted(main: object) -> None:
        main.close()  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.argv", ["simulator"])
    monkeypatch.setattr("asyncio.run", interrupted)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    program.main()
