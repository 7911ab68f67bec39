"""Bodies of /exchange/*: status, schedule, user data timestamp."""

import msgspec
from msgspec import UNSET, UnsetType

from wire.rest.common import Timestamp


class ExchangeIndexStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One shard's entry of ExchangeStatus."""

    exchange_index: int
    description: str
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool


class ExchangeStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The top level speaks for shard 0. The resume time stands there only during a pause that has one."""

    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: bool
    exchange_estimated_resume_time: Timestamp | UnsetType = UNSET
    exchange_index_statuses: tuple[ExchangeIndexStatus, ...]


class DailySchedule(msgspec.Struct, frozen=True, kw_only=True):
    """HH:MM in Eastern time."""

    open_time: str
    close_time: str


class WeeklySchedule(msgspec.Struct, frozen=True, kw_only=True):
    """Trading hours of each weekday while the schedule is in force."""

    start_time: Timestamp
    end_time: Timestamp
    monday: tuple[DailySchedule, ...]
    tuesday: tuple[DailySchedule, ...]
    wednesday: tuple[DailySchedule, ...]
    thursday: tuple[DailySchedule, ...]
    friday: tuple[DailySchedule, ...]
    saturday: tuple[DailySchedule, ...]
    sunday: tuple[DailySchedule, ...]


class MaintenanceWindow(msgspec.Struct, frozen=True, kw_only=True):
    start_datetime: Timestamp
    end_datetime: Timestamp


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    standard_hours: tuple[WeeklySchedule, ...]
    maintenance_windows: tuple[MaintenanceWindow, ...]


class GetExchangeScheduleResponse(msgspec.Struct, frozen=True):
    schedule: Schedule


class GetUserDataTimestampResponse(msgspec.Struct, frozen=True):
    as_of_time: Timestamp
