"""Where the log lines of every process go: standard error, as far as it takes them, for people or as JSON.

LOG_FORMAT=console|json (environment or .env) chooses. Knows that a log may share its disk with the journal: when
that disk is full, what has to be said is lost and what has to be done is not. A log line never raises.
"""

import logging
import sys
from contextlib import suppress
from typing import Literal, TextIO, cast

import structlog
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings import load_settings


class LogSettings(BaseSettings):
    # Not use_attribute_docstrings: to read them pydantic reads the source of whoever is loaded, at every start.
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    log_format: Literal["console", "json"] = Field(
        "console", description="Log lines for people, or one JSON object a line."
    )


class Unfailing:
    """A text stream that drops what cannot be written."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def log_to_stderr() -> None:
    """Lines from INFO up, other libraries' from WARNING up; call once, before anything is made.

    Ends the process when LOG_FORMAT is neither of its values.
    """
    chosen = load_settings(LogSettings, "LOG_FORMAT").log_format
    stream = cast(TextIO, Unfailing(sys.stderr))
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[structlog.typing.Processor] = (
        [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
        if chosen == "json"
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    )
    structlog.configure(
        processors=[*shared, *shown],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # While a broker is away it complains ten times a second of what our own lines say once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
