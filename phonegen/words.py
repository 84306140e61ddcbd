"""Words, names and addresses to fill a phone with: in several scripts, belonging to nobody, and the same for the same
seed."""

from __future__ import annotations

import random
from collections.abc import Sequence

_WORDS = {
    "en": "hello the meeting tomorrow will call you later thanks please see photo at home work yes no and then go to "
    "office code is your parcel account train ticket dinner with friends rain today bring keys doctor school "
    "lunch ready on my way",
    "fr": "bonjour réunion demain après déjà merci où êtes vous le train part à neuf heures "
    "ça va bien forêt garçon élève noël",
    "es": "mañana reunión por favor niño gracias también está aquí corazón "
    "llámame luego año teléfono café ¿dónde estás",
    "de": "Grüße morgen Treffen später schön über Straße Tür müssen größer Küche bitte danke Bahnhof fährt um zwölf",
    "ar": "مرحبا الاجتماع غدا شكرا من فضلك صورة البيت العمل نعم لا ثم المكتب رمز الحساب القطار العشاء",
    "ru": "привет встреча завтра спасибо пожалуйста фото дома работа да нет потом офис код поезд ужин друзья",
    "zh": "你好 会议 明天 谢谢 请 照片 家 工作 是的 办公室 代码 火车 晚餐 朋友 今天 下雨",
    "emoji": "😀 👍 🙏 🎉 ❤️ 👨‍👩‍👧 🚆 ☕️",
}
_SYLLABLES = [
    "bo",
    "ka",
    "li",
    "mo",
    "ne",
    "ra",
    "su",
    "ti",
    "vo",
    "wen",
    "dar",
    "fel",
    "gor",
    "hin",
    "jul",
    "kem",
    "lor",
    "mip",
    "nar",
    "oss",
    "pel",
    "quin",
    "rov",
    "sel",
    "tum",
]
_ENDS = ("com", "org", "net", "io", "co.uk", "de", "fr", "info")
_FIRST = [
    "Alma",
    "Bilal",
    "Chen",
    "Dora",
    "Emre",
    "Farah",
    "Goran",
    "Hana",
    "Ivo",
    "Jana",
    "Karim",
    "Lena",
    "Milan",
    "Nadia",
    "Omar",
    "Petra",
    "Rosa",
    "Samir",
    "Tara",
    "Yusuf",
]
_LAST = [
    "Abel",
    "Brook",
    "Costa",
    "Dahl",
    "Eriks",
    "Farrow",
    "Grove",
    "Hale",
    "Ilves",
    "Joss",
    "Kern",
    "Lund",
    "Moss",
    "Noor",
    "Orso",
    "Penn",
    "Reed",
    "Stone",
    "Tarn",
    "Vale",
]


class Words:
    """Draws words, links and people from one generator of random numbers; pools are made once, drawing is quick."""

    def __init__(self, rng: random.Random, hosts: int = 3000, sentences: int = 4000) -> None:
        self.rng = rng
        self.hosts = self._hosts(hosts)
        self._sentences = [self._sentence() for _ in range(sentences)]
        self._paths = [
            "".join(rng.choices("abcdefghijkmnpqrstuvwxyz23456789", k=rng.randint(4, 12))) for _ in range(2000)
        ]

    def _hosts(self, count: int) -> list[str]:
        """Invented host names with a digit inside, so that they are unlikely to belong to anybody."""
        made: dict[str, None] = {}
        rng = self.rng
        while len(made) < count:
            name = "".join(rng.choices(_SYLLABLES, k=3)) + str(rng.randint(2, 99)) + rng.choice(_SYLLABLES)
            made[rng.choice(("", "", "www.", "m.", "news.")) + name + "." + rng.choice(_ENDS)] = None
        return list(made)

    def _sentence(self) -> str:
        rng = self.rng
        pool = _WORDS[rng.choice(("en", "en", "en", "fr", "es", "de", "ar", "ru", "zh"))].split()
        words = rng.choices(pool, k=rng.randint(3, 16))
        if rng.random() < 0.1:
            words.append(rng.choice(_WORDS["emoji"].split()))
        return " ".join(words)

    def pick(self, pool: Sequence[str]) -> str:
        """One of a pool, faster than random.choice."""
        return pool[int(self.rng.random() * len(pool))]

    def sentence(self) -> str:
        """A short message."""
        return self.pick(self._sentences)

    def host(self) -> str:
        """A host name."""
        return self.pick(self.hosts)

    def link(self, scheme: str = "https") -> str:
        """A link to a page of an invented host."""
        return f"{scheme}://{self.pick(self.hosts)}/{self.pick(self._paths)}"

    def person(self) -> tuple[str, str]:
        """A first and a last name."""
        return self.pick(_FIRST), self.pick(_LAST)


def phone_number(number: int) -> str:
    """The nth telephone number; North American numbers with 555 belong to nobody."""
    return f"+1{200 + number // 10000 % 800:03d}555{number % 10000:04d}"
