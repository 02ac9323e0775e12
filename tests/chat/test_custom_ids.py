"""Buttons, selects and forms of messages that are in channels already go on working: their ids are understood.

The ids were made by the version before the front end was laid out in features. None of them may be changed or left out.
"""

import ast
from pathlib import Path

import pytest

from bot.chat.client import CONTROLS, FEATURES
from bot.chat.kit.components import CustomId
from bot.chat.kit.control import Controls

ROOT = Path(__file__).parents[2]
CHAT = ROOT / "bot" / "chat"
ID = "0hk3x9v2m7q4r8t1w5y60hk3"
MEMBER, ROLE, WORDS = "8qjcz6p3w9os", "1150000000000000102", "a fox: a hen\nand more"
OLD = [
    (f"drover:cancel:{ID}", "drover:cancel", [ID]),
    (f"drover:link:{ID}", "drover:link", [ID]),
    (f"drover:again:{ID}", "drover:again", [ID]),
    (f"drover:surely:{ID}", "drover:surely", [ID]),
    (f"drover:confirm:{ID}", "drover:confirm", [ID]),
    (f"drover:withdraw:{ID}", "drover:withdraw", [ID]),
    ("drover:privacy:export", "drover:privacy", ["export"]),
    ("drover:privacy:delete", "drover:privacy", ["delete"]),
    ("drover:privacy:here", "drover:privacy", ["here"]),
    ("drover:privacy:everywhere", "drover:privacy", ["everywhere"]),
    ("drover:privacy:keep", "drover:privacy", ["keep"]),
    (f"drover:sheet:order:{ID}", "drover:sheet", ["order", ID]),
    (f"drover:pick:group:{ID}", "drover:pick", ["group", ID]),
    ("drover:queue:page:server-1", "drover:queue", ["page", "server-1"]),
    ("drover:queue:page:mine-12", "drover:queue", ["page", "mine-12"]),
    ("drover:queue:again:server-3", "drover:queue", ["again", "server-3"]),
    ("drover:queue:pause:", "drover:queue", ["pause", ""]),
    ("drover:queue:drain:", "drover:queue", ["drain", ""]),
    ("drover:queue:resume:", "drover:queue", ["resume", ""]),
    ("drover:queue:choose:", "drover:queue", ["choose", ""]),
    (f"drover:queue:front:{ID}", "drover:queue", ["front", ID]),
    (f"drover:queue:up:{ID}", "drover:queue", ["up", ID]),
    (f"drover:queue:down:{ID}", "drover:queue", ["down", ID]),
    (f"drover:queue:end:{ID}", "drover:queue", ["end", ID]),
    ("drover:queue:stop:all", "drover:queue", ["stop", "all"]),
    (f"drover:queue:stop:order-{ID}", "drover:queue", ["stop", f"order-{ID}"]),
    ("drover:queue:sure:member-1150000000000000012", "drover:queue", ["sure", "member-1150000000000000012"]),
    ("drover:queue:sure:channel-1150000000000000103", "drover:queue", ["sure", "channel-1150000000000000103"]),
    ("drover:queue:sure:all", "drover:queue", ["sure", "all"]),
    ("drover:queue-pick", "drover:queue-pick", []),
    ("drover:queue-member", "drover:queue-member", []),
    ("drover:queue-channel", "drover:queue-channel", []),
    (
        f"drover:past:o:{ID}:{MEMBER}:{WORDS}",
        "drover:past",
        ["o", ID, MEMBER, WORDS],
    ),
    (
        f"drover:open:o:{ID}:{MEMBER}:{WORDS}",
        "drover:open",
        ["o", ID, MEMBER, WORDS],
    ),
    ("drover:past:n:-:0:", "drover:past", ["n", "-", "0", ""]),
    ("drover:open:n:-:0:", "drover:open", ["n", "-", "0", ""]),
    ("drover:past:a:-:0:50%", "drover:past", ["a", "-", "0", "50%"]),
    ("drover:open:a:-:0:50%", "drover:open", ["a", "-", "0", "50%"]),
    (f"drover:star:{ID}", "drover:star", [ID]),
    (f"drover:hide:{ID}", "drover:hide", [ID]),
    ("drover:favourites:12", "drover:favourites", ["12"]),
    (f"drover:unstar:{ID}:3", "drover:unstar", [ID, "3"]),
    ("drover:repeat", "drover:repeat", []),
    (f"drover:properly:{ID}", "drover:properly", [ID]),
    (f"drover:vote:{ID}", "drover:vote", [ID]),
    (f"drover:which:anew:{ID}", "drover:which", ["anew", ID]),
    ("drover:styles:1", "drover:styles", ["1"]),
    ("drover:styles:63", "drover:styles", ["63"]),
    ("drover:table:1992768:1995648:0", "drover:table", ["1992768", "1995648", "0"]),
    ("drover:table:1992768:1995648:1150000000000000012", "drover:table", ["1992768", "1995648", "1150000000000000012"]),
    ("drover:set:panel:overview:show:", "drover:set", ["panel", "overview", "show", ""]),
    ("drover:set:setup:billing:show:budgets", "drover:set", ["setup", "billing", "show", "budgets"]),
    ("drover:set:panel:billing:namespace:", "drover:set", ["panel", "billing", "namespace", ""]),
    ("drover:set:panel:members:limits:all", "drover:set", ["panel", "members", "limits", "all"]),
    (
        f"drover:set:panel:members:sizes:{ROLE}",
        "drover:set",
        ["panel", "members", "sizes", ROLE],
    ),
    ("drover:set:panel:access:roles:", "drover:set", ["panel", "access", "roles", ""]),
    ("drover:set:panel:log:on:acts_told", "drover:set", ["panel", "log", "on", "acts_told"]),
    ("drover:set:panel:audit:older:1234", "drover:set", ["panel", "audit", "older", "1234"]),
    ("drover:set:panel:words:edit:", "drover:set", ["panel", "words", "edit", ""]),
    ("drover:set:setup:trial:order:", "drover:set", ["setup", "trial", "order", ""]),
    (f"drover:form:{ID}", "drover:form", [ID]),
    (
        f"drover:fill:panel:members:limits:{ROLE}",
        "drover:fill",
        ["panel", "members", "limits", ROLE],
    ),
    ("drover:fill:setup:budgets:edit:", "drover:fill", ["setup", "budgets", "edit", ""]),
]


