"""How each row of the page is used: what is laid out for whom, and what is shown when it works."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.discord.client import FeedEntry, Interaction, Message
from tests.permissions.world import BUTTON, CHANNELS, ROLES, ROOM, STRINGS, USERS, Thing, World

FAY, DEV = "1150000000000000015", "1150000000000000014"
_MODEL, _OTHER = "kling-video-v2-6-pro-text-to-video", "ltx-2-3-pro-text-to-video"
Lay = Callable[[World, str], Awaitable[list[Thing]]]


@dataclass(frozen=True)
class Use:
    """`lay` makes the things of a row for their owner; `shows` is in what is shown when one works. `whose`: in place
    of the requester. `apart`: each use needs things of its own, for one use changes what the next would find.
    """

    lay: Lay
    shows: str = ""
    whose: str = "Bo"
    opener: str | None = None  # who has it open, where that is no requester
    own: bool = False  # each manager opens one of their own
    pool: str | None = None  # of what is used up when it works


def _made(*things: Thing) -> Lay:
    async def lay(_: World, __: str) -> list[Thing]:
        return list(things)

    return lay


def _short(message: Message, verb: str) -> str:
    return next(b.custom_id for b in message.buttons if b.custom_id and f":{verb}:" in b.custom_id)


def _taken(pool: str, verb: str) -> Lay:
    """The next message of the pool, with its button."""

    async def lay(world: World, owner: str) -> list[Thing]:
        message = world.pools[pool][owner][-1]
        return [Thing(message.id, _short(message, verb))]

    return lay


async def _surely(world: World, owner: str) -> list[Thing]:
    """What asks once more is private, and beside the message."""
    return [Thing(custom_id=f"drover:surely:{order_of(world.pools['failed'][owner][-1])}")]


def order_of(message: Message) -> str:
    """The id of the order, which is in a card's buttons."""
    custom_id = next(button.custom_id for button in message.buttons if button.custom_id)
    return custom_id.rpartition(":")[2]


def _of_result(*verbs: str, picture: bool = False) -> Lay:
    async def lay(world: World, _: str) -> list[Thing]:
        result = world.picture if picture else world.large
        return [Thing(result.id, _short(result, verb), legacy=True) for verb in verbs]

    return lay


def output_of(message: Message) -> str:
    """The output that the buttons under a result concern."""
    return _short(message, "details").rpartition(":")[2]


def _taking(verb: str, pool: str = "failed") -> Lay:
    """A control of *Details*: in the next of a pool that is used up, or in one that stays and is brought back first."""

    async def lay(world: World, owner: str) -> list[Thing]:
        one = world.pools[pool][owner][-1 if pool != "failed" else verb == "uncover"]
        back = {"cover": "uncover", "uncover": "cover"}.get(verb)
        if back is not None:
            await world.pressed("Ada", Thing(custom_id=f"drover:result:{back}:{output_of(one)}"), "Ada")
        return [Thing(custom_id=f"drover:result:{verb}:{output_of(one)}")]

    return lay


async def _report(world: World, owner: str, pool: str = "failed", at: int | None = None) -> list[Thing]:
    """The form of a report, of another result each time."""
    one = world.pools[pool][owner][at if at is not None else next(world.reports) % 2]
    message_id = await world.plant(Thing(custom_id=f"drover:result:report:{output_of(one)}"))
    asked = await world.member("Dev").press(message_id, f"drover:result:report:{output_of(one)}")
    written = {"What is wrong with it?": ["rules"]}
    return [Thing(form=asked, written=written)]


def _case(verb: str) -> Lay:
    """What was reported, of a result that is used up."""

    async def lay(world: World, owner: str) -> list[Thing]:
        [form] = await _report(world, owner, "doomed", -1)
        await world.pressed("Dev", form, owner)
        return [Thing(custom_id=f"drover:case:{verb}:{order_in(world.pools['doomed'][owner][-1])}")]

    return lay


def _review(verb: str) -> Lay:
    """What moderators are asked, in a channel of theirs: others press it in a message that they see."""

    async def lay(world: World, _: str) -> list[Thing]:
        return [Thing(custom_id=_short(world.pools["reviews"]["Bo"][-1], verb), legacy=True)]

    return lay


def order_in(message: Message) -> str:
    """The id of the order of a failed result."""
    return _short(message, "again").rpartition(":")[2]


