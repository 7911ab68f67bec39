"""Everything about a rebuilder that can be chosen, from the environment (REBUILDER_*) or an .env file."""

from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from rebuilder.checkpoint import KEPT
from rebuilder.follower import CHECKPOINT_EVERY


class Settings(BaseSettings):
    """With `kafka_bootstrap_servers` the log is read from Kafka, without from the venue's journal files."""

    model_config = SettingsConfigDict(env_prefix="REBUILDER_", env_file=".env", extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8085
    """0 picks a free one."""
    journal: Path = Path(".mock-kalshi/journal")
    checkpoints: Path = Path(".mock-kalshi/rebuilder")
    checkpoint_every: Annotated[int, Field(ge=1)] = CHECKPOINT_EVERY
    checkpoints_kept: Annotated[int, Field(ge=4)] = KEPT
    shards: Annotated[int, Field(ge=1)] = 1
    venue_url: str = "http://127.0.0.1:9090"
    kafka_bootstrap_servers: Annotated[
        str, Field(validation_alias=AliasChoices("REBUILDER_KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS"))
    ] = ""
