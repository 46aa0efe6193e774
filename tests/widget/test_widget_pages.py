"""The pages and the widget's files as a program sees them."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict

from bench.widget_size import LIMIT, sizes_of
from bot.training import ROOT
from bot.widget.assets import HERE, SCRIPT_PARTS, load_assets
from bot.widget.mailbox import read_mailbox
from bot.widget.pages import setup_pages
from routing.catalogue import Municipality

MUNICIPALITY = Municipality(
    id="elders",
    name="Elders & <Omstreken>",
    phone="14 099",
    website="https://elders.example",
    mail="loket@elders.example",
    timezone="Europe/Amsterdam",
    address="Plein 1",
)
EVIL = "<script>alert('x')</script>"


def ask(path: str, mailbox: Path | None = None, municipality: Municipality = MUNICIPALITY, **headers: str):
    """The answer to a request: status, headers and text."""

    async def run() -> tuple[int, CIMultiDict[str], str]:
        app = web.Application()
        setup_pages(app, municipality=municipality, developer_mailbox=mailbox)
        async with TestClient(TestServer(app)) as client:
            answer = await client.get(path, headers=headers)
            return answer.status, answer.headers.copy(), await answer.text()

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/", "/en", "/privacy", "/en/privacy"])
def test_pages_are_of_the_municipality_and_escape_its_name(path: str) -> None:
    status, headers, text = ask(path)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Elders &amp; &lt;Omstreken&gt;" in text
    assert "Delft" not in text
    assert "tel:14099" in text
    assert "theme-" not in text


def test_a_theme_is_found_by_the_name_of_the_municipality() -> None:
    delft = Municipality(**{**vars(MUNICIPALITY), "id": "delft"})
    assert "/widget/theme-delft.css" in ask("/", municipality=delft)[2]
    assert json.loads(ask("/widget/settings.json", municipality=delft)[2])["theme"] == "theme-delft.css"


def test_no_page_has_anything_inline() -> None:
    for path in ("/", "/en", "/privacy", "/en/privacy"):
        text = ask(path)[2]
        assert "style=" not in text
        assert "<style" not in text
        assert "onclick" not in text
        assert text.count("<script") == text.count("<script src=")


def test_the_mailbox_page_exists_only_for_developers(tmp_path: Path) -> None:
    assert ask("/ontwikkelaar/postvak")[0] == 404
    assert ask("/ontwikkelaar/postvak", tmp_path)[0] == 200
    assert "nog geen mail" in ask("/ontwikkelaar/postvak", tmp_path / "absent")[2]


def write_mail(folder: Path, name: str, text: str, changed: int) -> None:
    path = folder / f"{name}.eml"
    path.write_bytes(text.encode())
    os.utime(path, (changed, changed))


def test_the_mailbox_shows_the_newest_first_and_escapes_everything(tmp_path: Path) -> None:
    head = "To: partner-1@example.org\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n"
    write_mail(tmp_path, "old", f"Subject: eerder\n{head}\nEerst", 1)
    write_mail(tmp_path, "new", f"Subject: nieuw {EVIL}\n{head}\nDaarna {EVIL}", 2)
    text = ask("/ontwikkelaar/postvak", tmp_path)[2]
    assert text.index("nieuw") < text.index("eerder")
    assert "partner-1@example.org" in text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;") == 2


def test_a_mail_in_an_unknown_character_set_is_still_read(tmp_path: Path) -> None:
    write_mail(tmp_path, "odd", "Subject: s\nContent-Type: text/plain; charset=x-nowhere\n\nhallo", 1)
    write_mail(tmp_path, "bare", "", 2)
    write_mail(tmp_path, "picture", "Subject: p\nContent-Type: image/png\n\nx", 3)
    assert [mail.text for mail in read_mailbox(tmp_path)] == ["", "", "hallo"]


def test_the_script_is_one_and_whole() -> None:
    status, headers, text = ask("/widget/widget.js")
    assert status == 200
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert text.startswith('(() => {\n"use strict";')
    assert 'customElements.define("loket-chat"' in text
    assert "import " not in text.replace("important ", "")


def test_a_browser_that_has_a_file_gets_no_second_copy() -> None:
    tag = ask("/widget/widget.css")[1]["ETag"]
    status, _, text = ask("/widget/widget.css", **{"If-None-Match": tag})
    assert (status, text) == (304, "")
    assert ask("/widget/widget.css", **{"If-None-Match": '"other"'})[0] == 200


@pytest.mark.parametrize("name", ["pages.py", "..%2fpages.py", "texts.json", ""])
def test_nothing_else_is_served(name: str) -> None:
    assert ask(f"/widget/{name}")[0] == 404


def test_script_and_styles_fit_in_25_kilobytes() -> None:
    """With the texts, and with the larger of the themes."""
    sizes = sizes_of(load_assets())
    assert sum(sizes.values()) <= LIMIT, sizes


def test_remarks_and_indentation_stay_at_home() -> None:
    assets = load_assets()
    source = (HERE / "script" / "dom.js").read_text()
    script = assets["widget.js"].body.decode()
    assert "// Elements and words." in source
    assert "// Elements and words." not in script
    # What only looks like a remark stays: an address in a text or a pattern.
    assert r"/https:\/\/[^\s" in script
    assert '"http://www.w3.org/2000/svg"' in script
    assert "/*" not in assets["widget.css"].body.decode()
    for part in SCRIPT_PARTS:
        lines = (HERE / "script" / f"{part}.js").read_text().splitlines()
        # A text over several lines would lose its indentation.
        assert [line for line in lines if line.count("`") % 2] == [], part


def test_every_attribute_is_documented() -> None:
    """For the municipality's web developer; the two of a link that goes on are our own."""
    source = (HERE / "script" / "element.js").read_text()
    grouped = re.findall(r"const \{ ([^}]*) \} = this\.dataset", source)
    names = {part.split(":")[0].strip() for group in grouped for part in group.split(",")}
    names |= set(re.findall(r"this\.dataset\.(\w+)", source))
    document = (ROOT / "docs" / "widget.md").read_text()
    assert {"theme", "logo", "font", "language"} <= names
    assert [name for name in names - {"gesprek", "sleutel"} if f"`data-{name}`" not in document] == []


