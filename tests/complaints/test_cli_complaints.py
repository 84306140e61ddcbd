"""The verbs: what they print, and what they refuse."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from sousveil.cli import main
from sousveil.complaints import carried, discard, offline, sealing
from sousveil.complaints.desk import Desk
from sousveil.complaints.folder import Config
from sousveil.complaints.parcel import Attached, Message
from sousveil.complaints.purge import purge
from sousveil.complaints.store import today
from sousveil.complaints.waiting import waiting
from sousveil.errors import Usage
from sousveil.ledger import bech32
from tests.complaints.places import Place, made


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = made(tmp_path / "complaints")
    monkeypatch.setenv("SOUSVEIL_COMPLAINTS", str(found.folder.root))
    return found


def run(capsys: pytest.CaptureFixture[str], *line: str | Path) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["complaints", *map(str, line)])
    said = capsys.readouterr()
    return code, said.out, said.err


def key_file(path: Path, identity: str) -> Path:
    path.write_text(identity + "\n")
    return path


def test_handlers(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    a, b, vault = place.recipients
    lines = [
        f"handler   {today()} – in use      {a}  Office A\n",
        f"handler   {today()} – in use      {b}  Office B\n",
        f"recovery  {today()} – in use      {vault}  Vault\n",
    ]
    assert run(capsys, "handlers", "list") == (0, "".join(lines), "")
    elsewhere = made(place.folder.root.parent / "elsewhere")
    for line in (
        ["handlers", "list", "--complaints", elsewhere.folder.root],
        ["handlers", "--complaints", elsewhere.folder.root, "list"],
    ):
        assert elsewhere.recipients[0] in run(capsys, *line)[1]
    assert run(capsys, "handlers", "end", a) == (
        2,
        "",
        (
            "sousveil: Complaints are encrypted to at least two named handlers.\n"
            "Add one: sousveil complaints handlers add NAME age1...\n"
        ),
    )
    _, new = sealing.new_identity()
    code, out, err = run(capsys, "handlers", "rotate", a, new)
    assert (code, err) == (
        0,
        "What lies here already opens only with the old key; keep it until that has run out.\n",
    )
    assert f"handler   {today()} – {today()}  {a}  Office A\n" in out and f"– in use      {new}  Office A\n" in out
    assert run(capsys, "handlers", "add", "Office C", sealing.new_identity()[1])[0] == 0


def test_status_and_purge(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = "waiting for an answer: 0 threads; overdue, after 14 days: 0\n"
    assert run(capsys, "status") == (0, f"0 threads, 0 messages, 0.0 of 2,048 MiB\n{nothing}", "")
    Desk(place.folder).hand_in(Message(text="x" * 300, files=(Attached("f", bytes(900_000)),)))
    place.store.note_trouble("KeyError at app.py:1")
    place.store.note_trouble("KeyError at app.py:1")
    [stored] = place.store.messages(incoming=True)
    kept = (date.fromisoformat(today()) + timedelta(days=180)).isoformat()
    assert run(capsys, "status") == (
        0,
        (
            "1 thread, 1 message, 1.0 of 2,048 MiB\n"
            "room for messages up to 1,024 KiB: 1.0 of 102.4 MiB; today 1.0 of 25.6 MiB\n"
            "waiting for an answer: 1 thread; overdue, after 14 days: 0\n"
            f"{stored.thread}  since {today()}  1 message, kept until {kept}\n{today()}  KeyError at app.py:1  2\n"
        ),
        "",
    )
    assert run(capsys, "purge")[1] == "0 threads deleted and overwritten; kept: 180 days after the last message.\n"
    with place.store.writing() as connection:
        connection.execute("UPDATE thread SET day = '2020-01-01'")
    assert run(capsys, "purge")[1] == "1 thread deleted and overwritten; kept: 180 days after the last message.\n"


def test_what_waits_for_the_handlers_and_is_overdue(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(place.folder)
    receipts = [desk.hand_in(Message(text=one)) for one in ("first", "second")]
    with place.store.writing() as connection:
        connection.execute("UPDATE message SET day = '2026-03-01'")
        connection.execute("UPDATE thread SET day = '2026-03-01'")
    assert [(one.since, one.messages, one.overdue) for one in waiting(place.store, 180, day="2026-03-15")] == [
        ("2026-03-01", 1, False),
        ("2026-03-01", 1, False),
    ]
    late = waiting(place.store, 180, day="2026-03-16")
    assert [(one.overdue, one.gone) for one in late] == [(True, "2026-08-28")] * 2
    assert purge(place.store, 180, day="2026-08-28") == 0

    # Answered over the stick, as handlers do: it waits no more until somebody writes again.
    carried.export(place.store, tmp_path / "stick")
    answered = min((tmp_path / "stick").iterdir())
    (tmp_path / "answer.txt").write_text("We have read it.")
    opened = offline.open_file(answered, [place.identities[0]], tmp_path / "opened")
    carried.take_in(place.store, offline.reply(opened, tmp_path / "answer.txt", [], tmp_path / "back"))
    thread = answered.name.partition("-")[0]
    [other] = waiting(place.store, 180)
    assert other.thread != thread and other.overdue
    code, out, _ = run(capsys, "status")
    assert code == 0 and "waiting for an answer: 1 thread; overdue, after 14 days: 1\n" in out
    assert f"{other.thread}  since 2026-03-01  overdue  1 message, kept until 2026-08-28\n" in out and thread not in out

    for receipt in receipts:
        assert desk.add(receipt, Message(text="again"))
    found = {one.thread: one for one in waiting(place.store, 180)}
    assert (found[thread].since, found[thread].messages, found[thread].overdue) == (today(), 1, False)
    assert (found[other.thread].since, found[other.thread].messages, found[other.thread].overdue) == (
        "2026-03-01",
        2,
        True,
    )


def test_what_came_between_export_and_import_waits_on(place: Place, tmp_path: Path) -> None:
    desk = Desk(place.folder)
    receipt = desk.hand_in(Message(text="one"))
    desk.add(receipt, Message(text="two"))
    (tmp_path / "answer.txt").write_text("We have read it.")

    def fetched() -> Path:
        """Everything on the stick is opened; gives the folder of the first message."""
        carried.export(place.store, tmp_path / "stick")
        for one in sorted((tmp_path / "stick").iterdir()):
            if not (tmp_path / "opened" / one.stem).exists():
                offline.open_file(one, [place.identities[0]], tmp_path / "opened")
        return min((tmp_path / "opened").iterdir())

    def reply(opened: Path) -> Path:
        return offline.reply(opened, tmp_path / "answer.txt", [], tmp_path / "back")

    def waits() -> list[int]:
        return [one.messages for one in waiting(place.store, 180)]

    first = reply(fetched())
    assert json.loads(first.read_bytes().partition(b"\n")[0])["number"] == 2
    desk.add(receipt, Message(text="three"))
    assert carried.take_in(place.store, first) == 4
    assert waits() == [1]
    second = reply(fetched())
    desk.add(receipt, Message(text="five"))
    third = reply(fetched())
    assert (carried.take_in(place.store, third), waits()) == (6, [])
    assert (carried.take_in(place.store, second), waits()) == (7, [])  # the older answer takes nothing back

    # An answer that does not say it, or says what cannot be, counts for all before it.
    for number in (0, -1, 99, 10**30):
        desk.add(receipt, Message(text="more"))
        assert waits() == [1]
        head, _, body = reply(fetched()).read_bytes().partition(b"\n")
        head = json.dumps({**json.loads(head), "number": number}).encode()
        (tmp_path / "one.answer").write_bytes(head + b"\n" + body)
        carried.take_in(place.store, tmp_path / "one.answer")
        assert waits() == []

    desk.withdraw(receipt)
    with place.store.reading() as connection:
        assert [name for (name,) in connection.execute("SELECT name FROM meta ORDER BY name")] == ["form", "salt"]


def test_nothing_of_an_answered_thread_is_left_when_its_time_has_run_out(place: Place, tmp_path: Path) -> None:
    Desk(place.folder).hand_in(Message(text="one"))
    carried.export(place.store, tmp_path / "stick")
    [file] = (tmp_path / "stick").iterdir()
    (tmp_path / "answer.txt").write_text("We have read it.")
    opened = offline.open_file(file, [place.identities[0]], tmp_path / "opened")
    carried.take_in(place.store, offline.reply(opened, tmp_path / "answer.txt", [], tmp_path / "back"))
    names = "SELECT name FROM meta ORDER BY name"
    with place.store.reading() as connection:
        thread = connection.execute("SELECT id FROM thread").fetchone()[0]
        assert [name for (name,) in connection.execute(names)] == [f"answered {thread}", "form", "salt"]
    assert purge(place.store, 0, day="2999-01-01") == 1
    with place.store.reading() as connection:
        assert [name for (name,) in connection.execute(names)] == ["form", "salt"]


def test_an_older_database_and_an_older_opened_folder_count_as_before(place: Place, tmp_path: Path) -> None:
    desk = Desk(place.folder)
    receipt = desk.hand_in(Message(text="one"))
    carried.export(place.store, tmp_path / "stick")
    [file] = (tmp_path / "stick").iterdir()
    (tmp_path / "answer.txt").write_text("We have read it.")
    opened = offline.open_file(file, [place.identities[0]], tmp_path / "opened")
    fresh = offline.reply(opened, tmp_path / "answer.txt", [], tmp_path / "back")
    to = json.loads((opened / offline.ANSWER_TO).read_bytes())
    assert to.pop("number") == 1
    (opened / offline.ANSWER_TO).write_bytes(json.dumps(to).encode())
    old = offline.reply(opened, tmp_path / "answer.txt", [], tmp_path / "back")
    desk.add(receipt, Message(text="two"))
    carried.take_in(place.store, old)
    with place.store.writing() as connection:
        connection.execute("DELETE FROM meta WHERE name LIKE 'answered %'")
    assert waiting(place.store, 180) == []
    desk.add(receipt, Message(text="four"))
    carried.take_in(place.store, fresh)
    assert [one.messages for one in waiting(place.store, 180)] == [1]


def test_a_key_is_made_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "key"
    code, out, _ = run(capsys, "key", file)
    (identity,) = sealing.read_identities(file)
    recipient, signer = out.splitlines()
    assert code == 0 and sealing.unseal(sealing.seal(b"x", [recipient]), [identity]) == b"x"
    assert bech32.decode("sign", signer) == discard.signing_key(identity).public.raw
    assert run(capsys, "key", "--show", file)[:2] == (0, out)
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(capsys, "key", file)[0] == 2
    assert sealing.read_identities(file) == [identity]


def test_what_was_encrypted_first_is_opened_too(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import pyrage

    inner = sealing.seal(b"first by myself", place.recipients)
    to = [pyrage.x25519.Recipient.from_str(one) for one in place.recipients]
    armored = pyrage.encrypt(b"in the text", to, armored=True).decode()
    Desk(place.folder).hand_in(Message(text=armored, files=(Attached("message.age", inner),)))
    assert run(capsys, "export", tmp_path / "stick")[0] == 0
    file = next((tmp_path / "stick").iterdir())
    key = key_file(tmp_path / "key", place.identities[2])
    code, out, _ = run(capsys, "open", file, "--identity", key, "--out", tmp_path / "opened")
    opened = Path(out.strip())
    assert code == 0
    assert (opened / "file-01.opened").read_bytes() == b"first by myself"
    assert (opened / "message.opened.txt").read_bytes() == b"in the text"
    assert {one.stat().st_mode & 0o777 for one in opened.iterdir()} == {
        0o600
    } and opened.stat().st_mode & 0o777 == 0o700


def test_what_cannot_be_opened(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(place.folder)
    desk.hand_in(Message(text="one"))
    desk.hand_in(Message(text="two"))
    run(capsys, "export", tmp_path / "stick")
    one, two = sorted((tmp_path / "stick").iterdir())
    key = key_file(tmp_path / "key", place.identities[0])
    other = key_file(tmp_path / "other", sealing.new_identity()[0])
    out = tmp_path / "opened"
    assert run(capsys, "open", one, "--identity", other, "--out", out) == (
        2,
        "",
        f"{one.name}: None of these keys opens this. Try the key of another handler.\n",
    )
    first, _, body = one.read_bytes().partition(b"\n")
    swapped = tmp_path / "swapped"
    swapped.write_bytes(two.read_bytes().partition(b"\n")[0] + b"\n" + body)
    assert (
        "says something else than what was encrypted"
        in run(capsys, "open", swapped, "--identity", key, "--out", out)[2]
    )
    line = json.loads(first)
    line["answers_to"] = sealing.new_identity()[1]
    swapped.write_bytes(json.dumps(line).encode() + b"\n" + body)
    assert (
        "says something else than what was encrypted"
        in run(capsys, "open", swapped, "--identity", key, "--out", out)[2]
    )
    swapped.write_bytes(first + b"\n" + body[:-1] + bytes([body[-1] ^ 1]))
    assert "damaged, cut short or changed" in run(capsys, "open", swapped, "--identity", key, "--out", out)[2]
    assert not out.exists()
    assert run(capsys, "open", one, "--identity", key, "--out", place.folder.root)[0] == 2
    assert run(capsys, "open", one, "--identity", key, "--out", place.folder.root / "x")[0] == 2
    assert run(capsys, "open", one, one, two, "--identity", key, "--out", out)[0] == 2
    assert sorted(path.name for path in out.iterdir()) == [one.stem, two.stem]


def test_answers_that_are_not_taken(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(place.folder)
    written = desk.hand_in(Message(text="one"))
    run(capsys, "export", tmp_path / "stick")
    file = next((tmp_path / "stick").iterdir())
    opened = offline.open_file(file, [place.identities[0]], tmp_path / "opened")
    (tmp_path / "a.txt").write_text("answer")
    answer = offline.reply(opened, tmp_path / "a.txt", [], tmp_path / "back")
    assert "Expected: answer-1" in run(capsys, "import", file)[2]
    assert run(capsys, "import", tmp_path / "absent")[0] == 2
    desk.withdraw(written)
    assert "was withdrawn or its time has run out" in run(capsys, "import", answer)[2]
    (tmp_path / "empty.txt").write_text(" \n")
    assert run(capsys, "reply", opened, "--text", tmp_path / "empty.txt", "--out", tmp_path / "back")[0] == 2
    assert run(capsys, "reply", tmp_path, "--text", tmp_path / "a.txt", "--out", tmp_path / "back")[0] == 2


def test_an_answer_that_was_exchanged_on_the_server_is_told(place: Place, tmp_path: Path) -> None:
    """A damaged answer, and one of another thread that was encrypted to this one's key, are shown as damaged."""
    desk = Desk(place.folder)
    one, two = desk.hand_in(Message(text="one")), desk.hand_in(Message(text="two"))
    carried.export(place.store, tmp_path / "stick")
    files = sorted((tmp_path / "stick").iterdir())
    (tmp_path / "a.txt").write_text("answer")
    for file in files:
        opened = offline.open_file(file, [place.identities[0]], tmp_path / "opened")
        carried.take_in(place.store, offline.reply(opened, tmp_path / "a.txt", [], tmp_path / "back"))
    with place.store.writing() as connection:
        rows = connection.execute("SELECT id, body FROM message WHERE NOT incoming").fetchall()
        connection.execute("UPDATE message SET body = ? WHERE id = ?", (rows[1][1], rows[0][0]))
    found = [desk.look(receipt) for receipt in (one, two)]
    assert sorted(thread.answers[0].damaged for thread in found if thread is not None) == [False, True]


