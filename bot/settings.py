"""What the operator decides, read once from the environment and `.env`, then frozen.

Secrets may also lie in files: `DISCORD_TOKEN_FILE=/run/secrets/discord_token`. Nothing here is ever printed
with its value when it is secret.
"""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from bot.domain.errors import OperatorError
from bot.domain.orders.payer import OpenNamespaces, Unbilled, parse_open

if TYPE_CHECKING:
    from bot.store.storage import Storage
    from bot.store.wallet.vault import Vault

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "migrations"
LOCALES = ROOT / "locales"


class Settings(BaseSettings):
    """Every variable, its default and its meaning; `.env.example` shows them with comments."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, populate_by_name=True)

    discord_token: SecretStr = Field(alias="DISCORD_TOKEN", min_length=1, description="the bot's token")
    oxen_api_key: SecretStr = Field(alias="OXEN_API_KEY", min_length=1, description="the key for Oxen.ai")
    oxen_api_url: AnyHttpUrl = Field(AnyHttpUrl("https://hub.oxen.ai"), alias="OXEN_API_URL")
    discord_api_url: AnyHttpUrl | None = Field(None, alias="DISCORD_API_URL")
    discord_gateway_url: str | None = Field(None, alias="DISCORD_GATEWAY_URL", pattern=r"^wss?://")
    database_url: SecretStr = Field(SecretStr("sqlite:///var/drover.sqlite3"), alias="DROVER_DATABASE_URL")
    work_dir: Path = Field(Path("var/work"), alias="DROVER_WORK_DIR")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", alias="DROVER_LOG_LEVEL")
    log_format: Literal["text", "json"] = Field("text", alias="DROVER_LOG_FORMAT")
    process: str = Field("drover", alias="DROVER_PROCESS", pattern=r"^[A-Za-z0-9._-]{1,40}$")
    shards_each: int = Field(4, alias="DROVER_SHARDS_EACH", ge=1, le=1000)
    health_port: int | None = Field(None, alias="DROVER_HEALTH_PORT", ge=0, le=65535)
    health_host: Literal["127.0.0.1", "0.0.0.0"] = Field("127.0.0.1", alias="DROVER_HEALTH_HOST")  # noqa: S104
    sentry_dsn: SecretStr | None = Field(None, alias="DROVER_SENTRY_DSN")
    without_namespace: Unbilled = Field(Unbilled.REFUSE, alias="DROVER_WITHOUT_NAMESPACE")
    trial_usd: Decimal = Field(Decimal(1), alias="DROVER_TRIAL_USD", ge=0, le=1_000_000, decimal_places=6)
    namespaces: Annotated[OpenNamespaces, NoDecode] = Field(OpenNamespaces(), alias="DROVER_NAMESPACES")
    master_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field((), alias="DROVER_MASTER_KEY")
    video_models: Annotated[tuple[str, ...], NoDecode] = Field(
        ("kling-video-v2-6-pro-text-to-video", "wan-v2-7-text-to-video", "google-veo-3-1-fast"),
        alias="DROVER_VIDEO_MODELS",
    )
    image_models: Annotated[tuple[str, ...], NoDecode] = Field(
        ("black-forest-labs-flux-2-klein-4b", "nano-banana-2"), alias="DROVER_IMAGE_MODELS"
    )
    poll_seconds: float = Field(10, alias="DROVER_POLL_SECONDS", gt=0, le=600)
    poll_seconds_images: float = Field(3, alias="DROVER_POLL_SECONDS_IMAGES", gt=0, le=600)
    poll_seconds_quiet: float = Field(30, alias="DROVER_POLL_SECONDS_WITH_EVENTS", gt=0, le=600)
    grace_seconds: float = Field(30, alias="DROVER_GRACE_SECONDS", ge=0, le=3600)
    catalogue_seconds: float = Field(3600, alias="DROVER_CATALOGUE_SECONDS", gt=0, le=604_800)
    running: int = Field(20, alias="DROVER_RUNNING", ge=1, le=10_000)
    prices: Path | None = Field(None, alias="DROVER_PRICES")
    discord_rate: float = Field(45, alias="DROVER_DISCORD_REQUESTS_PER_SECOND", ge=1, le=10_000)

    @field_validator("discord_token", "oxen_api_key", mode="before")
    @classmethod
    def _fit_for_a_header(cls, value: object) -> object:
        """Without the blanks and the line break that files and shells leave around a secret."""
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(secret, str):
            return value
        stripped = secret.strip()
        if any(not "!" <= character <= "~" for character in stripped):
            raise ValueError("has characters that no key has; copy it again")
        return SecretStr(stripped)

    @field_validator("master_keys", mode="before")
    @classmethod
    def _comma_or_line_separated(cls, value: object) -> object:
        """The first seals, all of them open."""
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if not isinstance(text, str):
            return value
        keys = [key for key in re.split(r"[,\s]+", text) if key]
        if not keys:
            return ()
        from bot.store.wallet.vault import is_master_key

        if not all(is_master_key(key) for key in keys):
            raise ValueError("is no master key; `drover keys new` makes one")
        return tuple(SecretStr(key) for key in keys)

    @field_validator("namespaces", mode="before")
    @classmethod
    def _names_of_namespaces(cls, value: object) -> object:
        return parse_open(value) if isinstance(value, str) else value

    @field_validator("video_models", "image_models", mode="before")
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        names = tuple(name.strip() for name in value.split(",") if name.strip())
        if not names:
            raise ValueError("names no model")
        return names

    @field_validator("log_level", "log_format", "without_namespace", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: Any) -> object:
        if not isinstance(value, str):
            return value
        return value.upper() if info.field_name == "log_level" else value.lower()

    @field_validator("database_url")
    @classmethod
    def _names_a_database(cls, value: SecretStr) -> SecretStr:
        from bot.store.storage import is_url

        if not is_url(value.get_secret_value()):
            raise ValueError("is neither sqlite:///PATH nor postgresql://USER@HOST/NAME")
        return value

    @field_validator("sentry_dsn")
    @classmethod
    def _names_a_project(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        from sentry_sdk.utils import BadDsn, Dsn

        try:
            Dsn(value.get_secret_value().strip())
        except (BadDsn, ValueError):
            raise ValueError("is no DSN") from None
        return value

    @property
    def vault(self) -> "Vault":
        """What seals and opens the keys of servers."""
        from bot.store.wallet.vault import Vault

        return Vault([key.get_secret_value() for key in self.master_keys])

    @property
    def storage(self) -> "Storage":
        """What `DROVER_DATABASE_URL` names."""
        from bot.store.storage import storage

        return storage(self.database_url.get_secret_value())


class SettingsProblem(OperatorError):
    """Settings are missing or wrong. `lines` holds one line for each, fit to be printed."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.setting = True


