"""Advice and helplines: what may never stand under "now", and what must always be said."""

from __future__ import annotations

import re
from datetime import date
from itertools import product
from typing import Any

import pytest
from case_maker import case, finding

from sousveil.cases.advice import AdviceClass, advice_for, all_helplines, classes_for, helplines_for
from sousveil.findings.model import Shows, Strength
from sousveil.findings.verdict import Verdict
from sousveil.indicators.model import ThreatClass
from sousveil.texts import messages, table

ADVICE = table("words")["advice"]
CHANGING = re.compile(r"\b(delet|reset|uninstall|remov|updat|eras|wip|restor|confront|factory|lockdown mode)", re.I)


def results() -> dict[str, dict[str, Any]]:
    """Every result with its texts, by the last parts of its id."""
    found: dict[str, dict[str, Any]] = {}
    for verdict, entries in table("words")["result"].items():
        for name, entry in entries.items():
            deeper = {name: entry} if "headline" in entry else {f"{name}.{k}": v for k, v in entry.items()}
            found |= {f"{verdict}.{k}": v for k, v in deeper.items()}
    return found


@pytest.mark.parametrize("name", sorted(ADVICE))
def test_nothing_changes_the_phone_before_a_helpline_agrees(name: str) -> None:
    """Lockdown Mode, updates and removal stand only under "Later"."""
    for step in ADVICE[name]["now"]:
        for sentence in re.split(r"(?<=[.:?])\s+", step):
            found = CHANGING.search(sentence)
            if found:
                assert "n't" in sentence[: found.start()] or sentence.startswith("Resetting it"), sentence


@pytest.mark.parametrize("name", sorted(set(ADVICE) - {"notice", "stalkerware"}))
def test_every_set_names_a_helpline_and_says_what_not_to_change(name: str) -> None:
    text = " ".join(ADVICE[name]["now"])
    assert "helpline" in text and re.search(r"[Dd]on't (reset|change)", text)


def test_a_partner_who_watches() -> None:
    """The usual ways are named: the account, Family Sharing, a known passcode."""
    for name in ("stalkerware", "none", "again"):
        assert all(way in ADVICE[name]["later"] for way in ("Apple Account", "Family Sharing", "passcode"))
    now = ADVICE["stalkerware"]["now"]
    assert now[0].startswith("Think of your safety first.")
    assert any("may be alerted, and that can put you in danger" in step for step in now)


def test_the_sharpest_advice_is_for_what_ran_and_for_an_app_that_watches() -> None:
    sharp = {name for name, one in ADVICE.items() if any("Don't have sensitive conv" in s for s in one["now"])}
    assert sharp == {"ran", "stalkerware"}
    assert {name for name, one in results().items() if one["advice"] == "ran"} == {"traces_found.execution.mercenary"}


def test_every_set_has_a_source_and_a_date() -> None:
    for one in ADVICE.values():
        assert one["source"] and date.fromisoformat(one["checked"]) >= date(2026, 11, 24)


def test_every_result_has_its_texts_and_advice() -> None:
    reached = (Shows.EXECUTION, Shows.PRESENCE, Shows.CONTACT)
    for verdict, shows, threat in product(("traces_found", "suspicious"), reached, ThreatClass):
        if (verdict, threat) == ("traces_found", ThreatClass.WATCHWARE):
            continue  # consent decides: at most suspicious
        one = results()[f"{verdict}.{shows.value}.{threat.value}"]
        assert {"headline", "means", "means_not", "advice"} <= set(one) and one["advice"] in ADVICE
    assert {"no_known_traces.complete", "no_known_traces.incomplete", "not_examinable.nothing_read"} <= set(results())


def test_stalkerware_comes_first() -> None:
    near = finding(2, strength=Strength.LEAD, threat_class=ThreatClass.STALKERWARE)
    ran = "result.traces_found.execution.mercenary"
    assert advice_for(case(finding()), ran) == ("ran",)
    assert advice_for(case(finding(), near), ran) == ("stalkerware", "ran")
    weak = finding(2, strength=Strength.WEAK, threat_class=ThreatClass.STALKERWARE)
    assert advice_for(case(finding(), weak), ran) == ("ran",)
    assert advice_for(case(near), "result.suspicious.presence.stalkerware") == ("stalkerware",)


def test_no_live_links_and_no_forbidden_words() -> None:
    texts = [part for one in messages().values() for part in (one if isinstance(one, tuple) else (one,))]
    texts += [t for h in all_helplines() for t in (h.name, h.audience, h.address, h.page, h.basis, *h.languages)]
    for text in texts:
        # Addresses that no program of mail or the web turns into a link, and those of the computer itself.
        text = re.sub(r"\b(?:tls|tcp|s3|file)://|http://127\.0\.0\.1", "", text)
        assert "://" not in text and "mailto:" not in text and "<" not in text and not text.startswith("www.")
        rest = text.replace("No result can prove a phone is clean or infected.", "")
        assert not re.search(r"\b(clean|infected|infection|hacked|virus|proof|victim|false alarm)\b", rest, re.I), text


def test_helplines_are_dated_and_say_how_they_were_checked() -> None:
    for line in all_helplines():
        assert line.checked >= date(2026, 11, 24)
        assert line.languages and line.audience and line.basis and line.page
    assert len({h.name for h in all_helplines()}) == len(all_helplines())


def test_every_case_has_a_helpline() -> None:
    for verdict, threat, notice in product(Verdict, (None, *ThreatClass), (False, True)):
        classes = classes_for(verdict, threat, threat_notice=notice)
        assert classes and helplines_for(classes)
        assert (AdviceClass.THREAT_NOTICE in classes) is notice
