"""Settings: what is missing or wrong, one line for each; secrets from files; nothing secret in sight."""

from pathlib import Path

import pydantic
import pytest

from bot import settings
from bot.settings import EXAMPLES, Settings, SettingsProblem

TOKEN, KEY = "token-that-nobody-may-see", "key-that-nobody-may-see"
ENV_EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder to be in, and none of our variables in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in EXAMPLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("OXEN_API_KEY", KEY)


def problems() -> list[str]:
    with pytest.raises(SettingsProblem) as caught:
        settings.load()
    assert TOKEN not in str(caught.value)
    assert KEY not in str(caught.value)
    assert caught.value.__cause__ is None  # a chained error would be printed with what was given
    return caught.value.lines


def test_what_is_missing_is_named_with_an_example() -> None:
    token, key = problems()
    assert token.startswith("DISCORD_TOKEN: is missing; example: DISCORD_TOKEN=")
    assert key.startswith("OXEN_API_KEY: is missing; example: OXEN_API_KEY=")


def test_an_empty_secret_is_a_missing_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "")
    monkeypatch.setenv("OXEN_API_KEY", "  ")
    assert [line.partition(";")[0] for line in problems()] == ["DISCORD_TOKEN: is missing", "OXEN_API_KEY: is missing"]


WRONG = {
    "OXEN_API_URL": ["hub.oxen.ai", "ftp://hub.oxen.ai", ""],
    "DISCORD_API_URL": ["discord.com"],
    "DISCORD_GATEWAY_URL": ["https://gateway.discord.gg"],
    "DROVER_DATABASE_URL": ["mysql://db/drover", "sqlite:///", "drover.sqlite3", ""],
    "DROVER_LOG_LEVEL": ["loud"],
    "DROVER_LOG_FORMAT": ["xml"],
    "DROVER_PROCESS": ["", "two words", "x" * 41],
    "DROVER_HEALTH_PORT": ["http", "70000", "-1"],
    "DROVER_HEALTH_HOST": ["localhost", "10.0.0.1"],
    "DROVER_SENTRY_DSN": ["sentry.io", "https://sentry.io/1", "https://key@sentry.io", "ftp://key@sentry.io/1"],
    "DROVER_WITHOUT_NAMESPACE": ["maybe"],
    "DROVER_TRIAL_USD": ["-1", "a dollar", "nan", "inf", "0.0000001", "1000001"],
    "DROVER_NAMESPACES": ["film-club=", "=1", "film club", "a=b", "*=1", "film-club=1=2"],
    "DROVER_MASTER_KEY": ["tooshort", "no,keys"],
    "DROVER_VIDEO_MODELS": ["", " , "],
    "DROVER_POLL_SECONDS": ["0", "often", "601", "nan", "inf"],
    "DROVER_POLL_SECONDS_WITH_EVENTS": ["-1"],
    "DROVER_GRACE_SECONDS": ["-1", "a while", "nan"],
    "DROVER_CATALOGUE_SECONDS": ["0", "inf", "nan"],
    "DROVER_DISCORD_REQUESTS_PER_SECOND": ["0", "10001", "nan"],
}


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_what_is_wrong_is_named_with_an_example(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    [line] = problems()
    assert line.startswith(f"{name}: ")
    assert line.endswith(f"; example: {EXAMPLES[name]}")
    assert "\n" not in line


@pytest.mark.usefixtures("complete")
def test_everything_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in WRONG.items():
        monkeypatch.setenv(name, values[0])
    assert [line.partition(":")[0] for line in problems()] == list(WRONG)


@pytest.mark.usefixtures("complete")
def test_the_examples_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, example in EXAMPLES.items():
        monkeypatch.setenv(name, example.removeprefix(f"{name}=").partition(" ")[0])
    monkeypatch.delenv("DROVER_MASTER_KEY")  # one that would be taken might be copied, and used
    assert settings.load().log_format == "json"


@pytest.mark.usefixtures("complete")
def test_values_are_read_kindly(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DROVER_LOG_LEVEL": "debug",
        "DROVER_LOG_FORMAT": "JSON",
        "DROVER_WITHOUT_NAMESPACE": "Own",
        "DROVER_VIDEO_MODELS": " a-model , another,",
        "DROVER_DATABASE_URL": "sqlite:////srv/drover.sqlite3",
    }.items():
        monkeypatch.setenv(name, value)
    read = settings.load()
    assert (read.log_level, read.log_format, read.without_namespace.value) == ("DEBUG", "json", "own")
    assert read.video_models == ("a-model", "another")
    assert read.storage.file == Path("/srv/drover.sqlite3")


@pytest.mark.usefixtures("complete")
def test_settings_are_frozen_and_never_printed() -> None:
    read = settings.load()
    for shown in (repr(read), str(read), f"{read}", read.model_dump_json(), repr(read.__dict__)):
        assert TOKEN not in shown
        assert KEY not in shown
    with pytest.raises(pydantic.ValidationError):
        read.log_level = "DEBUG"  # type: ignore[misc]


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_secrets_may_lie_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str) -> None:
    for name, secret in (("DISCORD_TOKEN", TOKEN), ("OXEN_API_KEY", KEY)):
        path = tmp_path / name.lower()
        path.write_text(f"{secret}\n")
        if where == "environment":
            monkeypatch.setenv(f"{name}_FILE", str(path))
        else:
            with (tmp_path / ".env").open("a") as env:
                env.write(f"{name}_FILE={path}\n")
    read = settings.load()
    assert read.discord_token.get_secret_value() == TOKEN
    assert read.oxen_api_key.get_secret_value() == KEY