def _told(result: str, verb: str) -> Lay:
    async def lay(world: World, _: str) -> list[Thing]:
        return [Thing(world.told[result].id, _short(world.told[result], verb), legacy=True)]

    return lay


def _queue(*verbs: str) -> Lay:
    async def lay(world: World, _: str) -> list[Thing]:
        order = order_of(world.pools["orders"]["Bo"][0])
        subjects = {
            "page": "server-1", "again": "server-1", "front": order, "up": order, "down": order, "end": order,
            "stop": f"order-{order}", "sure": f"member-{FAY}",
        }  # fmt: skip
        return [Thing(custom_id=f"drover:queue:{verb}:{subjects.get(verb, '')}") for verb in verbs]

    return lay


async def _pick(world: World, _: str) -> list[Thing]:
    return [Thing(custom_id="drover:queue-pick", kind=STRINGS, values=(order_of(world.pools["orders"]["Bo"][0]),))]


def base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits or "0"


_IDS = {"Bo": 1150000000000000012, "Fay": int(FAY)}


async def _past(_: World, owner: str) -> list[Thing]:
    return [Thing(custom_id=f"drover:past:n:-:{base36(_IDS[owner])}:")]


async def _open(world: World, owner: str) -> list[Thing]:
    order = order_of(world.pools["orders"][owner][0])
    custom_id = f"drover:open:n:-:{base36(_IDS[owner])}:"
    return [Thing(custom_id=custom_id, kind=STRINGS, values=(order,))]


def _output(verb: str, more: str = "") -> Lay:
    """A control of an output of the owner's."""

    async def lay(world: World, owner: str) -> list[Thing]:
        return [Thing(custom_id=f"drover:{verb}:{world.output_of(_IDS[owner])}{more}")]

    return lay


async def _repeat(world: World, owner: str) -> list[Thing]:
    return [Thing(custom_id="drover:repeat", kind=STRINGS, values=(world.output_of(_IDS[owner]),))]


def _panel(section: str, **controls: Thing) -> Lay:
    """The controls of a section by their verbs."""
    return _made(
        *(
            replace(thing, custom_id=f"drover:set:{thing.custom_id or 'panel'}:{section}:{verb}:{arg}")
            for verb, thing in controls.items()
            for arg in [thing.values[0] if thing.kind == BUTTON and thing.values else ""]
        )
    )


def _form(*sections: str) -> Lay:
    """Forms that the owner of the form has open."""

    async def lay(world: World, owner: str) -> list[Thing]:
        verbs = {"billing": "namespace", "members": "limits:0", "models": "names"}
        things: list[Thing] = []
        for section in sections:
            verb = verbs.get(section, "edit")
            control = Thing(custom_id=f"drover:set:panel:{section}:{verb}{'' if ':' in verb else ':'}")
            member, message_id = world.member(owner), await world.plant(control)
            asked = await member.press(message_id, control.custom_id)
            written = {"namespace": "no such name"} if section == "billing" else {}
            things.append(Thing(message_id, form=asked, written=written))
        return things

    return lay


async def _catalogue(world: World, owner: str) -> list[Thing]:
    community = world.harness.community
    panel = await community.answer(await world.member(owner).slash("models"))
    session = panel.selects[0].custom_id.rpartition(":")[2]
    model = panel.selects[1]
    controls = {
        verb: Thing(custom_id=f"drover:sheet:{verb}:{session}") for verb in ("next", "previous", "sort", "use", "back")
    }
    return [
        Thing(custom_id=f"drover:pick:group:{session}", kind=STRINGS, values=("all",)),
        controls["next"],
        controls["previous"],
        controls["sort"],
        Thing(custom_id=model.custom_id, kind=STRINGS, values=(model.options[0],)),
        controls["use"],
        controls["back"],
    ]


async def opened(world: World, owner: str) -> Interaction:
    return await world.member(owner).slash("video", prompt="a fox", model=_MODEL, more=True)


def _session_of(form: Interaction) -> str:
    assert form.modal is not None
    return str(form.modal["custom_id"]).rpartition(":")[2]


def _order_session(*verbs: str) -> Lay:
    async def lay(world: World, owner: str) -> list[Thing]:
        session = _session_of(await opened(world, owner))
        return [Thing(custom_id=f"drover:sheet:{verb}:{session}", legacy=True) for verb in verbs]

    return lay


