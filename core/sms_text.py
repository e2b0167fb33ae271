"""The text of an SMS: characters that every phone shows, in one message.

Source of the alphabet: 3GPP TS 23.038 (GSM 03.38). A message holds 160 septets; a
character outside the alphabet would cut it to 70, hence none is ever sent. French
letters that the alphabet lacks are folded: no circumflex, no cedilla.
"""

import re
import unicodedata

#: septets of one message
LIMIT = 160
#: the default alphabet but for its capital c cedilla, folded like the small one
BASIC = frozenset(
    "@£$¥èéùìò\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: characters that take two septets; the euro sign is written EUR
EXTENDED = frozenset("^{}\\[~]|")
#: what has no letter of the alphabet inside, in letters of the alphabet
FOLDED = str.maketrans(
    {
        **dict.fromkeys("’‘‚‛′`´", "'"),
        **dict.fromkeys("“”„«»″", '"'),
        **dict.fromkeys("–—―−‐‑‒•·", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "œ": "oe",
        "Œ": "OE",
        "°": "o",
        "…": "...",
        "\t": " ",
    }
)
#: stands for a word without a value: the optional part around it is left out
MISSING = "\0"
OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
#: words, without accents, that show a debt to who sees a locked screen
DEBT_WORDS = re.compile(
    r"\b(?:(?:factur|impay|dette|debit|creanc|echean|echu|retard|relanc|recouvr|regle|"
    r"regla|paiem|penalit|poursui|litig|solde|invoic|overdue|unpaid|debt|remind|"
    r"collect|penalt|arrear|outstanding)\w*"
    r"|pay(?:er|ez|ee?s?|able|ing|ments?)?|owe[ds]?|due|eur|euros?)\b"
)


class TextTooLong(ValueError):
    """The text does not fit, even without its optional parts.

    :param length: septets that it has at least
    """

    def __init__(self, length: int):
        super().__init__(length)
        self.length = length


def fold(text: str) -> str:
    """Return a text in the alphabet, as far as its letters have a place in it.

    What has none stays, for ``foreign_characters`` to name it.
    """
    text = re.sub(r"(?<=\w)\s*€", " EUR", text or "").replace("€", "EUR")
    text = re.sub(r"EUR(?=\d)", "EUR ", text).translate(FOLDED)
    return "".join(_fold(char) for char in text)


def _fold(char: str) -> str:
    if char in BASIC or char in EXTENDED or char == MISSING:
        return char
    parts = unicodedata.normalize("NFKD", char)
    kept = "".join(one for one in parts if not unicodedata.combining(one))
    # A sign that is nothing but an accent vanishes; a letter of another script stays.
    return kept if all(one in BASIC or one in EXTENDED for one in kept) else char


def foreign_characters(text: str) -> list[str]:
    """Return the characters that an SMS cannot carry, each once, in order."""
    known = BASIC | EXTENDED | {MISSING}
    return [char for char in dict.fromkeys(fold(text)) if char not in known]


def length(text: str) -> int:
    """Return the number of septets of a text in the alphabet."""
    return sum(2 if char in EXTENDED else 1 for char in text)


def word(value: str | None) -> str:
    """Return a value for its place in a text: folded, without brackets of its own."""
    text = " ".join(fold(value or "").replace("[", "(").replace("]", ")").split())
    return text.replace(MISSING, "") or MISSING


def has_balanced_brackets(text: str) -> bool:
    """Tell whether each optional part ends, and none lies inside another."""
    return not re.search(r"[\[\]]", OPTIONAL.sub("", text))


def fit(*texts: str, limit: int = LIMIT) -> str:
    """Return a message that fits, leaving out as little as needed.

    The first of the texts that fits whole, else the last one without its optional
    parts, ``[in brackets]``, from its end; those with a missing word go first.

    :param texts: the same text with ever shorter words
    :raise TextTooLong: nothing is left that could be left out
    """
    shown = [_without_missing(fold(text)) for text in texts]
    wholes = [_tidy(OPTIONAL.sub(r"\1", text)) for text in shown]
    found = next((whole for whole in wholes if length(whole) <= limit), None)
    if found is not None:
        return found
    text = shown[-1]
    while parts := list(OPTIONAL.finditer(text)):
        last = parts[-1]
        text = text[: last.start()] + text[last.end() :]
        whole = _tidy(OPTIONAL.sub(r"\1", text))
        if length(whole) <= limit:
            return whole
    raise TextTooLong(length(_tidy(text)))


def _without_missing(text: str) -> str:
    kept = OPTIONAL.sub(
        lambda part: "" if MISSING in part.group() else part.group(), text
    )
    return kept.replace(MISSING, "")


def _tidy(text: str) -> str:
    """Return a text without the blanks that parts left behind."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(filter(None, lines))


def debt_words(text: str) -> list[str]:
    """Return the words of a text that show a debt, without accents, each once."""
    plain = unicodedata.normalize("NFKD", fold(text)).casefold()
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return list(dict.fromkeys(DEBT_WORDS.findall(plain)))