def test_an_old_id_is_understood_by_one_control_in_the_same_way() -> None:
    for custom_id, name, values in OLD:
        found = [(control.name, said) for control in CONTROLS if (said := control.id.parse(custom_id)) is not None]
        assert [(each, list(said.values())) for each, said in found] == [(name, values)], custom_id


def test_every_control_is_in_the_list() -> None:
    new = {"drover:run", "drover:anew", "drover:vary", "drover:details", "drover:animate", "drover:extend"} | {
        *("drover:upscale", "drover:use", "drover:result", "drover:report", "drover:case", "drover:review"),
    }
    assert {control.name for control in CONTROLS} == {name for _, name, _ in OLD} | new


def test_what_an_id_says_makes_the_same_id_again() -> None:
    controls = Controls(CONTROLS)
    for custom_id, _, _ in OLD:
        found = controls.find(custom_id)
        assert found is not None
        control, values = found
        assert control.id(**values) == custom_id


def test_every_feature_is_registered() -> None:
    folders = {path.name for path in CHAT.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert {feature.__name__.split(".")[2] for feature in FEATURES} == folders


def test_every_custom_id_that_is_declared_has_its_control() -> None:
    declared = {
        node.args[0].value
        for path in CHAT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "CustomId"
        and isinstance(node.args[0], ast.Constant)
    }
    assert declared == {control.id.template for control in CONTROLS}


def test_unknown_ids_are_nobodys() -> None:
    controls = Controls(CONTROLS)
    for custom_id in (
        "",
        "drover:",
        "drover:cancel",
        f"drover:cancel:{ID}x",
        f"other:cancel:{ID}",
        "drover:queue:page",
    ):
        assert controls.find(custom_id) is None


def test_a_template_and_its_values_have_to_fit() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        CustomId("drover:x:{id}", verb="[a-z]+")
