"""Did everything end as it should? Each check raises `DemoFailed` with the reason if it did not."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from sandbox.demo import expect, pictures
from sandbox.demo.books import Line
from sandbox.demo.media import IMAGE, VIDEO, Media
from sandbox.demo.orders import WIDE, Act, Order
from sandbox.demo.watch import Watch
from sandbox.discord.client import Interaction, Message

Files = Mapping[str, Sequence[Media]]
"""What was posted, by the order's card."""
_LEAST_SIDE = 600  # pixels of a picture of usage


def check_interactions(interactions: Sequence[Interaction]) -> None:
    silent = [one for one in interactions if not one.acknowledged]
    expect(not silent, f"{len(silent)} interactions were not answered in time")


def check_posts(act: Act, watch: Watch, messages: Mapping[str, Message]) -> None:
    """One post for each order, with its files; what one member was to see, only that one saw."""
    for who, message in act.private:
        expect(message.only_for == who, f"something for {who} alone was shown to {message.only_for or 'everybody'}")
    for order in act.orders:
        posts = [entry.message for entry in watch.posts(order.card) if entry.message is not None]
        expect(len(posts) == 1, f"{order.what} should have been posted once, and was {len(posts)} times")
        found = len(posts[0].attachments)
        expect(found == order.files, f"{order.what}: {order.files} files expected, not {found}")
        expect(posts[0].pinged == (order.who,), f"{order.what} should ping {order.who} alone, not {posts[0].pinged}")
        if order.taken_back:
            expect(order.card not in messages, f"{order.what} was taken back, and its card is there")
            continue
        pressable = [button.label for button in messages[order.card].buttons]
        expect(not pressable, f"the card of {order.what} still shows {pressable}")


def check_silence(acts: Sequence[Act], watch: Watch, messages: Mapping[str, Message]) -> None:
    """No message but a result pings anybody."""
    cards = [order.card for act in acts for order in act.orders]
    results = {entry.message.id for card in cards for entry in watch.posts(card) if entry.message is not None}
    loud = [one.text for one in messages.values() if one.pinged and one.id not in results]
    expect(not loud, f"a message pings somebody that should not: {loud}")


def check_files(orders: Iterable[Order], files: Files) -> None:
    """Each file is of its kind, length and shape, no two of an order are alike, and what was given can be seen."""
    for order in orders:
        if order.taken_back:
            continue
        found = files[order.card]
        for one in found:
            _check_file(order, one)
        expect(len({one.digest for one in found}) == len(found), f"{order.what}: two files are the same")
        if order.enlarges is not None:
            _check_enlarged(order, found[0], files[order.enlarges][1])


def _check_file(order: Order, one: Media) -> None:
    expect(one.kind == order.kind, f"{order.what} is of the kind {one.kind}")
    if one.kind != VIDEO:
        return
    expect(one.format.startswith("h264 "), f"{order.what} is {one.format}, not H.264")
    expect(abs(one.duration - order.seconds) <= one.frame + 1e-6, f"{order.what} lasts {one.duration:.3f} s")
    # Sides are even numbers of pixels, so the shape is exact to two of them.
    wide = order.shaped or abs(one.width - one.height * WIDE) <= 2  # noqa: PLR2004
    expect(wide, f"{order.what} is {one.width}x{one.height}, not 16:9")
    if order.opens_with is not None:
        same = pictures.alike(pictures.first_frame(one.path), pictures.opened(order.opens_with))
        expect(same, f"the first frame of {order.what} does not show the picture")


def _check_enlarged(order: Order, larger: Media, original: Media) -> None:
    sizes = f"{larger.width}x{larger.height}, and was {original.width}x{original.height}"
    expect(larger.width == 2 * original.width and larger.height == 2 * original.height, f"{order.what} is {sizes}")
    same = pictures.alike(pictures.opened(larger.path), pictures.opened(original.path))
    expect(same, f"{order.what} shows something else than what it was made from")


def check_picture(one: Media) -> None:
    expect(one.kind == IMAGE, f"{one.path.name} is no picture")
    expect(min(one.width, one.height) >= _LEAST_SIDE, f"{one.path.name} is only {one.width}x{one.height}")


def check_lines(orders: Iterable[Order], lines: Sequence[Line]) -> None:
    """The ledger has a line for each output, charged those that arrived and no others, and reserves nothing more."""
    cards = {order: order.card if not order.taken_back else None for order in orders}
    for order, card in cards.items():
        found = [line for line in lines if line.card == card]
        expect(len(found) == order.outputs, f"{order.what}: the ledger knows {len(found)} outputs")
        arrived = [line for line in found if line.succeeded]
        expect(len(arrived) == order.files, f"{order.what}: {len(arrived)} outputs succeeded")
        expect(all(line.spent > 0 for line in arrived), f"{order.what}: something was made and not charged")
        lost = sum((line.spent for line in found if not line.succeeded), Decimal(0))
        expect(not lost, f"{order.what}: ${lost} was charged for what never arrived")
    strangers = [line.card for line in lines if line.card not in cards.values()]
    expect(not strangers, f"the ledger has {len(strangers)} lines that nobody ordered")
    expect(all(line.settled for line in lines), "something is reserved still, or its price is unknown")


def check_charges(lines: Sequence[Line], charges: Mapping[str, Decimal]) -> None:
    """What the ledger spent on each generation is what the provider charged for it. `charges` by the provider's id."""
    ours = {line.remote_id: line.spent for line in lines if line.remote_id is not None and line.spent}
    expect(ours.keys() == charges.keys(), f"charged by one side only: {sorted(ours.keys() ^ charges.keys())}")
    wrong = [remote_id for remote_id, spent in ours.items() if charges[remote_id] != spent]
    expect(not wrong, f"charged differently by Drover and Oxen: {', '.join(wrong)}")


def check_turns(orders: Sequence[Order], lines: Sequence[Line], ordered: Sequence[str]) -> None:
    """These single outputs reached the provider in this order; `ordered` are its ids, oldest first."""
    ids = {line.card: line.remote_id for line in lines}
    places = [ordered.index(ids[order.card] or "") for order in orders]
    expect(places == sorted(places), f"sent out of turn: {', '.join(order.what for order in orders)}")