async def _order_form(world: World, owner: str) -> list[Thing]:
    return [Thing(form=await opened(world, owner))]


async def _storyboard_form(world: World, owner: str) -> list[Thing]:
    form = await world.member(owner).slash("storyboard")
    return [Thing(form=form, written={"shots": "5s a fox wakes up"})]


def _storyboard(*verbs: str) -> Lay:
    async def lay(world: World, owner: str) -> list[Thing]:
        [thing] = await _storyboard_form(world, owner)
        assert thing.form is not None
        after = await world.harness.community.position()
        await world.answer(await world.member(owner).submit(thing.form, thing.written), after)
        return [Thing(custom_id=f"drover:sheet:{verb}:{_session_of(thing.form)}") for verb in verbs]

    return lay


async def _suggestion(world: World, owner: str) -> list[Thing]:
    asked = await world.member(owner).slash("video", prompt="a fox", model=_MODEL, duration=7)
    message = await world.harness.community.answer(asked)
    return [Thing(message.id, str(message.buttons[0].custom_id), public=False, legacy=True)]


async def _again(world: World, owner: str) -> list[Thing]:
    """The button below a form that was filled in wrongly."""
    [thing] = await _form("budgets")(world, owner)
    assert thing.form is not None
    after = await world.harness.community.position()
    await world.member(owner).submit(thing.form, {"month_budget": "ten dollars"})

    def asks(entry: FeedEntry) -> bool:  # and no card that is drawn again
        buttons = entry.message.buttons if entry.kind == "message_edited" and entry.message is not None else ()
        return any(":sheet:again:" in str(button.custom_id) for button in buttons)

    entry = await world.harness.community.wait_for(asks, after=after)
    assert entry.message is not None
    return [Thing(custom_id=str(entry.message.buttons[0].custom_id))]


def _privacy(*acts: str) -> Lay:
    return _made(*(Thing(custom_id=f"drover:privacy:{act}") for act in acts))


