"""Working days and opening hours of a municipality, holidays included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from routing.catalogue.words import Words

_ONE_DAY = timedelta(days=1)
_SUNDAY = 6
_LONGEST_CLOSURE = 366


@dataclass(frozen=True)
class Holiday:
    """A day on which the municipality is closed; exactly one of `on`, `easter` and `yearly` is set."""

    name: Words
    on: date | None = None
    """One day in one year."""
    easter: int | None = None
    """Days after Easter Sunday, every year."""
    yearly: tuple[int, int] | None = None
    """Month and day, every year."""
    not_on_sunday: bool = False
    """A yearly holiday that moves to the day before when it falls on a Sunday."""
    every_years: int = 1
    """A yearly holiday counts only in years that are a multiple of this."""

    def day_in(self, year: int) -> date | None:
        """The day of the holiday in that year; None if it has none."""
        if self.on is not None:
            return self.on if self.on.year == year else None
        if self.easter is not None:
            return easter_sunday(year) + timedelta(days=self.easter)
        if self.yearly is None or year % self.every_years:
            return None
        day = date(year, *self.yearly)
        return day - _ONE_DAY if self.not_on_sunday and day.weekday() == _SUNDAY else day


@dataclass(frozen=True)
class Opening:
    """From and until, on one day, in local time; at `until` it is closed."""

    start: time
    end: time


@dataclass(frozen=True)
class Calendar:
    """When there are people: opening hours per weekday (0 is Monday) and holidays."""

    timezone: ZoneInfo
    hours: Mapping[int, tuple[Opening, ...]]
    holidays: tuple[Holiday, ...]
    opening_text: Words | None = None

    def holiday(self, day: date) -> Holiday | None:
        """The holiday on that day, if it is one."""
        # A holiday that moves or counts from Easter stays within its own year.
        return next((holiday for holiday in self.holidays if holiday.day_in(day.year) == day), None)

    def is_working_day(self, day: date) -> bool:
        """Whether the municipality works on that day of its local calendar."""
        return bool(self.hours.get(day.weekday())) and self.holiday(day) is None

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after `day`; for n = 0 the day itself, or the next working day if it is none.

        Raises:
            ValueError: n is negative, or the municipality is closed for a year on end.
        """
        if n < 0:
            raise ValueError(f"cannot add {n} working days")
        if n == 0:
            return day if self.is_working_day(day) else self._next_working_day(day)
        for _ in range(n):
            day = self._next_working_day(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days come after `start` up to and including `end`; 0 if `end` is not later."""
        days = range(1, (end - start).days + 1)
        return sum(self.is_working_day(start + timedelta(days=n)) for n in days)

    def is_open(self, moment: datetime) -> bool:
        """Whether the municipality is open at that moment.

        Raises:
            ValueError: the moment has no time zone.
        """
        local = self.local(moment)
        if not self.is_working_day(local.date()):
            return False
        clock = local.time()
        return any(opening.start <= clock < opening.end for opening in self.hours[local.weekday()])

    def local(self, moment: datetime) -> datetime:
        """The moment on the municipality's clock.

        Raises:
            ValueError: the moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone has no place in a calendar")
        return moment.astimezone(self.timezone)

    def _next_working_day(self, day: date) -> date:
        for _ in range(_LONGEST_CLOSURE):
            day += _ONE_DAY
            if self.is_working_day(day):
                return day
        raise ValueError(f"no working day within a year before {day}")


def easter_sunday(year: int) -> date:
    """Easter Sunday in the Gregorian calendar.

    Source: the algorithm of Meeus, Jones and Butcher (J. Meeus, Astronomical Algorithms, chapter 8).
    """
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)
