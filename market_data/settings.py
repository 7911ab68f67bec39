"""Everything about the market-data server that can be chosen, from the environment (MARKET_DATA_*) or an .env file."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from market_data.keeper import Lifetimes

PREFIX = "MARKET_DATA_"


def _shared(name: str, description: str) -> str:
    """A setting that other programs of the house have by the same name; ours alone goes by the prefix."""
    return Field(default="", validation_alias=AliasChoices(PREFIX + name, name), description=description)


class Settings(BaseSettings):
    """The descriptions are what `--help` prints."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    host: Annotated[str, Field(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="port to listen on, 0 picks a free one")] = 8084
    journal: Annotated[Path, Field(description="the venue's journal folder, read when there is no Kafka")] = Path(
        ".mock-kalshi/journal"
    )
    venue_url: Annotated[str, Field(description="where the venue answers; named in /stats")] = "http://127.0.0.1:9090"
    kafka_bootstrap_servers: str = _shared(
        "KAFKA_BOOTSTRAP_SERVERS", "host:port of a Kafka that has the log; empty reads the journal"
    )
    redis_url: str = _shared("REDIS_URL", "redis://host:port/db to share the state with; empty keeps it in memory")
    follow_log: Annotated[
        bool, Field(description="false: do not read the log, take everything from a feeder through Redis")
    ] = True
    namespace: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]+$", description="middle part of the keys in Redis, one for each venue")
    ] = "kalshi"
    shard: Annotated[int, Field(ge=0, description="the shard whose log this process reads")] = 0
    snapshot_every: Annotated[
        int, Field(ge=0, description="one of so many messages about a book is a snapshot; 0 sends none unasked")
    ] = 10
    market_ttl: Annotated[float, Field(gt=0, description="seconds a listing may be served for")] = 300.0
    book_ttl: Annotated[float, Field(gt=0, description="seconds an order book may be served for")] = 10.0
    price_ttl: Annotated[float, Field(ge=2, description="seconds a price may be served for, at least 2")] = 5.0
    reader_buffer_bytes: Annotated[
        int, Field(ge=16_384, description="unsent bytes beyond which a WebSocket reader is behind")
    ] = 262_144
    reader_patience_seconds: Annotated[
        float, Field(gt=0, description="how long a reader may stay behind before it is cut off")
    ] = 30.0
    allowed_origins: Annotated[
        str, Field(description="origins of web pages that may ask, separated by commas; * is every one")
    ] = "http://127.0.0.1:8080,http://localhost:8080"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.snapshot_every == 1:
            raise ValueError("SNAPSHOT_EVERY 1 leaves no room for a delta: 0, or 2 and more")
        if not self.follow_log and not self.redis_url:
            raise ValueError("FOLLOW_LOG=false takes everything from a feeder: REDIS_URL is missing")
        return self

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(origin.strip() for origin in self.allowed_origins.split(",") if origin.strip())

    @property
    def lifetimes(self) -> Lifetimes:
        return Lifetimes(self.market_ttl, self.book_ttl, self.price_ttl)