@pytest.mark.parametrize(
    "change",
    [
        {"hosts": []},
        {"hosts": ["UPPER.example"]},
        {"hosts": ["a b"]},
        {"title": " "},
        {"title": "a\u202eb"},
        {"retention_days": 0},
        {"retention_days": 4000},
        {"disk_budget_mib": 1},
        {"remedies": "javascript:alert(1)"},
        {"remedies": 'https://x/"onload'},
        {"hosts": ["c.example", "r.example"], "remedies": "https://r.example/remedies"},
        {"hosts": ["r.example"], "remedies": "https://R.Example/remedies"},
        {"hosts": ["r.example."], "remedies": "https://r.example/remedies"},
        {"hosts": ["r.example"], "remedies": "https://r.example./remedies"},
        {"hosts": ["r.example:8443"], "remedies": "https://r.example/remedies"},
        {"hosts": ["r.example"], "remedies": "http://somebody@r.example:8000/remedies"},
        {"hosts": ["r.example"], "remedies": "https://r%2Eexample/remedies"},
        {"hosts": ["xn--bcher-kva.example"], "remedies": "https://XN--BCHER-KVA.example/remedies"},
        {"hosts": ["xn--bcher-kva.example"], "remedies": "https://b%C3%BCcher.example/remedies"},
        {"hosts": ["xn--bcher-kva.example"], "remedies": "https://B%C3%9CCHER%E3%80%82example/remedies"},
        {"hosts": ["127.0.0.1:8100"], "remedies": "http://127.0.0.1:8000/remedies"},
        {"hosts": ["127.0.0.1:8100"], "remedies": "http://127.1:8000/remedies"},
    ],
)
def test_settings_that_cannot_be(change: dict[str, object]) -> None:
    values: dict[str, object] = {"title": "T", "hosts": ["c.example"], **change}
    with pytest.raises(Usage):
        Config(**values).checked()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hosts", [["complaints.r.example"], ["other.example"], ["r.example.org"], ["xn--bcher-kva.r.example"]]
)
def test_another_host_name_than_the_registers_is_taken(hosts: list[str]) -> None:
    Config(title="T", hosts=hosts, remedies="https://r.example/remedies").checked()


