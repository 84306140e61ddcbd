"""One sender who sends all they can: what is refused, what still goes through, and how handlers remove it."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import functools
import os
import re
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from sousveil.complaints import carried, discard, folder, handlers, limits, offline, parcel, sealing
from sousveil.complaints.app import App, Refusal, Request, Response
from sousveil.complaints.desk import PER_THREAD_AND_DAY, Desk
from sousveil.complaints.folder import Config
from sousveil.complaints.limits import ANSWERED, DAYS_TO_FILL, FILES, FIRST, FURTHER, LARGEST, RESERVE, Busy, Limits
from sousveil.complaints.parcel import Message
from sousveil.complaints.receiving import LARGE_WAITING_MAX, WAITING_MAX, Receiving
from sousveil.complaints.receiving import SMALL as SMALL_BODY
from sousveil.complaints.store import Store, Stored, Thread, new_id, today
from sousveil.errors import SousveilError
from sousveil.ledger import dsse
from tests.complaints.places import HOST, NAMES, Place, form, made
from tests.complaints.test_cli_complaints import key_file, run

ROOT = Path(__file__).resolve().parents[2]
BUDGET, RETENTION = 8 << 20, 30
TEXT = 17_000
"""Bytes of a ciphertext with a text alone, about."""
MIDNIGHT = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = made(tmp_path / "complaints", disk_budget_mib=32, other_way="P. O. Box 1, Example City")
    monkeypatch.setenv("SOUSVEIL_COMPLAINTS", str(found.folder.root))
    return found


@dataclasses.dataclass
class Flood:
    """Puts messages without their cryptography into a store, as the desk does."""

    store: Store
    moment: datetime.datetime
    limits: Limits = dataclasses.field(default_factory=lambda: Limits(BUDGET, RETENTION))

    def first(self, size: int = TEXT) -> str:
        """A first message; gives its thread."""
        thread = Thread(id=new_id(), answers_to="r", day=self.moment.date().isoformat())
        self._put(functools.partial(self.store.add_thread, thread, secrets.token_bytes(32)), thread.id, 1, size)
        return thread.id

    def further(self, thread: str, size: int = TEXT) -> None:
        """A further message of a thread."""
        self._put(self.store.add_message, thread, self.store.thread_state(thread)[0], size)

    def _put(self, store: Callable[..., object], thread: str, number: int, size: int) -> None:
        day = self.moment.date().isoformat()
        message = Stored(id=new_id(), thread=thread, number=number, incoming=True, day=day, body=os.urandom(size))
        admit = functools.partial(self.limits.admit, thread=thread, number=number, size=size, moment=self.moment)
        store(message, admit=admit)

    def until_refused(self, put: Callable[[], object]) -> int:
        """How many are taken before the first is refused."""
        taken = 0
        while True:
            try:
                put()
            except Busy:
                return taken
            taken += 1

    def everything(self) -> list[int]:
        """What is taken of each size, of first texts, and of further texts of each thread that there is."""
        sizes = [self.until_refused(functools.partial(self.first, size)) for size in LARGEST[1:]]
        thread = self.first_thread()
        further = self.until_refused(functools.partial(self.further, thread))
        return [*sizes, self.until_refused(self.first), further]

    def first_thread(self) -> str:
        with self.store.reading() as connection:
            return str(connection.execute("SELECT min(id) FROM thread").fetchone()[0])


def retry(put: Callable[[], object]) -> int:
    with pytest.raises(Busy) as raised:
        put()
    return raised.value.retry


def test_one_sender_sends_all_they_can_for_days_and_first_texts_still_go_through(place: Place) -> None:
    flood = Flood(place.store, MIDNIGHT)
    days = [flood.everything()]
    for number in range(7):
        flood.moment = MIDNIGHT + (number + 0.999) * DAY
        days.append(flood.everything())
    assert days == [  # sizes from the second on; first texts, first texts of the reserve; further texts
        [1, 1, 0, 0, 0, 1 + 1, 1],  # the first hour
        [0, 0, 0, 0, 0, 29 + 3, 5],  # what was left of the first day
        [1, 0, 0, 0, 0, 30 + 4, 6],
        [1, 0, 0, 0, 0, 30 + 4, 6],
        [1, 0, 0, 0, 0, 21 + 4, 6],  # the room for first texts is full
        [1, 0, 0, 0, 0, 4, 0],
        [0, 0, 0, 0, 0, 4, 0],
        [0, 0, 0, 0, 0, 4, 0],
    ]

    # Everything is full. The reserve opens every day, evenly; who comes then gets through, the files of the flood do not.
    flood.moment = MIDNIGHT + 8 * DAY
    assert flood.first()
    wait = retry(flood.first)
    assert wait == 38_423  # 2 texts of the 69,905 bytes of a day, less the hour that is open at midnight
    flood.moment += datetime.timedelta(seconds=wait - 1)
    assert retry(flood.first) == 60  # one second, said as a minute
    flood.moment += datetime.timedelta(seconds=1)
    assert flood.first()
    assert flood.everything() == [0] * 7
    assert retry(functools.partial(flood.first, LARGEST[1])) == 86_400


def test_files_cannot_take_the_room_of_texts_nor_one_size_that_of_another(place: Place) -> None:
    flood = Flood(place.store, MIDNIGHT + 0.999 * DAY)
    for size, most in ((LARGEST[3], 0), (LARGEST[2], 1), (LARGEST[1], 1)):
        assert flood.until_refused(functools.partial(flood.first, size)) == most
    assert flood.until_refused(flood.first) == 30 + 4


def test_people_whom_the_handlers_answered_are_not_held_up(place: Place) -> None:
    flood = Flood(place.store, MIDNIGHT)
    answered, other = flood.first(), flood.first()
    answer = Stored(id=new_id(), thread=answered, number=0, incoming=False, day=today(), body=os.urandom(TEXT))
    place.store.add_message(answer)
    assert flood.until_refused(functools.partial(flood.further, other)) == 1
    assert flood.until_refused(functools.partial(flood.further, answered)) == 1
    flood.moment += 0.999 * DAY
    assert flood.until_refused(functools.partial(flood.further, other)) == 5
    assert flood.until_refused(functools.partial(flood.further, answered)) == 11


def test_a_restart_a_second_process_and_a_withdrawal_open_nothing(place: Place) -> None:
    flood = Flood(place.store, MIDNIGHT)
    assert flood.until_refused(flood.first) == 2
    for thread in [one.thread for one in place.store.messages(incoming=True)]:
        place.store.delete_thread(thread)
    again = Flood(Store(place.folder), MIDNIGHT)
    assert again.until_refused(again.first) == 0
    again.moment += DAY
    assert again.until_refused(again.first) == 2


def test_a_full_disk_counts_nothing(place: Place) -> None:
    flood = Flood(place.store, MIDNIGHT)
    admit = flood.limits.admit

    def full(connection: object, **values: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]
        admit(connection, **values)  # type: ignore[arg-type]

    flood.limits.admit = full  # type: ignore[method-assign]
    with pytest.raises(Busy, match="The disk is full"):
        flood.first()
    with place.store.reading() as connection:
        assert limits.today_by_room(connection, "2026-03-02") == limits.used(connection) == {}
    flood.limits.admit = admit  # type: ignore[method-assign]
    assert flood.until_refused(flood.first) == 2


def test_rooms_are_the_whole_budget_and_the_reserve_lasts() -> None:
    assert sum(limits.SHARES.values()) == pytest.approx(1)
    found = Limits(2048 << 20, 180)
    assert 0 <= found.rooms[RESERVE] - 180 * found.daily[RESERVE] < 180
    assert all(found.daily[one] == found.rooms[one] // DAYS_TO_FILL for one in (FIRST, FURTHER, ANSWERED, *FILES))
    assert [found.opened(FIRST, second) for second in (0, 39_600, 82_800, 86_399)] == [
        found.daily[FIRST] // 24, found.daily[FIRST] // 2, found.daily[FIRST], found.daily[FIRST],
    ]  # fmt: skip


def flood_in_numbers() -> dict[str, str]:
    """What docs/concepts/complaints.md says of a flood, by the place of each number there."""
    found = Limits(Config(title="x", hosts=["x"]).disk_budget_mib << 20, folder.RETENTION_DAYS)
    sizes = dict.fromkeys(limits.TEXT_SHARES, parcel.BUCKETS[0]) | dict(zip(FILES, parcel.BUCKETS[1:], strict=True))
    bodies = {one: size + 616 + size // 4096 for one, size in sizes.items()}  # what age adds for three keys, about
    daily = {one: found.daily[one] // size for one, size in bodies.items()}
    rooms = [
        f"| {one} | {share:.0%} | {found.rooms[one] / (1 << 20):.0f} | {found.rooms[one] // bodies[one]:,} | {daily[one]:,} |"
        for one, share in limits.SHARES.items()
    ]
    first, reserve = daily[FIRST], daily[RESERVE]
    worst = [
        f"| R that takes every first text that opens | {first / 86_400:.2f} a second |",
        f"| First texts that open in an hour | {(first + reserve) // 24:,} |",
        f"| First texts that open in a day | {first + reserve:,} |",
        f"| Days until the room for first texts is full | {DAYS_TO_FILL} |",
        f"| First texts a day after that, for 180 days | {reserve}, one in {86_400 // reserve} seconds |",
        f"| Files a day, of all sizes | {sum(daily[one] for one in FILES)}, for {DAYS_TO_FILL} days, then none until a discard |",
    ]
    chances = [
        f"| {rate} a second | 1 in {round(rate * 86_400 / first) + 1:,} | 1 in {round(rate * 86_400 / reserve) + 1:,} |"
        for rate in (0.1, 1, 10)
    ]
    return {
        "ROOMS": "\n".join(["| Room | Share | MiB | Messages | A day |", "| --- | --- | --- | --- | --- |", *rooms]),
        "WORST": "\n".join(["| | |", "| --- | --- |", *worst]),
        "CHANCES": "\n".join(
            ["| R | While first texts have room | While only the reserve is open |", "| --- | --- | --- |", *chances]
        ),
        "LARGE": str(LARGE_WAITING_MAX),
        "LINE": str(WAITING_MAX),
        "SHORT": f"{parcel.SHORT_TEXT:,}",
    }


def test_the_numbers_in_the_docs_are_those_of_the_code() -> None:
    text = " ".join((ROOT / "docs" / "concepts" / "complaints.md").read_text().split())
    numbers = {name: " ".join(value.split()) for name, value in flood_in_numbers().items()}
    for name in ("ROOMS", "WORST", "CHANCES"):
        assert numbers[name] in text
    assert f"a text of more than {numbers['SHORT']} letters" in text
    assert f"the {numbers['LINE']} requests that may wait, large ones take at most {numbers['LARGE']}." in text
    guide = " ".join((ROOT / "docs" / "guides" / "complaints.md").read_text().split())
    fits = [
        Limits(mib << 20, 180).rooms[FILES[-1]] >= parcel.BUCKETS[-1] + 616 + parcel.BUCKETS[-1] // 4096
        for mib in (133, 134)
    ]
    assert fits == [False, True] and "Below 134 MiB there is no room for the largest files." in guide
    [reserve] = re.findall(r"after that, for 180 days . (\d+)", text)
    assert f"{reserve} first texts a day go on meanwhile" in guide


def test_a_database_of_an_earlier_version_is_completed(place: Place) -> None:
    desk = Desk(place.folder)
    written = desk.hand_in(Message(text="early"))
    with place.store.reading() as connection:
        before = limits.used(connection)
    with place.store.writing() as connection:
        connection.execute("DROP TRIGGER sized")
        for name in ("came", "signer", "discarded", "size"):
            connection.execute(f"DROP TABLE {name}")
    assert Desk(place.folder).look(written) is not None
    with place.store.reading() as connection:
        assert limits.used(connection) == before and set(before) == {FIRST}


# ---------------------------------------------------------------- the page


def posted(app: App, path: str, **fields: str | list[tuple[str, bytes]]) -> Response:
    kind, body = form(**fields)
    lines = {"host": [HOST], "content-type": [kind], "content-length": [str(len(body))]}
    return app.answer(Request(method="POST", path=path, headers=lines, body=body))


def words_on(got: Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", got.body.decode().split("<main")[1].split("</main>")[0]).split())


def test_who_is_refused_keeps_the_text_and_reads_what_to_do(place: Place) -> None:
    config = msgspec.structs.replace(place.folder.config(), remedies="https://register.example/remedies")
    (place.folder.root / "complaints.toml").write_text(config.text())
    desk = Desk(place.folder, lambda: MIDNIGHT)
    flood = Flood(desk.store, MIDNIGHT, desk.limits)
    assert flood.until_refused(flood.first) == 6
    wait = retry(flood.first)
    app = App(desk)
    got = posted(app, "/", text="They came\nat night.")
    page = words_on(got)
    assert got.status == 503 and abs(wait - (wait := int(dict(got.headers)["Retry-After"]))) < 30
    assert "Too many messages arrive now. Your message was not stored." in page
    assert ">\nThey came\nat night.</textarea>" in got.body.decode()
    assert f"Try again in {-(-wait // 60)} minutes." in page
    assert f"Send a short text without files, at most {parcel.SHORT_TEXT:,} letters." in page
    assert "You can also reach us here: P. O. Box 1, Example City" in page
    assert "Courts, ombudspersons, human-rights institutions and helplines" in page

    flood.until_refused(functools.partial(flood.first, LARGEST[1]))
    got = posted(app, "/", text="See the file.", files=[("f", bytes(40_000))])
    page = words_on(got)
    assert "There is no room for files or a long text now. Your message was not stored." in page
    assert ">\nSee the file.</textarea>" in got.body.decode() and "Try again in 8 hours." in page


def test_a_thread_that_wrote_enough_waits_until_midnight(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(place.folder, lambda: MIDNIGHT + datetime.timedelta(hours=14))
    app, written = App(desk), desk.hand_in(Message(text="one"))
    monkeypatch.setattr(Store, "thread_state", lambda *_: (PER_THREAD_AND_DAY + 1, PER_THREAD_AND_DAY))
    got = posted(app, "/receipt/write", receipt=written, text="more")
    assert (got.status, dict(got.headers)["Retry-After"]) == (429, "36000")
    assert "This is enough for one day. Write again tomorrow." in words_on(got)
    assert "Try again in 10 hours." in words_on(got) and "without files" not in words_on(got)


def test_a_short_text_is_as_long_as_the_page_says() -> None:
    about = parcel.About(thread=new_id(), number=1, answers_to=sealing.new_identity()[1])
    assert len(parcel.pack(about, Message(text="過" * parcel.SHORT_TEXT))) == parcel.BUCKETS[0]
    assert len(parcel.pack(about, Message(text="過" * (parcel.SHORT_TEXT + 100)))) == parcel.BUCKETS[1]


def test_large_bodies_do_not_fill_the_line_of_texts(place: Place) -> None:
    """With every worker held up: so many large bodies wait, more are refused, and texts still find a place in the line."""
    app = App(Desk(place.folder))
    release = threading.Event()
    app.answer = lambda request: (release.wait(30), app.refuse(Refusal(422, "x"), request))[1]  # type: ignore[method-assign]

    async def statuses() -> tuple[int, int]:
        receiving = Receiving(app)

        async def one(size: int) -> int:
            lines = {"host": HOST, "content-type": "multipart/form-data; boundary=x", "content-length": str(size)}
            pairs = [(a.encode(), b.encode()) for a, b in lines.items()]
            scope = {"type": "http", "method": "POST", "path": "/", "headers": pairs}
            status: list[int] = []

            async def receive() -> dict[str, object]:
                return {"type": "http.request", "body": bytes(size)}

            async def send(message: dict[str, object]) -> None:
                status.extend([message["status"]] if "status" in message else [])  # type: ignore[list-item]

            await receiving(scope, receive, send)
            return status[0]

        large = [asyncio.create_task(one(SMALL_BODY + 1)) for _ in range(LARGE_WAITING_MAX + 3)]
        await asyncio.sleep(0.05)
        small = [asyncio.create_task(one(100)) for _ in range(WAITING_MAX - LARGE_WAITING_MAX + 2)]
        await asyncio.sleep(0.05)
        release.set()
        return [await task for task in large].count(503), [await task for task in small].count(503)

    assert asyncio.run(statuses()) == (3, 2)


# ---------------------------------------------------------------- discards


@dataclasses.dataclass
class Office:
    """Handlers at work on a flood of three threads: one is answered, one writes again after it was opened."""

    place: Place
    desk: Desk
    threads: list[str]
    opened: list[Path]
    receipts: list[str]
    keys: list[Path]
    folder: Path

    def count(self) -> int:
        with self.place.store.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM thread").fetchone()[0])


@pytest.fixture
def office(place: Place, tmp_path: Path) -> Office:
    desk = Desk(place.folder)
    receipts = [desk.hand_in(Message(text=f"flood {number}")) for number in range(3)]
    carried.export(place.store, tmp_path / "stick")
    opened = [
        offline.open_file(one, [place.identities[0]], tmp_path / "opened")
        for one in sorted((tmp_path / "stick").iterdir())
    ]
    for recipient, identity in list(zip(place.recipients, place.identities, strict=True))[:2]:
        discard.register_signer(place.store, recipient, discard.signer_text(identity))
    keys = [key_file(tmp_path / f"key-{number}", one) for number, one in enumerate(place.identities)]
    return Office(place, desk, [one.name[:32] for one in opened], opened, receipts, keys, tmp_path)


def test_two_handlers_discard_a_flood(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    bodies = [one.body for one in office.place.store.messages(incoming=True)]
    size = sum(map(len, bodies)) / (1 << 20)
    listed = office.folder / "list"
    listed.write_text("".join(f"{one / 'message.txt'}\n" for one in office.opened[1:]))  # as `grep -l` prints them
    code, out, _ = run(
        capsys,
        "discard",
        office.opened[0],
        "--list",
        listed,
        "--identity",
        office.keys[0],
        "--out",
        office.folder / "back",
    )
    [file] = (office.folder / "back").iterdir()
    assert (code, out) == (0, f"{file}: signed; it names 3 threads.\n")
    assert run(capsys, "discard", office.opened[0])[0] == 2  # nobody signs
    refused = run(capsys, "import", file)
    assert refused[0] == 2 and "A discard needs the signatures of 2 handlers" in refused[2] and office.count() == 3
    assert run(capsys, "discard", "--countersign", file, "--identity", office.keys[0])[0] == 2  # the same handler again
    before = file.read_bytes()
    shown = run(capsys, "discard", "--countersign", file)
    assert shown == (0, "".join(f"{one.name}\n" for one in office.opened), "") and file.read_bytes() == before
    signed = run(capsys, "discard", "--countersign", file, "--identity", office.keys[1])
    assert signed == (0, f"{file}: signed; it names 3 threads.\n", "")
    assert run(capsys, "import", file) == (0, f"{file.name}: 3 threads deleted, {size:.1f} MiB.\n", "")
    assert office.count() == 0 and not any(office.desk.look(one) for one in office.receipts)
    disk = b"".join(office.place.everything().values())
    assert not any(body[at : at + 64] in disk for body in bodies for at in range(300, len(body) - 64, 512))
    assert f"{today()}  3 threads discarded by handlers, {size:.1f} MiB\n" in run(capsys, "status")[1]
    again = run(capsys, "import", file)
    assert again == (2, f"{file.name}: 0 threads deleted, 0.0 MiB.\n", "Not here, or no longer: 3 threads.\n")
    assert office.place.store.delete_before("2999-01-01") == 0
    assert "discarded" not in run(capsys, "status")[1]


def signed(office: Office, *, whole: bool = False) -> Path:
    file, _ = discard.make(office.opened, office.place.identities[:2], office.folder / "back", whole=whole)
    return file


def test_who_wrote_again_or_was_answered_is_kept_without_an_explicit_word(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    (office.folder / "answer.txt").write_text("We read it.")
    carried.take_in(
        office.place.store, offline.reply(office.opened[0], office.folder / "answer.txt", [], office.folder / "a")
    )
    again = next(
        one for one in office.receipts if (found := office.desk.look(one)) and found.thread == office.threads[1]
    )
    office.desk.add(again, Message(text="I am a person."))
    done = discard.apply(office.place.store, signed(office).read_bytes())
    assert (done.gone, sorted(done.kept), done.absent, office.count()) == (1, office.threads[:2], 0, 2)
    answered = next(
        one for one in office.receipts if (found := office.desk.look(one)) and found.thread == office.threads[0]
    )
    office.desk.add(answered, Message(text="Thank you."))
    carried.export(office.place.store, office.folder / "stick")
    later = office.folder / "stick" / f"{office.threads[0]}-003.complaint"
    office.opened.append(offline.open_file(later, [office.place.identities[0]], office.folder / "opened"))
    done = discard.apply(office.place.store, signed(office).read_bytes())
    assert (done.gone, sorted(done.kept), done.absent) == (
        0,
        office.threads[:2],
        1,
    )  # all is known of the first, and it is answered
    whole = signed(office, whole=True)
    assert "It also deletes threads with an answer" in run(capsys, "discard", "--countersign", whole)[2]
    done = discard.apply(office.place.store, whole.read_bytes())
    assert (done.gone, done.kept, done.absent, office.count()) == (2, [], 1, 0)
    with office.place.store.reading() as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM meta ORDER BY name")] == ["form", "salt"]


def test_the_last_message_that_lies_opened_counts(office: Office) -> None:
    again = next(
        one for one in office.receipts if (found := office.desk.look(one)) and found.thread == office.threads[1]
    )
    office.desk.add(again, Message(text="More of the flood."))
    carried.export(office.place.store, office.folder / "stick")
    offline.open_file(
        office.folder / "stick" / f"{office.threads[1]}-002.complaint",
        [office.place.identities[0]],
        office.folder / "opened",
    )
    assert discard.apply(office.place.store, signed(office).read_bytes()).gone == 3


def test_a_flood_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of thousands of opened folders lies beside all others."""
    opened = [tmp_path / "opened" / f"{new_id()}-001" for _ in range(20)]
    for one in opened:
        one.mkdir(parents=True)
        to = offline.AnswerTo(thread=one.name[:32], answers_to="r", number=1)
        (one / offline.ANSWER_TO).write_bytes(msgspec.json.encode(to))
    listed: list[Path] = []
    iterdir = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: (listed.append(self), iterdir(self))[1])
    monkeypatch.setattr(Path, "glob", lambda self, pattern: pytest.fail("lists a folder for each thread"))
    _, count = discard.make(opened, [sealing.new_identity()[0]], tmp_path / "back")
    assert (count, listed) == (20, [tmp_path / "opened"])