_OPENS = Thing()
USES: Mapping[str, Use] = {
    "drover:cancel on a card": Use(_taken("orders", "cancel"), "ancel", pool="orders"),
    "drover:link of a result": Use(_of_result("link"), "Here it is"),
    "drover:anew of a result": Use(_of_result("anew"), "waits"),
    "drover:vary of a result": Use(_of_result("vary"), "Kling"),
    "drover:animate of a result": Use(_of_result("animate", picture=True), "Animate"),
    "drover:extend of a result": Use(_of_result("extend"), "Extend"),
    "drover:upscale of a result": Use(_of_result("upscale"), "Upscale"),
    "drover:use of a result": Use(_of_result("use"), "Use as input"),
    "drover:star of a result": Use(_of_result("star")),
    "drover:details of a result": Use(_of_result("details"), "Made with AI"),
    "drover:result delete": Use(_taking("delete"), "Delete this result?"),
    "drover:result sure that it is deleted": Use(_taking("sure", "doomed"), "Deleted", pool="doomed"),
    "drover:result keep": Use(_taking("keep"), "Made with AI"),
    "drover:result cover": Use(_taking("cover"), "The files are spoilers now"),
    "drover:result uncover": Use(_taking("uncover"), "no spoilers any more"),
    "drover:result report": Use(_taking("report"), "Report this result"),
    "drover:report a form": Use(_report, "Thank you"),
    "drover:case delete what was reported": Use(_case("delete"), "Deleted by", pool="doomed"),
    "drover:case cover what was reported": Use(_case("cover"), "spoiler by", pool="doomed"),
    "drover:case dismiss what was reported": Use(_case("dismiss"), "Dismissed by", pool="doomed"),
    "drover:review approve": Use(_review("approve"), pool="reviews"),
    "drover:review refuse": Use(_review("refuse"), pool="reviews"),
    "drover:again of a result": Use(_taken("failed", "again"), "<@", pool="failed"),
    "drover:surely although it may be paid twice": Use(_surely, "<@", pool="failed"),
    "drover:confirm a price": Use(_taken("drafts", "confirm"), "waits", pool="drafts"),
    "drover:withdraw a request": Use(_taken("drafts", "withdraw"), "deleted", pool="drafts"),
    "drover:privacy export delete keep": Use(_privacy("export", "delete", "keep")),
    "drover:privacy here everywhere": Use(_privacy("here", "everywhere"), "It is being deleted", whose="Dev"),
    "drover:queue page again": Use(_queue("page", "again"), "Orders in this server"),
    "drover:queue front up down end": Use(_queue("front", "up", "down", "end"), "**"),
    "drover:queue pause drain resume": Use(_queue("resume", "drain", "resume", "pause"), "Orders in this server"),
    "drover:queue choose stop sure": Use(_queue("choose", "stop", "sure")),
    "drover:queue-pick an order": Use(_pick, "**"),
    "drover:queue-member whose orders end": Use(
        _made(Thing(custom_id="drover:queue-member", kind=USERS, values=(FAY,)))
    ),
    "drover:queue-channel where orders end": Use(
        _made(Thing(custom_id="drover:queue-channel", kind=CHANNELS, values=(ROOM,)))
    ),
    "drover:past of one member": Use(_past, "<t:"),
    "drover:past of the server": Use(_made(Thing(custom_id="drover:past:n:-:0:")), "<t:"),
    "drover:open an order of the past": Use(_open, "a fox"),
    "drover:repeat an order of the past": Use(_repeat, "waits"),
    "drover:favourites a page of one's own": Use(_made(Thing(custom_id="drover:favourites:1")), "favourites"),
    "drover:unstar one of one's own": Use(_output("unstar", ":1"), "favourites"),
    "drover:hide in the showcase": Use(_output("hide"), "leaves the showcase"),
    "drover:which of the compared results": Use(_told("compared", "which"), "Which of them?"),
    "drover:properly what a draft stands for": Use(_told("draft", "properly"), "<@"),
    "drover:vote for a compared result": Use(_told("compared", "vote"), "models are ready"),
    "drover:styles a page of the list": Use(_made(Thing(custom_id="drover:styles:1")), "styles"),
    "drover:table of what was used": Use(_made(Thing(custom_id="drover:table:1:3000000:0")), "Here it is"),
    "panel show": Use(
        _made(
            Thing(custom_id="drover:set:panel:overview:show:", kind=STRINGS, values=("words",)),
            Thing(custom_id="drover:set:setup:billing:show:budgets"),
        ),
        "###",
    ),
    "panel billing namespace key ask forget keep clear": Use(
        _panel("billing", namespace=_OPENS, key=_OPENS, ask=_OPENS, forget=_OPENS, keep=_OPENS, clear=_OPENS)
    ),
    "panel budgets edit": Use(_panel("budgets", edit=_OPENS), "Budgets"),
    "panel prices edit": Use(_panel("prices", edit=_OPENS), "Prices"),
    "panel unclear pick": Use(_panel("unclear", pick=Thing(kind=STRINGS, values=(FAY,))), "Nothing is unclear"),
    "panel unclear charged free": Use(
        _panel("unclear", charged=Thing(values=(FAY,)), free=Thing(values=(FAY,))), "That is clear by now"
    ),
    "panel members limits sizes": Use(
        _panel("members", limits=Thing(values=("0",)), sizes=Thing(kind=ROLES, values=("1150000000000000102",)))
    ),
    "panel access roles channels banned": Use(
        _panel(
            "access",
            roles=Thing(kind=ROLES),
            channels=Thing(kind=CHANNELS),
            banned=Thing(kind=USERS, values=(FAY,)),
        ),
        "Saved",
    ),
    "panel models groups names": Use(_panel("models", groups=Thing(kind=STRINGS), names=_OPENS)),
    "panel words edit": Use(_panel("words", edit=_OPENS), "Words"),
    "panel hours edit": Use(_panel("hours", edit=_OPENS)),
    "panel queue edit": Use(_panel("queue", edit=_OPENS)),
    "panel log channel on off": Use(
        _panel("log", channel=Thing(kind=CHANNELS), on=Thing(values=("acts_told",)), off=Thing(values=("acts_told",))),
        "Saved",
    ),
    "panel showcase channel stars": Use(
        _panel("showcase", channel=Thing(kind=CHANNELS), stars=Thing(kind=STRINGS, values=("3",))), "Saved"
    ),
    "panel reviews channels where": Use(
        _panel("reviews", channels=Thing(kind=CHANNELS), where=Thing(kind=CHANNELS)), "Saved"
    ),
    "panel privacy days": Use(_panel("privacy", days=Thing(kind=STRINGS, values=("0",))), "Saved"),
    "panel audit newest older": Use(_panel("audit", newest=_OPENS, older=Thing(values=("5",))), "###"),
    "panel protection cautious open": Use(
        _panel("protection", cautious=Thing(custom_id="setup"), open=Thing(custom_id="setup")), "it is"
    ),
    "panel trial order": Use(_panel("trial", order=Thing(custom_id="setup"))),
    "form billing budgets prices members models words hours queue": Use(
        _form("billing", "budgets", "prices", "members", "models", "words", "hours", "queue"),
        "###",
        opener="Ada",
        own=True,
    ),
    "session Again again": Use(_again, "Budgets", opener="Ada", own=True),
    "session CataloguePanel group model next previous sort back use": Use(_catalogue),
    "session OrderForm next change": Use(_order_session("next", "change"), "Kling"),
    "session OrderForm order": Use(_order_session("order"), "waits"),
    "drover:run what a refusal suggests": Use(_suggestion, "waits"),
    "session Storyboard edit mend": Use(_storyboard("edit", "mend"), "Storyboard"),
    "session Storyboard order": Use(_storyboard("order"), "a fox wakes up"),
    "session Storyboard cancel": Use(_storyboard("cancel")),
    "form OrderForm": Use(_order_form, "waits"),
    "form Storyboard": Use(_storyboard_form, "a fox wakes up"),
}