def test_the_registers_host_name_is_refused_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = [sealing.new_identity()[1] for _ in range(3)]
    given = ["--handler", f"A={keys[0]}", "--handler", f"B={keys[1]}", "--recovery", f"Vault={keys[2]}", "--one-user"]
    place = tmp_path / "complaints"
    code, out, err = run(
        capsys, "init", place, *given, "--host", "c.example", "--host", "register.example.org:443",
        "--remedies", "https://Register.example.org./remedies",
    )  # fmt: skip
    assert (code, out) == (2, "")
    assert err == (
        "sousveil: register.example.org:443 is the register's host name, as the address of where to turn says; complaints are "
        "never taken under it.\nGive complaints a host name of their own that nobody else serves, such as --host "
        "complaints.example.org or an onion address, and keep the link to the register in --remedies.\n"
    )
    assert not place.exists()


@pytest.mark.parametrize(
    "setting", ['origin = "r.example/log"', 'origin = "x/log"\naddress = "https://R.example:81/reg"']
)
def test_a_register_whose_settings_can_be_read_tells_its_host_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    (tmp_path / "register").mkdir()
    (tmp_path / "register" / "register.toml").write_text(f'title = "R"\n{setting}\n')
    keys = [sealing.new_identity()[1] for _ in range(3)]
    given = ["--handler", f"A={keys[0]}", "--handler", f"B={keys[1]}", "--recovery", f"Vault={keys[2]}", "--one-user"]
    line = ["init", tmp_path / "complaints", *given, "--register", tmp_path / "register"]
    code, _, err = run(capsys, *line, "--host", "r.example")
    assert code == 2 and err.startswith("sousveil: r.example is the register's host name, as register.toml in ")
    assert run(capsys, *line, "--host", "c.example")[0] == 0
    config = tmp_path / "complaints" / "complaints.toml"
    config.write_text(config.read_text().replace("c.example", "r.example"))
    code, _, err = run(capsys, "serve", "--complaints", tmp_path / "complaints", "--one-user")
    assert code == 2 and err.startswith("sousveil: r.example is the register's host name")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["Office A", "office a ", "Vault"], "Two keys would bear one name: Office A and office a."),
        (["Office A", "Office\u00a0A", "Vault"], "A handler's name is empty, too long, or holds characters"),
        (["Office A", "ＯＦＦＩＣＥ-A.", "Vault"], "Two keys would bear one name: Office A and ＯＦＦＩＣＥ-A.."),
        (["Office A", "Office B", "office b"], "office b would be a handler and the recovery key at once;"),
    ],
)
def test_names_that_are_one_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], says: str
) -> None:
    keys = [sealing.new_identity()[1] for _ in names]
    a, b, recovery = (f"{name}={key}" for name, key in zip(names, keys, strict=True))
    given = ["--handler", a, "--handler", b, "--recovery", recovery, "--one-user", "--host", "c.example"]
    code, _, err = run(capsys, "init", tmp_path / "complaints", *given)
    assert code == 2 and err.startswith(f"sousveil: {says}")
    assert not (tmp_path / "complaints").exists()