FORGED: dict[str, Callable[[Office], bytes]] = {
    "altered": lambda office: signed(office).read_bytes().replace(b'"sig":"', b'"sig":"AAAA', 1),
    "another payload": lambda office: dsse.encode(
        msgspec.structs.replace(
            discard.read(signed(office).read_bytes())[0],
            payload=msgspec.json.encode(discard.Statement(threads=dict.fromkeys(office.threads, 9), whole=True)),
        )
    ),
    "a stranger and a handler": lambda office: discard.make(
        office.opened, [office.place.identities[0], sealing.new_identity()[0]], office.folder / "back"
    )[0].read_bytes(),
    "the recovery key and a handler": lambda office: discard.make(
        office.opened, [office.place.identities[0], office.place.identities[2]], office.folder / "back"
    )[0].read_bytes(),
    "an answer": lambda office: carried.text_of(
        carried.Line(sousveil="answer-1", id=new_id(), thread=office.threads[0]), sealing.HEADER
    ),
    "another type": lambda office: dsse.encode(
        dsse.sign(
            "text/plain",
            msgspec.json.encode(discard.Statement(threads=dict.fromkeys(office.threads, 1))),
            *map(discard.signing_key, office.place.identities[:2]),
        )
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_discard_deletes_nothing(
    office: Office, forge: Callable[[Office], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    file = office.folder / "x.discard"
    file.write_bytes(forge(office))
    code, out, err = run(capsys, "import", file)
    assert (code, out, err.startswith("x.discard: "), office.count()) == (2, "", True, 3)


def test_a_discard_of_another_installation_deletes_nothing(
    office: Office, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same handlers, with the same keys, have two installations."""
    file = signed(office)
    other = made(tmp_path / "other")
    for recipient, identity in zip(other.recipients[:2], office.place.identities[:2], strict=True):
        discard.register_signer(other.store, recipient, discard.signer_text(identity))
    Desk(other.folder).hand_in(Message(text="real"))
    assert run(capsys, "import", file, "--complaints", other.folder.root)[::2] == (
        2,
        "Not here, or no longer: 3 threads.\n",
    )
    with other.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM thread").fetchone() == (1,)


def test_signing_keys_end_with_the_handlers_key(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    _, b, vault = office.place.recipients
    file = signed(office)
    assert f"{b}  {NAMES[1]}  (signs discards)\n" in run(capsys, "handlers", "list")[1]
    fresh = sealing.new_identity()
    handlers.rotate(office.place.store, b, fresh[1])
    assert f"{fresh[1]}  {NAMES[1]}\n" in run(capsys, "handlers", "list")[1]
    assert run(capsys, "import", file)[0] == 2 and office.count() == 3
    text = discard.signer_text(fresh[0])
    for wrong in (
        [vault, text],
        [fresh[1], text[:-1] + "qp"[text[-1] == "q"]],
        [fresh[1], discard.signer_text(office.place.identities[0])],
        [b, text],
    ):
        assert run(capsys, "handlers", "sign", *wrong)[0] == 2
    assert run(capsys, "handlers", "sign", fresh[1], text)[0] == 0
    discard.countersign(file, [fresh[0]])
    assert discard.apply(office.place.store, file.read_bytes()).gone == 3


def test_what_cannot_be_discarded(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    key = office.keys[0]
    assert "Which threads?" in run(capsys, "discard", "--identity", key)[2]
    assert "is no folder that `open` made" in run(capsys, "discard", office.folder, "--identity", key)[2]
    with pytest.raises(SousveilError):
        discard.read(b"{}")


def test_a_carried_complaint_can_be_named_unopened(office: Office) -> None:
    office.desk.add(office.receipts[0], Message(text="More of the flood."))
    carried.export(office.place.store, office.folder / "stick")
    file, count = discard.make(
        sorted((office.folder / "stick").iterdir(), key=lambda one: one.name[-14:], reverse=True),
        office.place.identities[:2],
        office.folder / "back",
    )
    assert (count, discard.apply(office.place.store, file.read_bytes()).gone) == (3, 3)