# Commands: what is given with them, and what is in the answer when they work.


@dataclass(frozen=True)
class Command:
    name: str
    shows: str
    options: Callable[[World, str], Mapping[str, Any]] = lambda _, __: {}


def _own(world: World, who: str) -> str:
    return order_of(world.pools["orders"][who][0])


def _bos(key: str) -> Callable[[World, str], Mapping[str, Any]]:
    return lambda world, _: {key: _own(world, "Bo")}


COMMANDS: Mapping[str, Command] = {
    "/video": Command("video", "waits", lambda _, __: {"prompt": "a fox"}),
    "/image": Command("image", "waits", lambda _, __: {"prompt": "a fox"}),
    "/storyboard": Command("storyboard", "Storyboard"),
    "/models": Command("models", "models"),
    "/queue": Command("queue", "Orders in this server"),
    "/usage": Command("usage", "###"),
    "/usage of somebody else": Command("usage", "###", lambda _, who: {"member": "Cleo" if who == "Ada" else "Ada"}),
    "/limits": Command("limits", "What you may still order here"),
    "/history": Command("history", "###"),
    "/history of somebody else": Command(
        "history", "###", lambda _, who: {"member": "Cleo" if who == "Ada" else "Ada"}
    ),
    "/history, somebody else's id": Command("history", "a fox", _bos("id")),
    "/favourites": Command("favourites", "favourites"),
    "/compare": Command(
        "compare", "side by side", lambda _, __: {"prompt": "a fox", "model": _MODEL, "model_2": _OTHER}
    ),
    "/style save": Command("style save", "I have saved", lambda _, who: {"name": f"of {who}"}),
    "/style list": Command("style list", "styles"),
    "/style share": Command("style share", "is the server", lambda _, who: {"style": f"to share of {who}"}),
    "/style delete, one's own": Command("style delete", "I have deleted", lambda _, who: {"style": f"to go of {who}"}),
    "/style delete, the server's": Command(
        "style delete", "I have deleted", lambda _, who: {"style": f"of the server for {who}"}
    ),
    "/about": Command("about", "models"),
    "/privacy": Command("privacy", "What I keep about you"),
    "/moderate queue": Command("moderate queue", "paused", lambda _, __: {"action": "pause"}),
    "/moderate cancel": Command("moderate cancel", "###"),
    "/moderate ban": Command("moderate ban", "cannot order here", lambda _, __: {"member": "Gus"}),
    "/moderate unban": Command("moderate unban", "can order here", lambda _, __: {"member": "Gus"}),
    "/settings": Command("settings", "### Overview"),
    "/setup": Command("setup", "###"),
}
ON_RESULTS = ("Delete this result", "Report this result")
MENUS = ("Animate this picture", "Edit this picture", "Use as reference", "Extend this video", "Upscale", *ON_RESULTS)
