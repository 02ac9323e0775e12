"""The demo of several processes, small: nobody is killed here (`tests/chaos` kills)."""

import pytest

from sandbox.demo.several import show


@pytest.mark.timeout(120)
async def test_several_processes_serve_everybody_and_the_books_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert await show(count=3, kill=False, servers=30, orders=3) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert "Everybody is served" in said
    assert "✓ equal" in said
