"""How the wall clock of an Android phone stands to UTC: the same moment printed both ways, and the bounds of what counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sousveil.acquisition.clock import Clock, clock_of
from sousveil.acquisition.contents import contents
from sousveil.acquisition.door import open_acquisition

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
HOUR = 3600


def packages(*pairs: tuple[datetime, int]) -> dict[str, bytes]:
    """Sections in which packages were updated at these moments, with a wall clock so many seconds ahead of UTC."""
    local = exact = ""
    for number, (moment, ahead) in enumerate(pairs):
        local += (
            f"  Package [a{number}.b] (1):\n    lastUpdateTime={moment + timedelta(seconds=ahead):%Y-%m-%d %H:%M:%S}\n"
        )
        exact += f"pkg,a{number}.b,10001,1,{round(moment.timestamp() * 1000)},?\n"
    return {"package": local.encode(), "CHECKIN PACKAGE": exact.encode()}


def usage(moment: datetime, ahead: int, other: str = "a.b") -> dict[str, bytes]:
    """Sections of usage with one event."""
    shown = moment + timedelta(seconds=ahead)
    return {
        "usagestats": f'  time="{shown:%Y-%m-%d %H:%M:%S}" type=ACTIVITY_RESUMED package=a.b\n'.encode(),
        "CHECKIN USAGESTATS": f"  time={round(moment.timestamp() * 1000)} type=ACTIVITY_RESUMED package={other}\n".encode(),
    }


@pytest.mark.parametrize(
    ("ahead", "offset"),
    [
        (HOUR, HOUR),
        (HOUR + 1, HOUR),
        (HOUR - 1, HOUR),
        (HOUR + 2, None),
        (5 * HOUR + 2700, 5 * HOUR + 2700),
        (18 * HOUR, 18 * HOUR),
        (-18 * HOUR, -18 * HOUR),
        (18 * HOUR + 900, None),
    ],
)
def test_offsets_are_quarters_of_an_hour_up_to_eighteen_hours(ahead: int, offset: int | None) -> None:
    assert clock_of(packages((NOON, ahead)), None) == Clock(zone=None, offset=offset)


def test_events_of_usage_say_it_too_where_they_are_the_same_event() -> None:
    assert clock_of(usage(NOON, 2 * HOUR), None) == Clock(zone=None, offset=2 * HOUR)
    assert clock_of(usage(NOON, 2 * HOUR, "c.d"), None) == Clock(zone=None, offset=None)
    assert clock_of({"usagestats": usage(NOON, HOUR)["usagestats"]}, None) == Clock(zone=None, offset=None)


def test_the_zone_of_the_phone_stands_where_half_of_the_moments_agree() -> None:
    just_after = datetime(2024, 4, 5, 12, tzinfo=UTC)  # five days after summer time began
    berlin = Clock(zone="Europe/Berlin", offset=None)
    assert clock_of(packages((just_after, 2 * HOUR)), "Europe/Berlin") == berlin
    assert clock_of(packages((just_after, 2 * HOUR), (NOON, 5 * HOUR)), "Europe/Berlin") == berlin
    moved = packages((NOON, HOUR), (just_after, 5 * HOUR), (just_after + timedelta(days=1), 5 * HOUR))
    assert clock_of(moved, "Europe/Berlin") == Clock(zone=None, offset=5 * HOUR)


def test_the_last_fifty_moments_decide() -> None:
    days = [NOON + timedelta(days=number) for number in range(51)]
    hours = [HOUR, *[2 * HOUR] * 25, *[HOUR] * 25]
    assert clock_of(packages(*zip(days, hours, strict=True)), None) == Clock(zone=None, offset=2 * HOUR)


@pytest.mark.parametrize("bodies", [packages((NOON, 3 * HOUR)), usage(NOON, 3 * HOUR)])
def test_a_report_is_opened_with_the_sections_that_tell_its_clock(bodies: dict[str, bytes], tmp_path: Path) -> None:
    ruler = "=" * 56
    text = f"{ruler}\n== dumpstate: 2024-01-01 15:30:15\n{ruler}\n\nBuild fingerprint: 'a/b/c:13/X/1:user/release-keys'\n\n"
    for title, body in bodies.items():
        if title.startswith("CHECKIN"):
            text += f"------ {title} (dumpsys) ------\n{body.decode()}"
        else:
            text += f"{'-' * 79}\nDUMP OF SERVICE {title}:\n{body.decode()}"
    path = tmp_path / "bugreport-x.txt"
    path.write_text(text)
    contents.cache_clear()
    device = open_acquisition(path).device
    assert (device.utc_offset, device.last_backup) == (3 * HOUR, round(NOON.timestamp() + 1815) * 1_000_000)


@pytest.mark.parametrize("moment", [253402300799.0, 1e18, -1e18])
def test_a_moment_beyond_the_calendar_has_no_offset(moment: float) -> None:
    assert Clock(zone="Asia/Tokyo", offset=None).offset_at(moment) is None
    assert Clock(zone="Asia/Tokyo", offset=None).offset_at(NOON.timestamp()) == 9 * HOUR