@pytest.mark.usefixtures("complete")
def test_a_secret_given_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("another")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(tmp_path / "token"))
    assert problems() == ["DISCORD_TOKEN_FILE: DISCORD_TOKEN is set as well; keep one of the two"]


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_secret_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    monkeypatch.setenv("OXEN_API_KEY", KEY)
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(tmp_path / "token"))
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    [line] = problems()
    assert line.startswith(("DISCORD_TOKEN_FILE: cannot be read", "DISCORD_TOKEN: is missing"))
    assert "example: " in line


def test_a_line_break_around_a_secret_is_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets that went through a file or a shell often end with one, and it may not stand in a header."""
    monkeypatch.setenv("DISCORD_TOKEN", f" {TOKEN}\n")
    monkeypatch.setenv("OXEN_API_KEY", f"{KEY}\r\n")
    read = settings.load()
    assert read.discord_token.get_secret_value() == TOKEN
    assert read.oxen_api_key.get_secret_value() == KEY


@pytest.mark.parametrize("secret", ["two\nlines", "two words", "Schlüssel", "tab\tbed"])
def test_what_cannot_be_a_secret_is_said_without_it(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("OXEN_API_KEY", secret)
    [line] = problems()
    assert line.startswith("OXEN_API_KEY: has characters that no key has")
    assert secret not in line


def test_the_environment_stands_above_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={TOKEN}\nOXEN_API_KEY={KEY}\nDROVER_LOG_LEVEL=ERROR\nOTHER=x\n")
    monkeypatch.setenv("DROVER_LOG_LEVEL", "WARNING")
    assert settings.load().log_level == "WARNING"


def test_the_example_file_shows_every_variable_and_its_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = ENV_EXAMPLE.read_text(encoding="utf-8")
    for name in EXAMPLES:
        assert f"{name}=" in text, name
    assert {field.alias for field in Settings.model_fields.values()} == set(EXAMPLES)
    (tmp_path / ".env").write_text(
        text.replace("DISCORD_TOKEN=\n", "DISCORD_TOKEN=x\n").replace("API_KEY=\n", "API_KEY=x\n")
    )
    as_shown = settings.load()
    monkeypatch.chdir("/")
    monkeypatch.setenv("DISCORD_TOKEN", "x")
    monkeypatch.setenv("OXEN_API_KEY", "x")
    assert as_shown == settings.load()


def test_the_database_alone_needs_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROVER_DATABASE_URL", "sqlite:///here.sqlite3")
    assert settings.load_storage().file == Path("here.sqlite3")
