"""Everything about a rebuilder that can be chosen, from the environment (REBUILDER_*) or an .env file."""

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from rebuilder.checkpoint import KEPT
from rebuilder.follower import CHECKPOINT_EVERY


class Settings(BaseSettings):
    """With `kafka_bootstrap_servers` the log is read from Kafka, without from the venue's journal files."""

    model_config = SettingsConfigDict(
        env_prefix="REBUILDER_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    host: str = "127.0.0.1"
    """Address to listen at."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8085
    """Port of REST and WebSocket; 0 picks a free one."""
    journal: Path = Path(".mock-kalshi/journal")
    """The venue's journal folder, read when no Kafka is named."""
    checkpoints: Path = Path(".mock-kalshi/rebuilder")
    """Where checkpoints are kept."""
    checkpoint_every: Annotated[int, Field(ge=1)] = CHECKPOINT_EVERY
    """Records between checkpoints."""
    checkpoints_kept: Annotated[int, Field(ge=4)] = KEPT
    """How many checkpoints are kept; the older, the further apart."""
    shards: Annotated[int, Field(ge=1)] = 1
    """How many shards the log has."""
    allowed_origins: str = "http://127.0.0.1:8080,http://localhost:8080"
    """Origins of web pages that may read it, separated by commas."""
    venue_url: str = "http://127.0.0.1:9090"
    """The venue whose books /verify compares with."""
    kafka_bootstrap_servers: Annotated[
        str, Field(validation_alias=AliasChoices("REBUILDER_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS"))
    ] = ""
    """host:port of the Kafka the log is read from, several separated by commas; empty = from the journal's files."""