EXAMPLES: Mapping[str, str] = {
    "DISCORD_TOKEN": "DISCORD_TOKEN=MTA... (discord.com/developers, your application, Bot, Reset Token)",
    "OXEN_API_KEY": "OXEN_API_KEY=... (oxen.ai, your profile, API keys)",
    "OXEN_API_URL": "OXEN_API_URL=https://hub.oxen.ai",
    "DISCORD_API_URL": "DISCORD_API_URL=https://discord.com/api/v10",
    "DISCORD_GATEWAY_URL": "DISCORD_GATEWAY_URL=wss://gateway.discord.gg/",
    "DROVER_DATABASE_URL": "DROVER_DATABASE_URL=sqlite:///var/drover.sqlite3",
    "DROVER_LOG_LEVEL": "DROVER_LOG_LEVEL=INFO",
    "DROVER_LOG_FORMAT": "DROVER_LOG_FORMAT=json",
    "DROVER_PROCESS": "DROVER_PROCESS=drover",
    "DROVER_SHARDS_EACH": "DROVER_SHARDS_EACH=4",
    "DROVER_HEALTH_PORT": "DROVER_HEALTH_PORT=8080",
    "DROVER_HEALTH_HOST": "DROVER_HEALTH_HOST=127.0.0.1 (or: 0.0.0.0)",
    "DROVER_SENTRY_DSN": "DROVER_SENTRY_DSN=https://public@sentry.example/1 (Sentry, your project, Client Keys)",
    "DROVER_WITHOUT_NAMESPACE": "DROVER_WITHOUT_NAMESPACE=refuse (or: own, trial)",
    "DROVER_TRIAL_USD": "DROVER_TRIAL_USD=1.00",
    "DROVER_NAMESPACES": "DROVER_NAMESPACES=film-club=1150000000000000001,game-night",
    "DROVER_MASTER_KEY": "DROVER_MASTER_KEY=... (what `drover keys new` prints)",
    "DROVER_VIDEO_MODELS": "DROVER_VIDEO_MODELS=kling-video-v2-6-pro-text-to-video,wan-v2-7-text-to-video",
    "DROVER_IMAGE_MODELS": "DROVER_IMAGE_MODELS=black-forest-labs-flux-2-klein-4b",
    "DROVER_POLL_SECONDS": "DROVER_POLL_SECONDS=10",
    "DROVER_POLL_SECONDS_IMAGES": "DROVER_POLL_SECONDS_IMAGES=3",
    "DROVER_POLL_SECONDS_WITH_EVENTS": "DROVER_POLL_SECONDS_WITH_EVENTS=30",
    "DROVER_GRACE_SECONDS": "DROVER_GRACE_SECONDS=30",
    "DROVER_CATALOGUE_SECONDS": "DROVER_CATALOGUE_SECONDS=3600",
    "DROVER_RUNNING": "DROVER_RUNNING=20",
    "DROVER_DISCORD_REQUESTS_PER_SECOND": "DROVER_DISCORD_REQUESTS_PER_SECOND=45",
    "DROVER_WORK_DIR": "DROVER_WORK_DIR=var/work",
    "DROVER_PRICES": "DROVER_PRICES=prices.toml",
}
_SECRETS = ("DISCORD_TOKEN", "OXEN_API_KEY", "DROVER_MASTER_KEY", "DROVER_DATABASE_URL", "DROVER_SENTRY_DSN")