def test_with_one_handler_init_says_what_to_add_to_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = [sealing.new_identity()[1] for _ in range(2)]
    given = ["--handler", f"A={keys[0]}", "--recovery", f"Vault={keys[1]}", "--one-user", "--host", "c.example"]
    assert run(capsys, "init", tmp_path / "complaints", *given) == (
        2,
        "",
        (
            "sousveil: Complaints are encrypted to at least two named handlers.\n"
            'Name another in the same command: --handler "NAME=age1..."\n'
        ),
    )


def test_a_name_in_use_is_not_added_again(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    a = place.recipients[0]
    new = [sealing.new_identity()[1] for _ in range(3)]
    code, _, err = run(capsys, "handlers", "add", " OFFICE a", new[0])
    assert code == 2 and err == (
        "sousveil: Two keys would bear one name: Office A and OFFICE a.\n"
        "Each has a name of its own. For a new key of the same name: sousveil complaints handlers rotate.\n"
    )
    assert run(capsys, "handlers", "add", "vault", new[0])[0] == 2
    assert run(capsys, "handlers", "add", "office b", new[0], "--recovery")[0] == 2
    assert run(capsys, "handlers", "rotate", a, new[1])[0] == 0
    assert run(capsys, "handlers", "add", "Office C", new[2])[0] == 0


def test_a_folder_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOUSVEIL_COMPLAINTS", raising=False)
    assert run(capsys, "status") == (
        2,
        "",
        "sousveil: Which folder?\nName it with --complaints DIR, or with SOUSVEIL_COMPLAINTS.\n",
    )
    assert "There is no place for complaints" in run(capsys, "status", "--complaints", tmp_path)[2]
    (tmp_path / "complaints.toml").write_text("title = 3\n")
    assert "complaints.toml cannot be read" in run(capsys, "status", "--complaints", tmp_path)[2]
