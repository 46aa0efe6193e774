"""How `hours.yml` is read: opening hours per weekday and holidays."""

from __future__ import annotations

import re
from datetime import date, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from routing.catalogue.reader import Fields, Value
from routing.catalogue.working_days import Calendar, Holiday, Opening

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAP_YEAR = 2000


def read_hours(fields: Fields, zone: ZoneInfo) -> Calendar:
    """The calendar of a municipality; at least one weekday must have hours."""
    hours = fields.need("opening", _read_week, {})
    calendar = Calendar(
        timezone=zone,
        hours=MappingProxyType(hours),
        holidays=fields.each("holidays", _read_holiday),
        opening_text=fields.may("text", Value.words, None),
    )
    fields.close()
    return calendar


def _read_week(value: Value) -> dict[int, tuple[Opening, ...]]:
    fields = value.fields()
    week = {number: fields.each(day, _read_opening) for number, day in enumerate(WEEKDAYS)}
    fields.close()
    if not any(week.values()):
        value.error("there must be at least one weekday with opening hours")
    return week


def _read_opening(value: Value) -> Opening:
    text = value.text()
    match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)
    try:
        start, end = (time.fromisoformat(part) for part in match.groups()) if match else (None, None)
    except ValueError:
        start = end = None
    if start is None or end is None or end <= start:
        value.error(f"expected hours such as 09:00-17:00, not {text!r}")
        return Opening(time.min, time.max)
    return Opening(start, end)


def _read_holiday(value: Value) -> Holiday:
    fields = value.fields()
    holiday = Holiday(
        name=fields.words("name"),
        on=fields.may("date", Value.day, None),
        easter=fields.may("easter", lambda v: v.integer(-60, 60), None),
        yearly=fields.may("yearly", _read_yearly, None),
        not_on_sunday=fields.may("not_on_sunday", Value.boolean, False),
        every_years=fields.may("every_years", lambda v: v.integer(1, 100), 1),
    )
    fields.close()
    if sum(kind is not None for kind in (holiday.on, holiday.easter, holiday.yearly)) != 1:
        value.error("a holiday has exactly one of 'date', 'easter' and 'yearly'")
    return holiday


def _read_yearly(value: Value) -> tuple[int, int] | None:
    text = value.text()
    match = re.fullmatch(r"(\d\d)-(\d\d)", text)
    try:
        day = date(_LEAP_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:
        day = None
    if day is None or (day.month, day.day) == (2, 29):
        value.error(f"expected month and day such as 12-25, not {text!r}")
        return (1, 1)
    return day.month, day.day