THEMES = ("theme-delft.css", "theme-voorbeeldstad.css")
TOKEN = re.compile(r"(--[\w-]+):\s*([^;]+);")


def tokens_of(*names: str) -> dict[str, str]:
    """The tokens of style sheets, each over those before it, without references."""
    found: dict[str, str] = {}
    for name in names:
        found |= dict(TOKEN.findall(load_assets()[name].body.decode()))
    return found


def colour(tokens: dict[str, str], name: str) -> str:
    value = tokens[name].strip()
    inner = re.fullmatch(r"var\((--[\w-]+)\)", value)
    return colour(tokens, inner[1]) if inner else {"#fff": "#ffffff"}.get(value, value)


@pytest.mark.parametrize("theme", THEMES)
def test_a_theme_is_nothing_but_tokens(theme: str) -> None:
    text = load_assets()[theme].body.decode()
    assert re.fullmatch(r":root,\n:host \{\n(--[\w-]+:[^;{}]+;\n)+\}", text)
    assert tokens_of(theme).keys() <= tokens_of("tokens.css").keys()


def test_the_second_theme_is_complete() -> None:
    colours = {name for name in tokens_of("tokens.css") if name.startswith("--loket-color-")}
    assert colours <= tokens_of("theme-voorbeeldstad.css").keys()


def test_the_widget_has_no_colour_of_its_own() -> None:
    text = load_assets()["widget.css"].body.decode()
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\([^)]*\)|hsl", text) == []


PAIRS = (
    # Letters on their ground.
    ("--loket-color-ink", "--loket-color-paper", 4.5),
    ("--loket-color-ink", "--loket-chat-bot-background-color", 4.5),
    ("--loket-color-ink", "--loket-chat-staff-background-color", 4.5),
    ("--loket-color-ink", "--loket-color-warning-light", 4.5),
    ("--loket-color-ink-soft", "--loket-color-paper", 4.5),
    ("--loket-color-ink-soft", "--loket-color-ground", 4.5),
    ("--loket-color-danger", "--loket-color-paper", 4.5),
    ("--loket-color-good", "--loket-color-paper", 4.5),
    ("--utrecht-link-color", "--loket-color-danger-light", 4.5),
    ("--loket-chat-resident-color", "--loket-chat-resident-background-color", 4.5),
    ("--loket-chat-header-color", "--loket-chat-header-background-color", 4.5),
    ("--utrecht-button-primary-action-color", "--utrecht-button-primary-action-background-color", 4.5),
    ("--utrecht-button-primary-action-color", "--utrecht-button-primary-action-hover-background-color", 4.5),
    ("--utrecht-button-secondary-action-color", "--utrecht-button-secondary-action-background-color", 4.5),
    ("--utrecht-button-disabled-color", "--utrecht-button-disabled-background-color", 4.5),
    # What is no letter but must be seen: edges of fields and buttons, the focus, how far the plan is.
    ("--utrecht-textarea-border-color", "--loket-color-paper", 3),
    ("--utrecht-textarea-invalid-border-color", "--loket-color-paper", 3),
    ("--utrecht-button-secondary-action-border-color", "--loket-color-paper", 3),
    ("--utrecht-focus-outline-color", "--loket-color-paper", 3),
    ("--utrecht-focus-outline-color", "--loket-color-ground", 3),
    ("--utrecht-focus-inverse-outline-color", "--loket-chat-header-background-color", 3),
    ("--loket-color-brand", "--loket-color-line", 3),
)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast_in_both_themes(theme: str, ink: str, ground: str, least: float) -> None:
    tokens = tokens_of("tokens.css", theme)
    assert contrast(colour(tokens, ink), colour(tokens, ground)) >= least


def luminance(value: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_both_languages_have_the_same_texts() -> None:
    texts = json.loads(load_assets()["texts.json"].body)
    assert texts["nl"].keys() == texts["en"].keys()
    for group in ("parts", "there"):
        assert texts["nl"][group].keys() == texts["en"][group].keys()
    assert texts["nl"]["goals"].keys() == texts["en"]["goals"].keys() == {str(n) for n in range(1, 18)}


def test_settings_carry_the_values_that_fill_the_texts() -> None:
    settings = json.loads(ask("/widget/settings.json")[2])
    assert settings["values"] == {
        "municipality": "Elders & <Omstreken>",
        "phone": "14 099",
        "mail": "loket@elders.example",
    }
    assert settings["limit"] == 4000
    assert settings["themes"] == ["delft", "voorbeeldstad"]
    assert settings["texts"]["en"]["send"] == "Send"
