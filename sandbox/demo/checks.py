"""Did everything end as it should? Each check raises `DemoFailed` with the reason if it did not."""

from collections.abc import Mapping, Sequence

from sandbox.demo.failure import DemoFailed
from sandbox.demo.media import IMAGE, VIDEO, Media
from sandbox.demo.provider import Charge
from sandbox.demo.script import IMAGES, NAMESPACE, SECONDS, Played
from sandbox.demo.watch import Watch
from sandbox.discord.client import Interaction, Message

CHARGED = 1 + IMAGES
_WIDE = 16 / 9


def check_answers(played: Played) -> None:
    """What only one member was to see, only that member saw."""
    private = ((played.saved, "Ada", "the settings"), (played.queue, "Cleo", "the queue"))
    for message, member, what in (*private, (played.refused, "Cleo", "the refused order")):
        _expect(message.only_for == member, f"{what} should be shown to {member} only")
    _expect(NAMESPACE in played.saved.text, "the answer to Ada does not name the namespace")
    _expect(str(SECONDS) in played.refused.text, "the refusal does not say which length would do")


def check_interactions(interactions: Sequence[Interaction]) -> None:
    silent = [one for one in interactions if not one.acknowledged]
    _expect(not silent, f"{len(silent)} interactions were not answered in time")


def check_posts(played: Played, watch: Watch, messages: Mapping[str, Message]) -> None:
    """One post for each order, with its files, and nobody was pinged but who had ordered."""
    expected = {
        played.video_card: ("Bo", 1, "Bo's video"),
        played.image_card: ("Dev", IMAGES, "Dev's images"),
        played.cancelled_card: ("Bo", 0, "Bo's cancelled video"),
    }
    for card, (member, files, what) in expected.items():
        posts = [entry.message for entry in watch.posts(card) if entry.message is not None]
        _expect(len(posts) == 1, f"{what} should have been posted once, and was {len(posts)} times")
        _expect(len(posts[0].attachments) == files, f"{what}: {files} files expected, not {len(posts[0].attachments)}")
        _expect(posts[0].pinged == (member,), f"{what} should ping {member} alone, not {posts[0].pinged}")
    cancelled = watch.posts(played.cancelled_card)[0].message
    _expect(cancelled is not None and "cancelled" in cancelled.text, "the cancellation is not said in the channel")
    results = {entry.message.id for card in expected for entry in watch.posts(card) if entry.message is not None}
    loud = [one.text for one in messages.values() if one.pinged and one.id not in results]
    _expect(not loud, f"a message pings somebody that should not: {loud}")
    waiting = [card for card in expected if messages[card].buttons]
    _expect(not waiting, "a card still shows its Cancel button")


def check_files(files: Sequence[Media]) -> None:
    """One H.264 video of 5 s in 16:9, and images of which no two are alike."""
    videos = [one for one in files if one.kind == VIDEO]
    images = [one for one in files if one.kind == IMAGE]
    _expect(len(videos) == 1, f"one video expected, not {len(videos)}")
    _expect(len(images) == IMAGES, f"{IMAGES} images expected, not {len(images)}")
    video = videos[0]
    _expect(video.format.startswith("h264 "), f"the video is {video.format}, not H.264")
    _expect(abs(video.duration - SECONDS) <= video.frame + 1e-6, f"the video lasts {video.duration:.3f} s")
    # Sides are even numbers of pixels, so the shape is exact to two of them.
    _expect(abs(video.width - video.height * _WIDE) <= 2, f"the video is {video.width}x{video.height}, not 16:9")  # noqa: PLR2004
    _expect(len({one.digest for one in images}) == IMAGES, "two of the images are the same")


def check_ledger(charges: Mapping[str, Sequence[Charge]], ordered: Sequence[str]) -> None:
    """What arrived is charged to the server's namespace, once; what was cancelled to nobody. `ordered` by time."""
    others = sorted(set(charges) - {NAMESPACE})
    _expect(not others, f"other namespaces were charged: {', '.join(others)}")
    ids = [charge.generation_id for charge in charges.get(NAMESPACE, ())]
    _expect(len(ids) == len(set(ids)) == CHARGED, f"{CHARGED} charges expected, not {len(ids)}")
    _expect(len(ordered) == CHARGED + 1, f"{CHARGED + 1} generations should have been ordered, not {len(ordered)}")
    _expect(set(ids) <= set(ordered), "something was charged that nobody ordered")
    _expect(ordered[-1] not in ids, "the cancelled video was charged")  # it was the last to be ordered


def _expect(right: bool, otherwise: str) -> None:
    if not right:
        raise DemoFailed(otherwise)
