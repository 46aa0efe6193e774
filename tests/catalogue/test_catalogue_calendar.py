"""Working days and opening hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from routing.catalogue import load_catalogue
from routing.catalogue.loader import SHIPPED
from routing.catalogue.working_days import Calendar, easter_sunday

CALENDAR = load_catalogue(SHIPPED / "delft").calendar
DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))
COUNTS = st.integers(0, 60)

# Days off in the week, from the calendar on the wall; weekends left out.
HOLIDAYS = [
    "2026-01-01",
    "2026-04-06",
    "2026-04-27",
    "2026-05-14",
    "2026-05-25",
    "2026-12-25",
    "2027-01-01",
    "2027-03-29",
    "2027-04-27",
    "2027-05-06",
    "2027-05-17",
    "2028-04-17",
    "2028-04-27",
    "2028-05-25",
    "2028-06-05",
    "2028-12-25",
    "2028-12-26",
]


def test_the_days_off_of_2026_to_2028():
    first, last = date(2026, 1, 1), date(2028, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    closed = [day.isoformat() for day in days if day.weekday() < 5 and not CALENDAR.is_working_day(day)]
    assert closed == HOLIDAYS


def test_kings_day_moves_to_saturday():
    assert CALENDAR.holiday(date(2031, 4, 26)).name.en == "King's Day"
    assert CALENDAR.holiday(date(2031, 4, 27)) is None


@pytest.mark.parametrize(("year", "free"), [(2025, True), (2026, False), (2030, True), (2031, False)])
def test_liberation_day_is_a_day_off_once_in_five_years(year, free):
    assert (CALENDAR.holiday(date(year, 5, 5)) is not None) == free


@given(st.integers(1583, 4099))
def test_easter_is_as_in_dateutil(year):
    assert easter_sunday(year) == easter(year)


@given(DAYS, COUNTS)
def test_adding_working_days_lands_on_a_working_day(day, count):
    assert CALENDAR.is_working_day(CALENDAR.add_working_days(day, count))


@given(DAYS, COUNTS, st.integers(0, 30))
def test_a_later_day_is_never_ready_earlier(day, count, later):
    after = day + timedelta(days=later)
    assert CALENDAR.add_working_days(day, count) <= CALENDAR.add_working_days(after, count)


@given(DAYS, st.integers(1, 60))
def test_one_more_working_day_is_later(day, count):
    assert CALENDAR.add_working_days(day, count) < CALENDAR.add_working_days(day, count + 1)


@given(DAYS, st.integers(1, 60))
def test_counting_gives_back_what_was_added(day, count):
    assert CALENDAR.working_days_between(day, CALENDAR.add_working_days(day, count)) == count


@given(DAYS, st.integers(1, 30), st.integers(1, 30))
def test_adding_twice_is_adding_the_sum(day, first, second):
    twice = CALENDAR.add_working_days(CALENDAR.add_working_days(day, first), second)
    assert twice == CALENDAR.add_working_days(day, first + second)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))
def test_it_is_open_only_on_a_working_day(moment):
    local = CALENDAR.local(moment)
    expected = CALENDAR.is_working_day(local.date()) and 9 <= local.hour < 17
    assert CALENDAR.is_open(moment) == expected


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        (datetime(2026, 12, 1, 8, 0, tzinfo=UTC), True),  # winter: 9:00 in Delft
        (datetime(2026, 12, 1, 7, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 7, 1, 7, 0, tzinfo=UTC), True),  # summer: 9:00 in Delft
        (datetime(2026, 7, 1, 15, 0, tzinfo=UTC), False),  # 17:00 sharp is closed
        (datetime(2026, 11, 28, 10, 0, tzinfo=UTC), False),  # Saturday
        (datetime(2026, 12, 25, 10, 0, tzinfo=UTC), False),
    ],
)
def test_open_at(moment, is_open):
    assert CALENDAR.is_open(moment) is is_open


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.is_open(datetime(2026, 12, 1, 10, 0))


def test_going_back_is_refused():
    with pytest.raises(ValueError, match="cannot add -1"):
        CALENDAR.add_working_days(date(2026, 12, 1), -1)


def test_a_calendar_that_is_always_closed_says_so():
    closed = Calendar(CALENDAR.timezone, {}, ())
    with pytest.raises(ValueError, match="no working day"):
        closed.add_working_days(date(2026, 12, 1), 1)


def test_over_christmas():
    assert CALENDAR.add_working_days(date(2026, 12, 24), 1) == date(2026, 12, 28)
    assert CALENDAR.add_working_days(date(2026, 12, 25), 0) == date(2026, 12, 28)
    assert CALENDAR.working_days_between(date(2026, 12, 24), date(2026, 12, 24)) == 0
