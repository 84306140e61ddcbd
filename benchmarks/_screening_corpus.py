"""The corpus and the queries of `screening.py`: published lists and what people do to names, with a seed.

Legal forms, abbreviations and transliterations stand here on purpose and are not the product's tables: a benchmark that
took them from the product would only measure that tables agree with themselves.
"""

from __future__ import annotations

import csv
import json
import random
import re
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Entity:
    """One row of a list."""

    id: str
    person: bool
    names: list[str]
    countries: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Query:
    """One query: whom it means (nobody for a negative)."""

    id: str
    kind: str
    name: str
    person: bool
    wanted: tuple[str, ...]


@dataclass
class Corpus:
    """What is indexed, and what is asked."""

    entities: list[Entity]
    queries: list[Query]


CLASSES = ("exact", "one typo", "two typos", "no legal form", "other script", "word order", "abbreviated")
COMMON = 25
"""Names that share a word, from which on it is taken to say little."""
LISTS = (
    "misp-surveillance-vendor/surveillance-vendor.json",
    "us-ofac-sdn/sdn.csv",
    "eu-journal-sanctions",
    "sec-company-tickers/company_tickers_exchange.json",
    "us-csl-spyware/csl-spyware.json",
    "spyfiles/companies.csv",
)
"""What of the shipped lists is read, below `register/`."""
NEGATIVES = ("negative: recombined", "negative: held out")


