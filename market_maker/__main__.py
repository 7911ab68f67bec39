"""`python -m market_maker` quotes; `python -m market_maker agents` makes a market alive. `--help` says the rest."""

import asyncio
import os
import signal
import sys
from typing import TypeVar

import httpx
from pydantic import ValidationError
from pydantic_settings import CliApp

from market_maker.agents.crowd import Crowd, CrowdReporter
from market_maker.agents.mix import MixError
from market_maker.bot import MarketMaker
from market_maker.clock import LiveClock
from market_maker.health import HealthServer
from market_maker.settings import CommonSettings, MakerSettings, MixSettings, explain
from market_maker.status import MakerReporter
from market_maker.venue.credentials import Credentials
from market_maker.venue.feed import Feed
from market_maker.venue.fix import FixVenue
from market_maker.venue.port import Refused, VenueError
from market_maker.venue.rest import RestVenue
from runtime.log import log_to_stderr
from wire.signing import KeyFormatError

S = TypeVar("S", bound=CommonSettings)


class SettingsWrong(Exception):
    """The message says which and why."""


async def run_maker(settings: MakerSettings) -> None:
    """Quote until SIGINT or SIGTERM. Raises SettingsWrong and OSError."""
    try:
        credentials = Credentials.load(settings.key_id, settings.private_key_path)
    except (OSError, KeyFormatError) as error:
        raise SettingsWrong(f"MARKET_MAKER_PRIVATE_KEY_PATH: {settings.private_key_path}: {error}") from error
    if settings.venue == "fix":
        venue: RestVenue = FixVenue(
            settings.venue_url, credentials, settings.fix_host, settings.fix_port, settings.fix_tls
        )
    else:
        venue = RestVenue(settings.venue_url, credentials)
    await _check(settings, venue)
    clock = LiveClock(settings.venue_url)
    bot = MarketMaker(
        settings, venue, Feed(settings.feed_url, credentials, settings.stale_after_s, private=True), clock
    )
    health = HealthServer(MakerReporter(bot), settings.health_host, settings.health_port)
    await _listen(health, settings)
    _say_ready(health.port)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, bot.stop)
    try:
        await bot.run()
    finally:
        await health.stop()
        await clock.close()


async def run_mix(settings: MixSettings) -> None:
    """Let a mix act until SIGINT or SIGTERM. Raises SettingsWrong and OSError."""
    try:
        crowd = Crowd(settings)
    except (MixError, KeyFormatError, OSError) as error:
        raise SettingsWrong(str(error)) from error
    health = HealthServer(CrowdReporter(crowd), settings.health_host, settings.health_port)
    await _listen(health, settings)
    _say_ready(health.port)
    running = asyncio.create_task(crowd.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        pass
    except httpx.HTTPError as error:
        raise SettingsWrong(str(error)) from error
    finally:
        await health.stop()


async def _check(settings: MakerSettings, venue: RestVenue) -> None:
    """What a venue that answers already can say about the settings."""
    try:
        await venue.positions()
        unknown = [ticker for ticker in settings.tickers if not await venue.knows(ticker)]
        open_now = [market.ticker for market in await venue.markets()] if unknown else []
    except Refused as refusal:
        raise SettingsWrong(f"MARKET_MAKER_KEY_ID: {settings.venue_url} refuses this key: {refusal}") from refusal
    except VenueError:
        return  # it does not answer yet; the bot waits for it
    if unknown:
        raise SettingsWrong(
            f"MARKET_MAKER_TICKER: {settings.venue_url} has no market {', '.join(unknown)}; open are "
            f"{', '.join(open_now[:20]) or 'none'}"
        )


async def _listen(health: HealthServer, settings: CommonSettings) -> None:
    """Raises SettingsWrong: beside a venue with a crowd, the crowd has the usual port."""
    try:
        await health.start()
    except OSError as error:
        where = f"{settings.health_host}:{settings.health_port}"
        raise SettingsWrong(
            f"MARKET_MAKER_HEALTH_PORT: cannot listen at {where}: {os.strerror(error.errno or 0)}; choose another "
            "--health-port, 0 for a free one"
        ) from error


def _say_ready(port: int) -> None:
    """For whoever started us and let us choose the port."""
    sys.stdout.write(f'{{"health_port":{port},"pid":{os.getpid()}}}\n')
    sys.stdout.flush()


def _settings(kind: type[S], arguments: list[str]) -> S:
    try:
        return CliApp.run(kind, cli_args=arguments)
    except ValidationError as error:
        sys.exit(f"market_maker: a setting is wrong (--help lists them)\n{explain(error)}")


def main() -> None:
    log_to_stderr()
    arguments = sys.argv[1:]
    is_mix = arguments[:1] == ["agents"]
    try:
        if is_mix:
            asyncio.run(run_mix(_settings(MixSettings, arguments[1:])))
        else:
            asyncio.run(run_maker(_settings(MakerSettings, arguments)))
    except (SettingsWrong, OSError) as error:
        sys.exit(f"market_maker: {error}")


if __name__ == "__main__":
    main()