def load(**given: Any) -> Settings:
    """The settings of this process; `given` stands above the environment. Raises `SettingsProblem`."""
    problems: list[str] = []
    for name in _SECRETS:
        secret = _from_file(name, problems)
        if secret is not None:
            given.setdefault(name, secret)
    try:
        settings = Settings(**given)
    except SettingsError as error:
        raise SettingsProblem([*problems, f".env: cannot be read ({error})"]) from None
    except ValidationError as error:
        unread = {line.partition("_FILE:")[0] for line in problems}
        for found in error.errors(include_input=False, include_url=False):
            name = str(found["loc"][0])
            if name in unread:
                continue
            wrong = str(found["msg"]).removeprefix("Value error, ")
            wrong = wrong[:1].lower() + wrong[1:]
            if found["type"] in {"missing", "string_too_short", "too_short"}:
                wrong = "is missing"
            problems.append(f"{name}: {wrong}; example: {EXAMPLES.get(name, name)}")
        raise SettingsProblem(problems) from None
    if problems:
        raise SettingsProblem(problems)
    return settings


def on_trial(settings: Settings) -> Settings:
    """The same with a database of its own: orders at a stand-in must never be looked up at the real provider."""
    real = settings.storage.file or Path("var/drover.sqlite3")
    trial = real.with_name(f"{real.stem}.sandbox{real.suffix}")
    return settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{trial}")})


def load_offline() -> Settings:
    """For commands that talk to nobody, and need neither token nor key. Raises `SettingsProblem`."""
    return load(DISCORD_TOKEN="-", OXEN_API_KEY="-")  # noqa: S106 - neither is used


def load_storage() -> "Storage":
    """The database alone, for commands that need no secrets. Raises `SettingsProblem`."""
    return load_offline().storage


def _from_file(name: str, problems: list[str]) -> SecretStr | None:
    environment = {**dotenv_values(".env"), **os.environ}
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    if environment.get(name):
        problems.append(f"{name}_FILE: {name} is set as well; keep one of the two")
        return None
    try:
        return SecretStr(Path(path).read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{name}_FILE: cannot be read ({type(error).__name__}); example: {name}_FILE=/run/secrets/x")
        return None
