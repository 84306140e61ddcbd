"""A reviewer is led to the notice itself: its number, its exact bytes, who approved it, and approves it there with the own key alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from sousveil.register.audit import open_audit
from tests.web.staff.noticing import drafted, signed
from tests.web.staff.people import Staff, run, staff_of, text_of


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """Two reviewers, an operator and a publisher."""
    with staff_of(tmp_path_factory.mktemp("notices") / "register", "rita", "rolf", "olga", "paula") as found:
        for one in found.visitors.values():
            one.get("/staff/")
        yield found


def test_from_the_first_page_to_the_second_approval(staff: Staff, tmp_path: Path) -> None:
    id = drafted(staff)
    data = (staff.folder / "notices" / id / "notice.json").read_bytes()
    for name in ("rita", "rolf", "olga", "paula"):
        assert staff[name].sign_in(name).status == 302
    home = staff["rita"].get("/staff/").text
    (link,) = re.findall(r'href="([^"]+)"[^>]*>\s*Notice to approve: about Grey Wire Ltd, to Exchange Supervisor', home)
    assert link.endswith(f"notices/{id}/")
    page = staff["rita"].get(f"/staff/notices/{id}/")
    words = unescape(text_of(page.text))
    assert page.status == 200
    assert "<h1>Notice about Grey Wire Ltd, to Exchange Supervisor</h1>" in page.text
    assert "<title>Notice about Grey Wire Ltd, to Exchange Supervisor – Staff" in page.text
    assert f"Number {id}" in words and f"SHA-256 {hashlib.sha256(data).hexdigest()}" in words
    assert "Approved by nobody yet (2 are needed)." in words
    assert "ssh-keygen -Y sign -n sousveil-notice -f KEY notice.json" in words
    assert f"sousveil register notice approve notice.json.sig {id}" in words
    assert "Phone of a newsroom" in words
    assert staff["rita"].get(f"/staff/notices/{id}/notice.json").body == data
    assert "ssh-keygen" not in staff["olga"].get(f"/staff/notices/{id}/").text
    assert staff["paula"].get(f"/staff/notices/{id}/").status == 403
    assert staff["rita"].get(f"/staff/notices/{'0' * 16}/").status == 404

    theirs = signed(tmp_path, "review-two", data)
    staff["rita"].get(f"/staff/notices/{id}/")
    assert staff["rita"].post(f"/staff/notices/{id}/approve", signature=theirs).status == 403
    staff["rita"].get(f"/staff/notices/{id}/")
    other = signed(tmp_path, "review-one", data + b" ")
    assert staff["rita"].post(f"/staff/notices/{id}/approve", signature=other).status in (400, 403, 422)
    assert "Approved by nobody yet" in text_of(staff["rita"].get(f"/staff/notices/{id}/").text)

    assert (
        staff["rita"].post(f"/staff/notices/{id}/approve", signature=signed(tmp_path, "review-one", data)).status == 303
    )
    words = text_of(staff["rita"].get(f"/staff/notices/{id}/").text)
    assert "Approved by Review One (2 are needed). You have approved it." in words and "ssh-keygen" not in words
    assert "Notice to approve" not in staff["rita"].get("/staff/").text
    assert "Notice to approve" in staff["rolf"].get("/staff/").text
    (tmp_path / "by-hand.sig").write_text(theirs, "ascii")
    assert run(staff.folder, "notice", "approve", str(tmp_path / "by-hand.sig"), id).returncode == 0
    words = text_of(staff["olga"].get(f"/staff/notices/{id}/").text)
    assert "Approved by Review One, Review Two (2 are needed)." in words
    assert f"sousveil register notice send {id}" in words
    acts = [(one.account, one.act) for one in open_audit(staff.folder).read(limit=50) if one.stage == "done"]
    assert acts.count(("rita", "notice.approve")) == 1
