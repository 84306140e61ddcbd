"""Every script to comparable Latin letters, for matching names; not a romanisation for people to read.

Alphabets follow the letter values that passports and registers use most (for instance х = kh, щ = shch, θ = th).
Scripts that write few or no vowels (Hebrew, Arabic) and those whose vowels depend on the letter before (Indic, Thai,
Burmese ...) give words that `sounds` compares by their consonants. Chinese characters stay as they are: they are
compared with Chinese characters (a reading needs a dictionary, and company names are mostly translated, not spelt).
The letter values are facts of the scripts: ISO 9, ISO 843, ISO 9984, ISO 9985, ISO 259, ISO 233, ISO 15919 and the
Revised Romanization of Korean, without their diacritics.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache


def _pairs(text: str) -> dict[str, str]:
    """`а=a б=b ь=` as a table."""
    return dict(part.split("=", 1) for part in text.split())


LATIN = _pairs("ø=o ł=l đ=d æ=ae œ=oe ı=i þ=th ð=d ə=a ŋ=n ħ=h ŧ=t ĸ=k ʻ= ʼ= ɓ=b ɗ=d ƙ=k ɛ=e ɔ=o ß=ss")
CYRILLIC = _pairs(
    "а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=kh ц=ts ч=ch ш=sh"
    " щ=shch ъ= ы=y ь= э=e ю=yu я=ya і=i ї=yi є=ye ґ=g ў=u ј=j љ=lj њ=nj џ=dz ђ=dj ћ=c ѓ=g ќ=k ѕ=dz"
    " ә=a ғ=g қ=k ң=n ө=o ұ=u ү=u һ=h җ=j ҷ=j ҳ=h ӣ=i ӯ=u ѣ=e ӑ=a ӗ=e ҫ=s ӳ=u ҡ=k ҙ=z ӏ="
)
GREEK = _pairs("α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o")
GREEK_PAIRS = (
    ("ου", "ou"),
    ("μπ", "b"),
    ("ντ", "nt"),
    ("γκ", "g"),
    ("γγ", "ng"),
    ("αυ", "av"),
    ("ευ", "ev"),
    ("τζ", "tz"),
)
ARMENIAN = _pairs(
    "ա=a բ=b գ=g դ=d ե=e զ=z է=e ը=e թ=t ժ=zh ի=i լ=l խ=kh ծ=ts կ=k հ=h ձ=dz ղ=gh ճ=ch մ=m յ=y ն=n շ=sh ո=o չ=ch"
    " պ=p ջ=j ռ=r ս=s վ=v տ=t ր=r ց=ts ւ=v փ=p ք=k օ=o ֆ=f և=ev"
)
GEORGIAN = _pairs(
    "ა=a ბ=b გ=g დ=d ე=e ვ=v ზ=z თ=t ი=i კ=k ლ=l მ=m ნ=n ო=o პ=p ჟ=zh რ=r ს=s ტ=t უ=u ფ=p ქ=k ღ=gh ყ=q შ=sh ჩ=ch"
    " ც=ts ძ=dz წ=ts ჭ=ch ხ=kh ჯ=j ჰ=h"
)
HEBREW = _pairs(
    "א=a ב=b ג=g ד=d ה=h ו=w ז=z ח=h ט=t י=y כ=k ך=k ל=l מ=m ם=m נ=n ן=n ס=s ע= פ=p ף=f צ=ts ץ=ts ק=k ר=r ש=sh"
    " ת=t װ=v ױ=y ײ=y"
)
ARABIC = _pairs(
    "ا=a أ=a إ=i آ=a ٱ=a ب=b ت=t ث=th ج=j ح=h خ=kh د=d ذ=dh ر=r ز=z س=s ش=sh ص=s ض=d ط=t ظ=z ع= غ=gh ف=f ق=q ك=k"
    " ل=l م=m ن=n ه=h ة=a و=w ي=y ى=a ئ=y ؤ=w ء= پ=p چ=ch ژ=zh گ=g ک=k ی=y ڤ=v ھ=h ہ=h ۀ=h ے=y ۂ=h ں=n ٹ=t ڈ=d ڑ=r"
    " ې=e ۍ=y ټ=t ډ=d ړ=r ږ=zh ښ=sh ڼ=n څ=ts ځ=dz ګ=g ڕ=r ڵ=l ۆ=o ێ=e ە=e ۇ=u ۈ=u ۋ=v"
)
_INDIC_CONSONANTS = "k kh g gh n ch chh j jh n t th d dh n t th d dh n n p ph b bh m y r r l l l v sh sh s h".split()
_INDIC_VOWELS = {0x05: "a", 0x06: "a", 0x07: "i", 0x08: "i", 0x09: "u", 0x0A: "u", 0x0B: "ri", 0x0F: "e", 0x0E: "e",
                 0x10: "ai", 0x12: "o", 0x13: "o", 0x14: "au"}  # fmt: skip
_INDIC_SIGNS = {0x3E: "a", 0x3F: "i", 0x40: "i", 0x41: "u", 0x42: "u", 0x43: "ri", 0x46: "e", 0x47: "e", 0x48: "ai",
                0x4A: "o", 0x4B: "o", 0x4C: "au"}  # fmt: skip
_INDIC_BLOCKS = range(0x0900, 0x0D80)
"""Devanagari to Malayalam: nine blocks of 128 code points in the same order."""
_THAI = dict(
    zip(
        range(0x0E01, 0x0E2F),
        "k kh kh kh kh kh ng ch ch ch s ch y d t th th th n d t th th th n b p ph f ph f ph m y r ru l lu w s s s h l "
        "o h".split(),
        strict=True,
    )
) | {0x0E30: "a", 0x0E31: "a", 0x0E32: "a", 0x0E33: "am", 0x0E34: "i", 0x0E35: "i", 0x0E36: "ue", 0x0E37: "ue",
     0x0E38: "u", 0x0E39: "u", 0x0E40: "e", 0x0E41: "ae", 0x0E42: "o", 0x0E43: "ai", 0x0E44: "ai"}  # fmt: skip
_KANA_ROWS = (
    ("アァ", "a"), ("イィ", "i"), ("ウゥ", "u"), ("エェ", "e"), ("オォ", "o"),
    ("カ", "ka"), ("キ", "ki"), ("ク", "ku"), ("ケ", "ke"), ("コ", "ko"), ("ガ", "ga"), ("ギ", "gi"), ("グ", "gu"),
    ("ゲ", "ge"), ("ゴ", "go"), ("サ", "sa"), ("シ", "shi"), ("ス", "su"), ("セ", "se"), ("ソ", "so"), ("ザ", "za"),
    ("ジ", "ji"), ("ズ", "zu"), ("ゼ", "ze"), ("ゾ", "zo"), ("タ", "ta"), ("チ", "chi"), ("ツ", "tsu"), ("テ", "te"),
    ("ト", "to"), ("ダ", "da"), ("ヂ", "ji"), ("ヅ", "zu"), ("デ", "de"), ("ド", "do"), ("ナ", "na"), ("ニ", "ni"),
    ("ヌ", "nu"), ("ネ", "ne"), ("ノ", "no"), ("ハ", "ha"), ("ヒ", "hi"), ("フ", "fu"), ("ヘ", "he"), ("ホ", "ho"),
    ("バ", "ba"), ("ビ", "bi"), ("ブ", "bu"), ("ベ", "be"), ("ボ", "bo"), ("パ", "pa"), ("ピ", "pi"), ("プ", "pu"),
    ("ペ", "pe"), ("ポ", "po"), ("マ", "ma"), ("ミ", "mi"), ("ム", "mu"), ("メ", "me"), ("モ", "mo"), ("ヤ", "ya"),
    ("ユ", "yu"), ("ヨ", "yo"), ("ラ", "ra"), ("リ", "ri"), ("ル", "ru"), ("レ", "re"), ("ロ", "ro"), ("ワ", "wa"),
    ("ヲ", "o"), ("ン", "n"), ("ヴ", "vu"),
)  # fmt: skip
_KANA = {sign: value for signs, value in _KANA_ROWS for sign in signs}
_KANA_SMALL = {"ャ": "ya", "ュ": "yu", "ョ": "yo", "ァ": "a", "ィ": "i", "ゥ": "u", "ェ": "e", "ォ": "o"}
_HANGUL_FIRST = "g kk n d tt r m b pp s ss  j jj ch k t p h".split(" ")
_HANGUL_VOWEL = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_HANGUL_LAST = " k k k n n n t l k m l l l p l m p p t t ng t t k t p t".split(" ")
_ETHIOPIC_VOWELS = "e u i a e  o wa".split(" ")
_TABLE = str.maketrans(LATIN | CYRILLIC | GREEK | ARMENIAN | GEORGIAN | HEBREW | ARABIC)
EASTERN_SLAVONIC = frozenset("іїєґў")
"""Letters of Ukrainian and Belarusian, where г is an h."""


def is_han(character: str) -> bool:
    """A Chinese character (also as Japanese and Korean use it)."""
    code = ord(character)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x323AF or code == 0x3007


def is_consonantal(word: str) -> bool:
    """Does its script leave vowels out, or is it one of the scripts that this module reads by consonants only?"""
    for character in word:
        code = ord(character)
        if code < 0x0590:
            if code >= 0x61:
                return False
            continue
        return not (
            0x10A0 <= code <= 0x10FF  # Georgian
            or 0x1100 <= code <= 0x11FF
            or 0x1E00 <= code <= 0x1FFF  # Latin and Greek with marks
            or 0x2C60 <= code <= 0x2DFF
            or 0x3040 <= code <= 0x30FF  # kana
            or 0xA640 <= code <= 0xA7FF
            or 0xAC00 <= code <= 0xD7A3  # Hangul
            or is_han(character)
        )
    return False


@lru_cache(maxsize=1 << 16)
def romanise(word: str) -> str:
    """One word, in lower case and NFKC, in the letters a to z and digits; Chinese characters stay.

    An apostrophe or a mark that has no letter value disappears.
    """
    if word.isascii():
        return word
    first = next((one for one in word if ord(one) >= 0x0370), "")
    if first:
        word = _prepare(word, ord(first))
    word = word.translate(_TABLE)
    if word.isascii():
        return word
    word = "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))
    word = word.translate(_TABLE)  # a letter that lost its mark, such as й from a decomposed source
    if word.isascii():
        return word
    return "".join(one if one.isascii() or is_han(one) else _by_name(one) for one in word)


def _prepare(word: str, code: int) -> str:
    """What a letter-by-letter table cannot do."""
    if 0x0370 <= code <= 0x03FF or 0x1F00 <= code <= 0x1FFF:
        word = "".join(one for one in unicodedata.normalize("NFD", word) if not unicodedata.combining(one))
        for pair, value in GREEK_PAIRS:
            word = word.replace(pair, value)
        return "b" + word[2:] if word.startswith("ntt") else word
    if 0x0400 <= code <= 0x052F:
        return unicodedata.normalize("NFC", word).replace("ий", "и").replace("ый", "ы")
    if 0x0600 <= code <= 0x06FF or 0xFB50 <= code <= 0xFEFF:
        word = unicodedata.normalize(
            "NFC", "".join(one for one in word if not unicodedata.combining(one) and one != "ـ")
        )
        return word[2:] if word.startswith("ال") and len(word) > 4 else word
    if code in _INDIC_BLOCKS:
        return _indic(word)
    if 0x0E00 <= code <= 0x0E7F:
        return "".join(_THAI.get(ord(one), "") if 0x0E00 <= ord(one) <= 0x0E7F else one for one in word)
    if 0x3040 <= code <= 0x30FF or is_han(chr(code)):
        return _kana(word)
    if 0xAC00 <= code <= 0xD7A3:
        return "".join(_hangul(one) for one in word)
    return word


def _indic(word: str) -> str:
    """A letter without a vowel sign after it has the vowel a, except at the end of a word."""
    parts: list[str] = []
    for at, one in enumerate(word):
        code = ord(one)
        if code not in _INDIC_BLOCKS:
            parts.append(one)
            continue
        place = code & 0x7F
        if 0x15 <= place <= 0x39:
            following = ord(word[at + 1]) if at + 1 < len(word) else 0
            bare = following in _INDIC_BLOCKS and not 0x3C <= (following & 0x7F) <= 0x4D
            parts.append(_INDIC_CONSONANTS[place - 0x15] + ("a" if bare else ""))
        elif place in (0x01, 0x02):
            parts.append("n")
        else:
            parts.append(_INDIC_VOWELS.get(place) or _INDIC_SIGNS.get(place, ""))
    return "".join(parts)


def _kana(word: str) -> str:
    """Hiragana as katakana; small signs change the syllable before; a long mark is dropped."""
    result = ""
    double = False
    for one in word:
        if "ぁ" <= one <= "ゖ":
            one = chr(ord(one) + 0x60)
        if one in "ッ":
            double = True
            continue
        if one in _KANA_SMALL and result and result[-1] in "aiueo":
            small = _KANA_SMALL[one]
            stem = result[:-1]
            result = stem + (small[1:] if small[0] == "y" and stem[-1:] in ("h", "j") else small)
            if stem.endswith(("sh", "ch", "j")) and len(small) == 1:
                result = stem + small
            continue
        value = _KANA.get(one, "" if one == "ー" else one)
        result += (value[0] + value) if double and value else value
        double = False
    return result


def _hangul(syllable: str) -> str:
    code = ord(syllable) - 0xAC00
    if not 0 <= code < 11172:
        return syllable
    return _HANGUL_FIRST[code // 588] + _HANGUL_VOWEL[code % 588 // 28] + _HANGUL_LAST[code % 28]


@lru_cache(maxsize=4096)
def _by_name(character: str) -> str:
    """The letter value that the Unicode name of a letter ends with: "KHMER LETTER KA" is `ka`. Other signs are dropped."""
    code = ord(character)
    if not unicodedata.category(character).startswith("L"):
        return ""
    if 0x1200 <= code <= 0x1357:
        name = unicodedata.name(character, "").rsplit(" ", 1)[-1].lower()
        stem = name.rstrip("aeiou")
        return (stem if name != stem else name) + _ETHIOPIC_VOWELS[code & 7]
    name = unicodedata.name(character, "").split(" WITH ")[0].rsplit(" ", 1)[-1].lower()
    return name if name.isascii() and name.isalpha() and len(name) <= 4 else ""