def entities(shared: Path) -> Iterator[Entity]:
    """All companies, bodies and persons of the shipped lists. Ships and aircraft stay out."""
    register = shared / "register"
    misp = json.loads((register / "misp-surveillance-vendor" / "surveillance-vendor.json").read_text("utf-8"))
    for at, one in enumerate(misp["values"]):
        names = [one["value"].strip(), *one.get("meta", {}).get("synonyms", [])]
        yield Entity(f"misp-{at}", False, names)
    with (register / "us-ofac-sdn" / "sdn.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) > 2 and (kind := row[2].strip(" -0")) in ("", "individual"):
                yield Entity(f"sdn-{row[0]}", kind == "individual", [row[1].strip()])
    for path in sorted((register / "eu-journal-sanctions").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for at, one in enumerate(csv.DictReader(file)):
                if one["schema"] not in ("Person", "LegalEntity", "Company"):
                    continue
                cells = (one["name"], one["alias"] or "", one["previousName"] or "")
                names = [part.strip() for cell in cells for part in cell.split(";") if part.strip()]
                yield Entity(f"eu-{path.stem}-{at}", one["schema"] == "Person", names)
    listed = json.loads((register / "sec-company-tickers" / "company_tickers_exchange.json").read_text("utf-8"))
    seen = set()
    for cik, name, *_ in listed["data"]:
        if cik not in seen:
            seen.add(cik)
            yield Entity(f"sec-{cik}", False, [name])
    csl = json.loads((register / "us-csl-spyware" / "csl-spyware.json").read_text("utf-8"))
    for one in csl:
        yield Entity(f"csl-{one['id']}", False, [one["name"], *one["alt_names"]])
    with (register / "spyfiles" / "companies.csv").open(encoding="utf-8", newline="") as file:
        for at, one in enumerate(csv.DictReader(file)):
            yield Entity(f"spyfiles-{at}", False, [one["Company"].strip()])


def latin(name: str) -> bool:
    """Is every letter Latin?"""
    return all("LATIN" in unicodedata.name(one, "") for one in name if one.isalpha())


def plain(name: str) -> str:
    """For telling whether two entities bear one name."""
    text = unicodedata.normalize("NFKD", name).casefold()
    return " ".join(sorted(re.findall(r"[^\W_]+", "".join(one for one in text if not unicodedata.combining(one)))))


def make(shared: Path, seed: int, each: int) -> Corpus:
    """The corpus and at least `each` queries a class, as far as the lists allow."""
    chance = random.Random(seed)
    everyone = list(entities(shared))
    groups: dict[str, list[str]] = defaultdict(list)
    bare: dict[str, set[str]] = defaultdict(set)
    for one in everyone:
        for name in one.names:
            groups[plain(name)].append(one.id)
            bare[plain(without_form(name) or name)].add(one.id)
    alone = [one for one in everyone if all(len(bare[plain(without_form(name) or name)]) == 1 for name in one.names)]
    held = {one.id for one in chance.sample([one for one in alone if latin(one.names[0])], each)}
    rest = [one for one in everyone if one.id not in held]
    withheld: list[tuple[Entity, str]] = []
    kept = []
    for one in rest:
        readable = [name for name in one.names if latin(name)]
        if readable:
            withheld += [(one, name) for name in one.names if not latin(name) and len(name) > 4]
            kept.append(Entity(one.id, one.person, readable, one.countries))
        else:
            kept.append(one)
    asked = _Asker(chance, kept, groups, bare, each)
    for kind, change in (
        ("exact", lambda name, person: name),
        ("one typo", lambda name, person: slip(name, chance)),
        ("two typos", lambda name, person: slip(slip(name, chance), chance)),
        ("no legal form", lambda name, person: None if person else without_form(name)),
        ("word order", lambda name, person: reorder(name, chance)),
        ("abbreviated", abbreviate),
    ):
        asked.ask(kind, change)
    asked.scripts(withheld)
    asked.recombined()
    for one in everyone:
        if one.id in held:
            asked.put("negative: held out", one.names[0], one.person, ())
    return Corpus(kept, asked.queries)


class _Asker:
    def __init__(
        self,
        chance: random.Random,
        kept: list[Entity],
        groups: dict[str, list[str]],
        bare: dict[str, set[str]],
        each: int,
    ) -> None:
        self.chance, self.kept, self.groups, self.bare, self.each = chance, kept, groups, bare, each
        self.queries: list[Query] = []

    def put(self, kind: str, name: str, person: bool, wanted: tuple[str, ...]) -> None:
        self.queries.append(Query(f"q{len(self.queries)}", kind, name, person, wanted))

    def draw(self) -> Iterator[tuple[Entity, str]]:
        order = [(one, name) for one in self.kept for name in one.names if len(plain(name)) > 4 and latin(name)]
        self.chance.shuffle(order)
        return iter(order)

    def ask(self, kind: str, change: Callable[[str, bool], str | None]) -> None:
        count = 0
        for one, name in self.draw():
            changed = change(name, one.person)
            if changed and (changed != name or kind == "exact"):
                self.put(kind, changed, one.person, tuple(sorted(set(self.groups[plain(name)]))))
                count += 1
                if count == self.each:
                    return
        raise SystemExit(f"The lists give only {count} queries of the class {kind!r}.")

    def scripts(self, withheld: list[tuple[Entity, str]]) -> None:
        """Names as the lists print them in another script; then names spelt into one, to fill the class."""
        for one, name in withheld:
            same = {id for other in one.names for id in self.groups[plain(other)]}
            self.put("other script", name, one.person, tuple(sorted(same)))
        drawn = self.draw()
        for _ in range(max(self.each - len(withheld), self.each // 2)):
            one, name = next(drawn)
            spelt = transliterate(re.sub(r"[(/].*", "", name).strip(), self.chance.choice(list(SCRIPTS)))
            self.put("other script", spelt, one.person, tuple(sorted(set(self.groups[plain(name)]))))

    def recombined(self) -> None:
        """The beginning of one name with the end of another: real words, nobody's name.

        Each half holds a word that fewer than `COMMON` names have; else the two would differ in words such as "Holdings"
        alone, and whether that is another company nobody can say.
        """
        often = Counter(word for one in self.kept for name in one.names for word in set(plain(name).split()))
        pools = {
            person: [name.split() for one in self.kept if one.person is person for name in one.names if latin(name)]
            for person in (False, True)
        }
        pools = {person: [words for words in pool if 2 <= len(words) <= 5] for person, pool in pools.items()}
        count = 0
        while count < self.each:
            person = self.chance.random() < 0.5
            one, other = self.chance.sample(pools[person], 2)
            halves = one[: len(one) // 2], other[len(other) // 2 :]
            name = " ".join([*halves[0], *halves[1]])
            if not all(any(often[word] < COMMON for word in plain(" ".join(half)).split()) for half in halves):
                continue
            if plain(name) not in self.groups and plain(without_form(name) or name) not in self.bare:
                self.put("negative: recombined", name, person, ())
                count += 1


def slip(name: str, chance: random.Random) -> str:
    """A letter left out, doubled up with another, swapped or replaced."""
    places = [at for at, one in enumerate(name) if one.isalpha()]
    at = chance.choice(places)
    letter = chance.choice(string.ascii_lowercase)
    way = chance.randrange(4)
    if way == 0:
        return name[:at] + name[at + 1 :]
    if way == 1:
        return name[:at] + letter + name[at:]
    if way == 2 and at + 1 in places and name[at].casefold() != name[at + 1].casefold():
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[:at] + (letter if letter != name[at].casefold() else "q") + name[at + 1 :]


FORMS = re.compile(
    r"(?i)[,\s]+(?:inc|incorporated|corp|corporation|co|company|ltd|limited|llc|l\.l\.c|plc|sa|s\.a|ag|gmbh|nv|n\.v|bv|b\.v|se"
    r"|as|a\.s|ab|oyj|spa|s\.p\.a|srl|s\.r\.l|lp|l\.p|llp|fze|ojsc|pjsc|jsc|ooo|ao|pao|oao|zao|ltda|kft|zrt|ad|eood|ood|dd"
    r"|doo|d\.o\.o|sarl|sal|pte|pvt|sdn bhd|bhd|pty|kg|trust|de c\.v|de cv|s\.a\. de c\.v|company limited)\.?$"
)


def without_form(name: str) -> str | None:
    """The name without the legal forms at its end; None where there is none."""
    bare = re.sub(r"\s*[/\\]\w+[/\\]?$", "", name.strip())
    start = bare
    while (shorter := FORMS.sub("", bare)) != bare:
        bare = shorter.rstrip(" ,.&")
    return bare if bare != start and len(bare) > 2 else None


def reorder(name: str, chance: random.Random) -> str | None:
    """The words in another order, without the comma."""
    words = name.replace(",", " ").split()
    if not 2 <= len(words) <= 8:
        return None
    turn = chance.randrange(1, len(words))
    turned = " ".join(words[turn:] + words[:turn])
    return turned if turned.split() != words else None


SHORT = {
    "international": "Intl", "technologies": "Tech", "technology": "Tech", "company": "Co", "corporation": "Corp",
    "limited": "Ltd", "incorporated": "Inc", "manufacturing": "Mfg", "holdings": "Hldgs", "holding": "Hldg", "group": "Grp",
    "services": "Svcs", "service": "Svc", "systems": "Sys", "national": "Natl", "brothers": "Bros", "industries": "Inds",
    "industrial": "Indl", "pharmaceuticals": "Pharm", "pharmaceutical": "Pharm", "communications": "Comm",
    "investment": "Inv", "investments": "Inv", "management": "Mgmt", "development": "Dev", "engineering": "Engr",
    "university": "Univ", "institute": "Inst", "center": "Ctr", "laboratories": "Labs", "american": "Amer",
    "financial": "Finl", "insurance": "Ins", "trading": "Trdg", "general": "Gen", "department": "Dept",
    "resources": "Res", "solutions": "Soln", "association": "Assn", "properties": "Prop", "electronics": "Elec",
    "transportation": "Transp", "acquisition": "Acq", "therapeutics": "Thera", "energy": "Enrgy", "enterprises": "Ent",
}  # fmt: skip


def abbreviate(name: str, person: bool) -> str | None:
    """Registers' abbreviations; of a person's second given name, or of the only one, the first letter."""
    if person:
        family, _, given = name.partition(",")
        parts = given.split()
        if not family or len(parts) < 2 or "(" in name:
            return None
        return " ".join([parts[0], *(part[0] + "." for part in parts[1:] if part[0].isalpha()), family])
    words = name.split()
    changed = [SHORT.get(word.strip(".,").casefold(), word) for word in words]
    return (
        " ".join(changed)
        if [one.casefold() for one in changed] != [one.strip(".,").casefold() for one in words]
        else None
    )


SCRIPTS: dict[str, dict[str, str]] = {
    "cyrillic": dict(
        part.split("=")
        for part in (
            "shch=щ sch=ш sh=ш ch=ч zh=ж kh=х ts=ц ph=ф th=т ya=я yu=ю yo=ё ck=к qu=кв oo=у ee=и a=а b=б c=к d=д e=е f=ф g=г"
            " h=х i=и j=дж k=к l=л m=м n=н o=о p=п q=к r=р s=с t=т u=у v=в w=в x=кс y=й z=з"
        ).split()
    ),
    "greek": dict(
        part.split("=")
        for part in (
            "th=θ ph=φ ch=χ ps=ψ ou=ου oo=ου ck=κ qu=κου sh=σ a=α b=μπ c=κ d=ντ e=ε f=φ g=γκ h=χ i=ι j=τζ k=κ l=λ m=μ n=ν o=ο"
            " p=π q=κ r=ρ s=σ t=τ u=ου v=β w=ου x=ξ y=υ z=ζ"
        ).split()
    ),
    "arabic": dict(
        part.split("=")
        for part in (
            "sh=ش ch=تش th=ث kh=خ gh=غ dh=ذ ph=ف ck=ك oo=و ee=ي ou=و a=ا b=ب c=ك d=د e= f=ف g=غ h=ه i=ي j=ج k=ك l=ل m=م n=ن o=و"
            " p=ب q=ق r=ر s=س t=ت u=و v=ف w=و x=كس y=ي z=ز"
        ).split()
    ),
    "hebrew": dict(
        part.split("=")
        for part in (
            "sh=ש ch=צ׳ tz=צ ts=צ kh=ח ph=פ th=ת ck=ק oo=ו ee=י ou=ו a=א b=ב c=ק d=ד e= f=פ g=ג h=ה i=י j=ג׳ k=ק l=ל m=מ n=נ o=ו"
            " p=פ q=ק r=ר s=ס t=ט u=ו v=ו w=ו x=קס y=י z=ז"
        ).split()
    ),
    "georgian": dict(
        part.split("=")
        for part in (
            "sh=შ ch=ჩ zh=ჟ ts=ც kh=ხ gh=ღ ph=ფ th=თ ck=კ oo=უ ee=ი a=ა b=ბ c=კ d=დ e=ე f=ფ g=გ h=ჰ i=ი j=ჯ k=კ l=ლ m=მ n=ნ"
            " o=ო p=პ q=ქ r=რ s=ს t=ტ u=უ v=ვ w=ვ x=ქს y=ი z=ზ"
        ).split()
    ),
}


def transliterate(name: str, script: str) -> str:
    """Latin spelt into another script by the usual letters, longest groups first; doubled letters once."""
    table = SCRIPTS[script]
    text = re.sub(r"([b-df-hj-np-tv-z])\1", r"\1", name.casefold())
    text = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    result, at = "", 0
    while at < len(text):
        for size in (4, 3, 2, 1):
            if (value := table.get(text[at : at + size])) is not None:
                if script in ("arabic", "hebrew") and value == "" and (at == 0 or not text[at - 1].isalpha()):
                    value = "ا" if script == "arabic" else "א"
                result += value
                at += size
                break
        else:
            result += text[at]
            at += 1
    return result
