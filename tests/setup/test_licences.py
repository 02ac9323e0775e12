"""What the image ships is listed with its licence."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.setup.kit import CHECKOUT


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", CHECKOUT / "docs/licences.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_package_of_the_image_is_listed_with_what_it_says_of_itself(licences: ModuleType) -> None:
    page = (CHECKOUT / "docs/licences.md").read_text()
    rows = [line for line in page.split("## Python packages")[1].splitlines() if line.startswith("| ")]
    listed = [tuple(row.strip("| ").split(" | ")) for row in rows[1:] if row.count("|") == 3]
    assert listed == [(name, licences.licence(name)) for name in licences.packages()]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the page lists the wheels for Python 3.11")
def test_every_library_inside_a_wheel_is_listed(licences: ModuleType) -> None:
    page = (CHECKOUT / "docs/licences.md").read_text()
    for wheel, library, under in licences.inside():
        assert f"| {wheel} | {library} | {under} |" in page


def test_a_package_without_a_recent_release_has_a_sentence() -> None:
    page = (CHECKOUT / "docs/dependencies.md").read_text()
    direct = [
        line.split(">=")[0].split("[")[0] for line in (CHECKOUT / "requirements/run.in").read_text().split("\n") if line
    ]
    assert [name for name in direct if name[0] != "#" and name not in page] == []
