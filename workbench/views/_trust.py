"""What a folder's file asks for, told before anybody trusts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from workbench.arguments import in_language
from workbench.connections import Claim
from workbench.views._styles import CAPTION, CELL, COLUMN, TABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustWords:
    """The words of one language.

    Attributes:
        title: Says which file asks for something.
        connection: Head of the names.
        asks: Head of what is asked for.
        does: What each kind of claim means.
        warning: What trusting means.
        question: Asks on a terminal.
        answers: What means yes there.
        trust: On the button.
        trusted: The file is trusted now.
        refused: It is not.
        needless: It asks for nothing that needs trust.
        before: It was trusted before.
        forgotten: It is trusted no more.
        unknown: It was not trusted anyway.
        again: What to do once a file is trusted.
    """

    title: str
    connection: str
    asks: str
    does: Mapping[str, str]
    warning: str
    question: str
    answers: tuple[str, ...]
    trust: str
    trusted: str
    refused: str
    needless: str
    before: str
    forgotten: str
    unknown: str
    again: str


_WORDS = {
    "en": TrustWords(
        title="{file} asks for this:",
        connection="Connection",
        asks="Asks for",
        does={
            "host": "send prompts to {what}",
            "proxy": "pass requests through {what}",
            "key": "read {what} and send it there as the key",
            "header": "send the header {what}",
            "certificate": "read the certificate {what}",
            "model": "load the model file {what}",
        },
        warning="Trust it only if you know where it comes from. It is asked about again as soon as it changes.",
        question="Trust this file? [y/N] ",
        answers=("y", "yes"),
        trust="Trust this file",
        trusted="{file} is trusted from now on.",
        refused="{file} was not trusted.",
        needless="{file} names nothing but this machine, and needs no trust.",
        before="{file} is trusted already.",
        forgotten="{file} is trusted no more.",
        unknown="{file} was not trusted.",
        again="Run the cell again.",
    ),
    "de": TrustWords(
        title="{file} verlangt dies:",
        connection="Verbindung",
        asks="Verlangt",
        does={
            "host": "Eingaben an {what} senden",
            "proxy": "Anfragen über {what} leiten",
            "key": "{what} lesen und als Schlüssel dorthin senden",
            "header": "die Kopfzeile {what} senden",
            "certificate": "das Zertifikat {what} lesen",
            "model": "die Modelldatei {what} laden",
        },
        warning="Vertrauen Sie ihr nur, wenn Sie wissen, woher sie kommt. Sobald sie sich ändert, wird neu gefragt.",
        question="Dieser Datei vertrauen? [j/N] ",
        answers=("j", "ja", "y", "yes"),
        trust="Dieser Datei vertrauen",
        trusted="{file} wird von jetzt an vertraut.",
        refused="{file} wurde nicht vertraut.",
        needless="{file} nennt nichts als diesen Rechner und braucht kein Vertrauen.",
        before="{file} wird schon vertraut.",
        forgotten="{file} wird nicht mehr vertraut.",
        unknown="{file} wurde nicht vertraut.",
        again="Führen Sie die Zelle noch einmal aus.",
    ),
}


def trust_words(language: str) -> TrustWords:
    """Return the words of a language. Raises UsageError for one that no view speaks.

    >>> trust_words("de").trust
    'Dieser Datei vertrauen'
    """
    return in_language(_WORDS, language)


def trust_text(file: Path, claims: Sequence[Claim], language: str = "en") -> str:
    """Write for a terminal what a file asks for; all that the file says is shown as text of one line.

    >>> print(trust_text(Path("workbench.toml"), [Claim("gpu", "key", "env:GPU_KEY")]))
    workbench.toml asks for this:
      gpu: read env:GPU_KEY and send it there as the key
    Trust it only if you know where it comes from. It is asked about again as soon as it changes.
    """
    words = trust_words(language)
    lines = [f"  {name}: {does}" for name, does in _told(claims, words)]
    return "\n".join([words.title.format(file=one_line(str(file))), *lines, words.warning])


def trust_table(file: Path, claims: Sequence[Claim], language: str = "en") -> str:
    """Write the same as HTML.

    >>> "read env:GPU_KEY" in trust_table(Path("workbench.toml"), [Claim("gpu", "key", "env:GPU_KEY")])
    True
    """
    words = trust_words(language)
    heads = "".join(f'<th scope="col" style="{COLUMN}">{head}</th>' for head in (words.connection, words.asks))
    rows = "".join(
        f'<tr><th scope="row" style="{CELL}">{escape(name)}</th><td style="{CELL}">{escape(does)}</td></tr>'
        for name, does in _told(claims, words)
    )
    title = escape(words.title.format(file=one_line(str(file))))
    return (
        f'<table lang="{language}" class="mathjax_ignore tex2jax_ignore" style="{TABLE}">'
        f'<caption style="{CAPTION}">{title}</caption><tbody><tr>{heads}</tr>{rows}</tbody></table>'
        f"<p>{escape(words.warning)}</p>"
    )


def trust_outcome(outcome: str, language: str = "en") -> str:
    """Write as HTML what became of the question.

    >>> trust_outcome("a<b is trusted from now on.")
    '<p lang="en" class="mathjax_ignore tex2jax_ignore" role="status">a&lt;b is trusted from now on.</p>'
    """
    return f'<p lang="{language}" class="mathjax_ignore tex2jax_ignore" role="status">{escape(outcome)}</p>'


def one_line(text: str) -> str:
    r"""Put a text of somebody else's into one line, with nothing in it that is not seen.

    >>> one_line("gpu\nlocal\u200b")
    'gpu[U+000A]local[U+200B]'
    """
    return "".join(sign if sign.isprintable() else f"[U+{ord(sign):04X}]" for sign in text)


def _told(claims: Sequence[Claim], words: TrustWords) -> list[tuple[str, str]]:
    return [(one_line(one.connection), words.does[one.does].format(what=one_line(one.what))) for one in claims]
