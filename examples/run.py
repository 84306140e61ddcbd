#!/usr/bin/env python3
"""What `make run` does: check the example phone, publish its finding to an example register, and show what the pages say.

    python examples/run.py [FOLDER]     write the case into FOLDER (default: build/example) and the register beside it
    python examples/run.py --serve      the same, and the pages stay up until Ctrl-C

Both folders are made new each time, so that the report and the pages can be looked at afterwards.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CASE = ROOT / "build" / "example"
PASSWORD = HERE / "password.txt"
MEANINGS = {
    0: "Exit code 0: nothing was found, and everything that should be there was read.",
    1: "Exit code 1: something was found. That is right here, because traces were planted in this example.",
    2: "Exit code 2: the check could not run. That is a mistake; the lines above say what is wrong.",
    3: "Exit code 3: nothing was found, but some part could not be read or was missing.",
}
SUCCESS = (0, 1, 3)
"""A check that came to an answer, whatever the answer is."""
LINES = 26
"""Lines of a page that are shown."""
BEGIN = "What is said of it"
"""Where the page of a record begins to say something; what stands before is the same on each."""
SECONDS = 30.0


def command(phone: Path, case: Path) -> list[str]:
    """The check as a command."""
    return [*_sousveil(), "check", str(phone), "--password-file", str(PASSWORD), "--out", str(case)]


def _sousveil() -> list[str]:
    return [sys.executable, "-m", "sousveil.cli"]


def _shown(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


class _Text(HTMLParser):
    """The text of a page's main part, a line for each block."""

    BLOCKS = frozenset("p li h1 h2 h3 h4 dt dd td th tr div section article ul ol dl table summary".split())

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = [""]
        self.within = 0
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "main":
            self.within += 1
        if tag in ("svg", "form", "style"):
            self.silent += 1
        if tag in self.BLOCKS:
            self.lines.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self.within -= 1
        if tag in ("svg", "form", "style"):
            self.silent -= 1
        if tag in self.BLOCKS:
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if self.within and not self.silent:
            self.lines[-1] += data

    def text(self) -> list[str]:
        """The lines that say something."""
        return [" ".join(line.split()) for line in self.lines if line.strip()]


def text_of(html: str) -> list[str]:
    """The lines of a page's main part."""
    parser = _Text()
    parser.feed(html)
    return parser.text()


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def fetch(address: str, server: subprocess.Popen[bytes] | None = None) -> str:
    """A page; waits until the server is up."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=SECONDS) as answer:
                return str(answer.read().decode("utf-8"))
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > end or (server is not None and server.poll() is not None):
                raise
            time.sleep(0.1)


def check(case: Path) -> int:
    """Check the example phone; gives the exit code."""
    print(
        "1. The phone. A small encrypted backup in which everything is invented, with traces of a real attack of 2021"
    )
    print("   planted in it. This is the command:\n")
    print(
        f"  sousveil check examples/phone --password-file examples/password.txt --out {_shown(case)}\n",
        flush=True,
    )
    code = subprocess.run(command(HERE / "phone", case), check=False).returncode
    if code in SUCCESS and not (case / "report.html").is_file():
        print("\nThe check ended without a report. That is a mistake of the program.", file=sys.stderr)
        return 2
    print("\n" + MEANINGS.get(code, f"Exit code {code}: interrupted."))
    if code in SUCCESS:
        print(f"The report is in {_shown(case)}/report.html; open it in a browser.")
    return code


def make(register: Path, case: Path) -> list[tuple[str, str]]:
    """Make the example register and publish the phone's finding to it; gives the pages to show, each with what it is."""
    from make_register import make as make_register
    from make_register import subject

    print(
        "\n2. The public register. Companies, States, bodies and persons in it are invented. Each publication is signed by"
    )
    print("   its publisher; of the phone only verdict, family, publisher of the indicators, kind of trace, month and")
    print("   country are published.\n")
    with make_register(register, case) as made:
        counts = made.store.counts()
        print(f"  {counts.statements} statements in {made.store.size()} log entries, in {_shown(register)}")
        print(f"  {made.cosigned()}", flush=True)
        finding = made.store.subjects(type="Finding")[0]
    return [
        ("", "The first page"),
        (f"entities/{subject('licence-2')}", "The revocation of an export licence, with its reason"),
        (f"entities/{finding}", "The finding of the example phone, reduced to its public fields"),
        ("search?q=Glasmoth", "A search for “Glasmoth”"),
        ("states", "All States against the demands of the letter"),
        ("log", "The log: can it be rewritten?"),
    ]


QUESTIONS = (
    (
        "May this sale go ahead?",
        {
            "action": "sale",
            "product": "Lampyre",
            "supplier": "Glasmoth Systems Ltd",
            "end-user": "Ministry of the Interior of Averna",
            "country": "xb",
        },
    ),
    (
        "And this one, in a State that shows everything that the letter asks for?",
        {
            "action": "sale",
            "product": "Dunlin",
            "supplier": "Sandpiper Instruments AB",
            "end-user": "Police Authority of Lindmark",
            "country": "xd",
        },
    ),
)
"""What is asked of the example register."""


def decide(register: Path) -> bool:
    """Ask both questions; whether an answer was given to each."""
    print("\n3. Decisions.")
    for asks, question in QUESTIONS:
        asked = [word for name, value in question.items() for word in (f"--{name}", value)]
        print(f"\n{asks}\n\n  sousveil decide {shlex.join(asked)} --register {_shown(register)}\n", flush=True)
        run = subprocess.run(
            [*_sousveil(), "decide", *asked, "--register", str(register)], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            print(run.stderr, file=sys.stderr)
            return False
        print("".join(f"    {line}\n" for line in run.stdout.splitlines()), end="")
    return True


def serve(register: Path, pages: list[tuple[str, str]], *, stay: bool) -> int:
    """Serve the register on a free port and show what its pages say; 0 when all answered."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/"
    print(f"\n4. The pages.\n\n  sousveil serve --register {_shown(register)} --port {port}\n", flush=True)
    server = subprocess.Popen(
        [*_sousveil(), "serve", "--register", str(register), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        for path, what in pages:
            said = text_of(fetch(address + path, server))
            said = said[said.index(BEGIN) :] if BEGIN in said else said
            print(f"--- {what} (/{path})")
            for line in said[:LINES]:
                print(f"    {line[:150]}{'…' if len(line) > 150 else ''}")
            if len(said) > LINES:
                print("    […]")
        if stay:
            print(f"\nThe pages are at {address} until you press Ctrl-C.", flush=True)
            server.wait()
    except KeyboardInterrupt:
        print()
    except OSError as error:
        print(f"The pages could not be read: {error}. That is a mistake of the program.", file=sys.stderr)
        return 2
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        if server.stderr is not None:
            server.stderr.close()
    print("\nThe server has stopped. `make serve` keeps it up.")
    return 0


def main(case: Path = CASE, *, stay: bool = False) -> int:
    """Everything in order; 0 where the check came to an answer and the pages were read."""
    register = case.with_name(case.name + "-register")
    if case == CASE:
        for old in (case, register):
            if old.exists():
                shutil.rmtree(old)
    code = check(case)
    if code not in SUCCESS:
        return code
    pages = make(register, case)
    if not decide(register):
        return 2
    return serve(register, pages, stay=stay)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", type=Path, default=CASE, help="where the case is written")
    options.add_argument("--serve", action="store_true", help="the pages stay up until Ctrl-C")
    given = options.parse_args()
    sys.exit(main(given.folder.absolute(), stay=given.serve))
