"""The page behind a one-time link: one page, one large button, no script. It is read on a telephone, in a hurry, at night."""

from __future__ import annotations

from html import escape

from dashboards.texts import text

STYLE = """\
body { font: 20px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 0 auto; padding: 1.5rem; color: #222 }
h1 { font-size: 1.4rem; margin: .5rem 0 } p { margin: .8rem 0 }
button { display: block; width: 100%; min-height: 6rem; margin: 2rem 0; border: 0; border-radius: 1rem; font: inherit;
  font-size: 1.8rem; font-weight: 700; background: #b3261e; color: #fff }
button:focus-visible { outline: 4px solid #000 }
:root { color-scheme: light dark }
@media (prefers-color-scheme: dark) { body { color: #eee } button:focus-visible { outline-color: #fff } }
"""


def page(language: str, title: str, sentences: tuple[str, ...], button: str = "") -> str:
    """The page. Its form says where it comes from, to nobody but us: without that its POST would be refused."""
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
    form = f'<form method="post"><button>{escape(button)}</button></form>' if button else ""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="same-origin"><meta name="robots" content="noindex">'
        '<link rel="icon" href="data:,">'  # a browser asks for one otherwise
        f'<title>{escape(title)}</title><link rel="stylesheet" href="../a.css">'
        f"<main><h1>{escape(title)}</h1>{said}{form}</main></html>"
    )


def closing(language: str, key: str) -> str:
    """A page that says one thing and asks nothing: `answer_link.<key>`."""
    return page(language, text(language, f"answer_link.{key}"), (text(language, f"answer_link.{key}_why"),))
