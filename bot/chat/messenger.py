"""The `Messenger` port on discord.py: posts in channels with the bot's own token, cards by an interaction's as well.

An interaction's token dies after 15 minutes, and its follow-ups have no nonce: nothing is posted by it. But edits by it
do not count towards the bot's 50 requests a second.
"""

import asyncio
import contextlib
import hashlib
import io
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

import discord
from discord.http import MultipartParameters, handle_message_parameters
from discord.webhook.async_ import async_context

from bot.chat.favourites.showcase import HIDE, showcase_view, why_not
from bot.chat.kit.components import custom_ids
from bot.chat.kit.errors import Code, code_of, refused_parts, sorted_errors, unless_gone
from bot.chat.kit.files import files_in, stem
from bot.chat.kit.words import covered_links, mention, shown_links
from bot.chat.orders.cards import FRESH_LINK, confirmation_card, order_card
from bot.chat.orders.messages import alt_text, exceptions, post_mark, result_buttons, result_text
from bot.chat.results.button import Made, buttons_of
from bot.chat.results.controls import RESULT_BUTTONS
from bot.chat.results.takeback import CASE, REVIEW, case_view, review_answered, review_buttons
from bot.chat.settings.views import notice_text
from bot.domain.ids import ChannelId, GenerationId, GuildId, MessageId
from bot.domain.messenger import CardToken, Limits, OutgoingResult, TokenOver, TryLater, Undeliverable, Unshowable
from bot.domain.models.catalogue import Catalogue
from bot.domain.orders.generation import Generation
from bot.domain.orders.order import MessagePlace, OrderRecord, PendingConfirmation, Post, RequestContext, Review
from bot.domain.orders.taking_back import Case
from bot.domain.records.guild_log import Notice
from bot.domain.records.stars import Showpiece
from bot.domain.roles import ALWAYS, Hold
from bot.domain.shards import GuildDirectory
from bot.services.delivery.delivery import file_stem
from bot.texts import ENGLISH, Texts, Translations

log = logging.getLogger(__name__)

_MIB = 1024 * 1024
# Since 2026-09-03; discord.py 2.7.1 still has the older, smaller numbers (FACTS section 4).
_FILE_LIMITS = {0: 20 * _MIB, 1: 20 * _MIB, 2: 50 * _MIB, 3: 100 * _MIB}
_REQUEST_LIMIT = 25 * _MIB  # a message as a whole, where the guild's tier allows no more for one file
_ENVELOPE = 64 * 1024  # what the text and the multipart frame may take of it
_SMALL = 256 * 1024  # bytes; aiohttp reads and closes a file in calls to a thread, which take longer than this does
_SLACK = timedelta(minutes=1)  # Discord's clock and ours need not agree
_NONCE = 24  # characters; Discord takes 25
_TOKENS = 1000  # that are remembered for their pace, those long at rest among them
_SEARCHED = 1000  # messages after the card, ten requests; only an attempt that is not the first searches
# What a result can do without, by Discord's name and by discord.py's. Without mentions of its own, a message has the
# client's: none.
_OPTIONS = {
    "message_reference": "reference",
    "components": "view",
    "allowed_mentions": "allowed_mentions",
    "flags": "suppress_embeds",
    "nonce": "nonce",
    "enforce_nonce": "nonce",
}


class DiscordMessenger:
    """`token_pace` lies between two edits of cards by one interaction's token. `catalogue` tells what can be done with
    a result; it is asked late, because the services are built with this object.

    What everybody sees is in the server's language, a direct message in its reader's. `hold` is asked right before an
    interaction's token edits a card, and raises `NotHeld` where another process may have drawn a newer state of it.
    """

    def __init__(
        self,
        client: discord.Client,
        guilds: GuildDirectory,
        translations: Translations,
        token_pace: timedelta,
        catalogue: Callable[[], Catalogue | None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hold: Hold = ALWAYS,
    ) -> None:
        self._client = client
        self._hold = hold
        self._guilds = guilds
        self._translations = translations
        self._token_pace = token_pace.total_seconds()
        self._catalogue = catalogue
        self._now = now
        self._sleep = sleep
        self._rested: dict[str, float] = {}  # from when on each token may edit again
        self._turns: WeakValueDictionary[ChannelId, asyncio.Lock] = WeakValueDictionary()

    async def limits(self, guild_id: GuildId) -> Limits:
        facts = await self._guilds.of(guild_id)
        file_bytes = _FILE_LIMITS[facts.tier if facts is not None else 0]
        return Limits(file_bytes=file_bytes - _ENVELOPE, total_bytes=max(_REQUEST_LIMIT, file_bytes) - _ENVELOPE)

    async def post(self, outgoing: OutgoingResult) -> MessageId:
        context = outgoing.post.order.context
        channel = self._channel(context.channel_id, context.guild_id)
        options: dict[str, Any] = {}
        if context.card_message_id is not None:
            options["reference"] = discord.MessageReference(
                message_id=context.card_message_id,
                channel_id=context.channel_id,
                guild_id=context.guild_id,
                fail_if_not_exists=False,  # somebody may have deleted the card
            )
        texts = await self._public(context)
        post, catalogue = outgoing.post, self._catalogue()
        made = [
            Made(order=order, outputs=[g for g in post.generations if g.order_id == order.id], catalogue=catalogue)
            for order in post.compared or (post.order,)
        ]
        more = buttons_of(made, RESULT_BUTTONS, texts) if not outgoing.form.brief else ()
        buttons = result_buttons(outgoing, texts, more)
        return await self._send(channel, result_text(outgoing, texts), outgoing, texts, buttons, options)

    async def _public(self, context: RequestContext) -> Texts:
        """The texts for what everybody in the channel sees."""
        facts = await self._guilds.of(context.guild_id)
        return self._translations.of(facts.locale if facts is not None else context.locale)

    def _marks(self, post: Post) -> tuple[str, ...]:
        """How a message of the post may end: in whichever language it was written."""
        return tuple({post_mark(post, self._translations.of(each)): None for each in self._translations.languages})

    async def find(self, post: Post) -> MessageId | None:
        context = post.order.context
        since = discord.Object(context.card_message_id) if context.card_message_id else post.order.created_at
        return await self._search(self._channel(context.channel_id, context.guild_id), post, since)

    async def told(self, post: Post) -> Mapping[GenerationId, MessageId]:
        """Reads all of the order's messages: what was said in one part once may belong to another now."""
        context = post.order.context
        outputs = sum(order.request.count for order in post.compared or (post.order,))
        most = 2 * outputs  # an output may be told once more: given up, and made after all
        marks = tuple(mark for part in range(1, most + 1) for mark in self._marks(replace(post, part=part)))
        since = discord.Object(context.card_message_id) if context.card_message_id else post.order.created_at
        told: dict[GenerationId, MessageId] = {}
        with sorted_errors():
            channel = self._channel(context.channel_id, context.guild_id)
            async for message in channel.history(after=since, limit=_SEARCHED, oldest_first=True):
                if self._is_ours(message) and message.content.endswith(marks):
                    ended = [g for g in post.generations if self._shows(message, post, g)]
                    told.update({generation.id: MessageId(message.id) for generation in ended})
        return told

    def _shows(self, message: discord.Message, post: Post, generation: Generation) -> bool:
        """Whether the message has the output's file, button, id or line; where it has none, its part decides."""
        if any(stem(attachment.filename) == file_stem(post.order, generation) for attachment in message.attachments):
            return True
        if FRESH_LINK(id=generation.id) in custom_ids(message) or generation.id in message.content:
            return True
        alone = OutgoingResult(post=replace(post, generations=[generation]))
        shown, said = message.content.split("\n"), False
        for language in self._translations.languages:
            lines = list(exceptions(generation, alone, self._translations.of(language)))
            if any(line in shown for line in lines):
                return True
            said = said or bool(lines)
        return not said and message.content.endswith(self._marks(post))

    def _is_ours(self, message: discord.Message) -> bool:
        me = self._client.user
        return me is not None and message.author.id == me.id

    async def hand_over(self, outgoing: OutgoingResult) -> MessageId:
        post = outgoing.post
        texts = self._translations.of(post.order.context.locale)
        known = await self.handed_over(post) if post.attempt > 1 else None
        if known is not None:
            return known
        direct = await self._direct(post)
        where = texts("result-direct", channel=f"<#{post.order.context.channel_id}>")
        return await self._send(
            direct,
            f"{where}\n{result_text(outgoing, texts, spare=len(where) + 1)}",
            outgoing,
            texts,
            result_buttons(outgoing, texts),
        )

    async def handed_over(self, post: Post) -> MessageId | None:
        return await self._search(await self._direct(post), post, None)

    async def _direct(self, post: Post) -> discord.DMChannel:
        with sorted_errors():
            return await self._client.create_dm(discord.Object(post.order.context.requester_id))

    async def _send(
        self,
        channel: discord.abc.Messageable,
        text: str,
        outgoing: OutgoingResult,
        texts: Texts,
        buttons: discord.ui.View | None,
        options: dict[str, Any] | None = None,
    ) -> MessageId:
        """Sends it, without what Discord refuses of it: the result is worth more than its trimmings."""
        post = outgoing.post
        context = post.order.context
        extra: dict[str, Any] = {
            "nonce": post.id,  # discord.py sends enforce_nonce with it
            "allowed_mentions": discord.AllowedMentions(
                everyone=False, roles=False, replied_user=False, users=[discord.Object(context.requester_id)]
            ),
            "suppress_embeds": True,
            **(options or {}),
        }
        spoiler = post.order.request.spoiler
        outputs = {generation.id: generation for generation in post.generations}
        if buttons is not None:
            extra["view"] = buttons
        shown = [(outputs[each], path) for each, path in outgoing.files.items()]
        files_shown = [(path, alt_text(output, post.order_of(output), texts)) for output, path in shown]
        # One at a time: side by side, the first ones to a channel overtake what discord.py learns of its limit.
        turn = self._turns.setdefault(context.channel_id, asyncio.Lock())
        async with turn:
            with sorted_errors(files=bool(outgoing.files)):
                while True:
                    try:
                        with contextlib.ExitStack() as stack:
                            files = [
                                discord.File(
                                    io.BytesIO(path.read_bytes()) if path.stat().st_size <= _SMALL else path,
                                    path.name, spoiler=spoiler, description=alt,
                                )
                                for path, alt in files_shown
                            ]  # fmt: skip
                            for file in files:
                                stack.callback(file.close)
                            return MessageId((await channel.send(text, files=files, **extra)).id)
                    except discord.HTTPException as error:
                        refused = {_OPTIONS[part] for part in refused_parts(error) if part in _OPTIONS} & extra.keys()
                        if not refused:
                            raise
                        log.warning(
                            "part of a message refused",
                            extra={"order": post.order.id, "post": post.id, "parts": sorted(refused)},
                        )
                        for option in refused:
                            del extra[option]

    async def _search(
        self, channel: discord.abc.Messageable, post: Post, since: discord.abc.Snowflake | datetime | None
    ) -> MessageId | None:
        """Our message with the post's mark. Its nonce is long forgotten, but what it says is still there."""
        marks = self._marks(post)
        with sorted_errors():
            async for message in channel.history(after=since, limit=_SEARCHED, oldest_first=since is not None):
                if self._is_ours(message) and message.content.endswith(marks):
                    return MessageId(message.id)
        return None

    async def redraw(self, record: OrderRecord, token: CardToken | None = None) -> None:
        context = record.order.context
        await self._show(context, order_card(record, await self._public(context)), token)

    async def redraw_confirmation(self, confirmation: PendingConfirmation, token: CardToken | None = None) -> None:
        context = confirmation.order.context
        await self._show(context, confirmation_card(confirmation, await self._public(context)), token)

    async def _show(self, context: RequestContext, card: discord.ui.LayoutView, token: CardToken | None) -> None:
        """Edits the card; takes its thread out of the archive if it has to, as the result will do anyway."""
        message_id = context.card_message_id
        if message_id is None:
            return

        async def edit() -> None:
            # An answer that once held plain text becomes a card only without it.
            if token is not None:
                await self._edit_by(token, message_id, content=None, view=card)
            else:
                message = self._channel(context.channel_id, context.guild_id).get_partial_message(message_id)
                await message.edit(content=None, view=card, allowed_mentions=discord.AllowedMentions.none())

        with sorted_errors(by_token=token is not None):
            await self._in_thread(context.channel_id, edit)

    async def _in_thread(self, channel_id: ChannelId, act: Callable[[], Awaitable[object]]) -> None:
        """Does it; where it is a thread, takes that out of the archive if it has to."""
        try:
            await act()
        except discord.HTTPException as error:
            if code_of(error) is not Code.THREAD_ARCHIVED:
                raise
            thread = await self._client.fetch_channel(channel_id)
            if isinstance(thread, discord.Thread):
                await thread.edit(archived=False)
            await act()

    async def _edit_by(self, token: CardToken, message_id: MessageId, **shown: Any) -> None:
        """As `discord.Interaction` edits its answer, without the interaction, which would be a lot to keep in memory.

        At the token's pace: discord.py would heed what Discord's headers say by making the last edit wait for it.
        """
        now, application_id = self._now(), self._client.application_id
        if application_id is None:
            raise TokenOver("not connected")
        if len(self._rested) >= _TOKENS:
            self._rested = {each: moment for each, moment in self._rested.items() if moment > now}
        mine = max(now, self._rested.get(token.secret, 0.0))
        self._rested[token.secret] = mine + self._token_pace
        if mine > now:
            await self._sleep(mine - now)
        self._hold()
        webhook = discord.Webhook.partial(application_id, token.secret, client=self._client)
        adapter = async_context.get()
        with handle_message_parameters(**shown, allowed_mentions=discord.AllowedMentions.none()) as parameters:
            if token.original:
                await adapter.edit_original_interaction_response(
                    webhook.id, token.secret, session=webhook.session, payload=parameters.payload
                )
            else:
                await adapter.edit_webhook_message(
                    webhook.id, token.secret, message_id, session=webhook.session, payload=parameters.payload
                )

    async def remove(self, place: MessagePlace) -> None:
        with sorted_errors(), unless_gone():
            message = (await self._where(place)).get_partial_message(place.message_id)
            await self._in_thread(place.channel_id, message.delete)

    async def cover(self, place: MessagePlace, *, covered: bool) -> None:
        """discord.py 2.7.1 cannot say it: what an edit changes of files that are there is newer (Discord's change log,
        2026-06-24). The edit has to list all files that are to stay.
        """
        channel = await self._where(place)

        async def edit() -> None:
            message = await channel.fetch_message(place.message_id)
            files = [{"id": str(one.id), "is_spoiler": covered} for one in message.attachments]
            text = (covered_links if covered else shown_links)(message.content)
            if not files and text == message.content:
                return
            mentions = discord.AllowedMentions.none().to_dict()
            changes = {"content": text, "attachments": files, "allowed_mentions": mentions}
            parameters = MultipartParameters(payload=changes, multipart=None, files=None)
            await self._client.http.edit_message(message.channel.id, message.id, params=parameters)

        with sorted_errors(), unless_gone():
            await self._in_thread(place.channel_id, edit)

    async def _where(self, place: MessagePlace) -> discord.DMChannel | discord.PartialMessageable:
        if place.direct_to is None:
            return self._channel(place.channel_id, place.guild_id)
        with sorted_errors():
            return await self._client.create_dm(discord.Object(place.direct_to))

    async def ask(self, outgoing: OutgoingResult, channel_id: ChannelId) -> MessageId:
        post = outgoing.post
        context = post.order.context
        texts = await self._public(context)
        head = texts("review-asks", user=mention(context.requester_id), channel=f"<#{context.channel_id}>")
        options: dict[str, Any] = {
            "nonce": _nonce(f"review/{post.id}"),
            "allowed_mentions": discord.AllowedMentions.none(),
        }
        # Its end is not the post's mark: this is not the post, wherever it is.
        text = f"{result_text(outgoing, texts, spare=len(head) + 1)}\n{head}"
        channel = self._channel(channel_id, context.guild_id)
        return await self._send(channel, text, outgoing, texts, review_buttons(post, texts), options)

    async def asked(self, post: Post, channel_id: ChannelId) -> MessageId | None:
        channel = self._channel(channel_id, post.order.context.guild_id)
        return await self._with_button(channel, REVIEW(verb="approve", id=post.id), post.asked_at)

    async def answered(self, post: Post) -> None:
        question, review = post.question, post.review
        if question is None or review in (None, Review.ASKED):
            return
        texts = await self._public(post.order.context)
        with sorted_errors():
            message = (await self._where(question)).get_partial_message(question.message_id)
            await message.edit(view=review_answered(review, texts), allowed_mentions=discord.AllowedMentions.none())

    async def show_case(self, case: Case, channel_id: ChannelId | None) -> MessagePlace:
        context = case.order.context
        guild = self._client.get_guild(context.guild_id)
        view = case_view(case, await self._public(context), direct=channel_id is None)
        none = discord.AllowedMentions.none()
        if case.shown_as is not None:
            with sorted_errors():
                message = (await self._where(case.shown_as)).get_partial_message(case.shown_as.message_id)
                await message.edit(view=view, allowed_mentions=none)
            return case.shown_as
        if channel_id is not None:
            channel: discord.DMChannel | discord.PartialMessageable = self._channel(channel_id, context.guild_id)
        elif guild is None or guild.owner_id is None:
            raise Undeliverable("nobody owns the server")
        else:
            with sorted_errors():
                channel = await self._client.create_dm(discord.Object(guild.owner_id))
        if case.attempt > 1:
            known = await self._with_button(channel, CASE(verb="dismiss", id=case.order.id), case.opened_at)
            if known is not None:
                return MessagePlace(guild_id=context.guild_id, channel_id=ChannelId(channel.id), message_id=known)
        nonce = _nonce(f"case/{case.order.id}/{case.revision}")
        with sorted_errors():
            sent = await channel.send(view=view, nonce=nonce, allowed_mentions=none)
        return MessagePlace(guild_id=context.guild_id, channel_id=ChannelId(channel.id), message_id=MessageId(sent.id))

    async def _with_button(
        self, channel: discord.abc.Messageable, custom_id: str, since: datetime | None
    ) -> MessageId | None:
        """Our latest message with the button."""
        after = since - _SLACK if since is not None else None
        with sorted_errors():
            async for message in channel.history(after=after, limit=_SEARCHED, oldest_first=False):
                if self._is_ours(message) and custom_id in custom_ids(message):
                    return MessageId(message.id)
        return None

    async def tell(self, guild_id: GuildId, channel_id: ChannelId, notice: Notice) -> MessageId:
        """In the guild's own language. A later attempt knows an earlier one's message by what it says, and when."""
        facts = await self._guilds.of(guild_id)
        text = notice_text(notice, self._translations.of(facts.locale if facts is not None else ENGLISH))
        channel = self._channel(channel_id, guild_id)
        nonce = _nonce(f"{notice.id.guild_id}/{notice.id.key}")
        with sorted_errors():
            if notice.attempt > 1:
                async for message in channel.history(after=notice.first_attempt_at - _SLACK, limit=_SEARCHED):
                    if self._is_ours(message) and message.content == text:
                        return MessageId(message.id)
            sent = await channel.send(
                text, nonce=nonce, allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True
            )
        return MessageId(sent.id)

    async def show(self, piece: Showpiece) -> MessageId:
        """In the guild's language. The files are those of the original message, where Discord keeps them."""
        context = piece.order.context
        guild = self._client.get_guild(context.guild_id)
        if guild is None or guild.unavailable:
            raise TryLater("who sees what there is not known now")
        reason = why_not(piece, guild)
        if reason is not None:
            raise Unshowable(reason)
        channel = self._channel(piece.channel_id, context.guild_id)
        with sorted_errors():
            message_id = piece.message_id
            if message_id is None and piece.attempt > 1:
                message_id = await self._with_button(channel, HIDE(id=piece.output), piece.first_attempt_at)
            try:
                source = self._channel(context.channel_id, context.guild_id)
                original = await source.fetch_message(piece.original or 0)
            except discord.NotFound as error:
                raise Unshowable("its message is gone") from error
            except discord.Forbidden as error:
                raise TryLater("its message cannot be read") from error
            view = showcase_view(piece, files_in(original), await self._public(context))
            nobody = discord.AllowedMentions.none()
            if message_id is None:
                return MessageId((await channel.send(view=view, nonce=piece.output, allowed_mentions=nobody)).id)
            try:
                await channel.get_partial_message(message_id).edit(view=view, allowed_mentions=nobody)
            except discord.NotFound as error:
                raise Unshowable("somebody deleted it") from error
        return message_id

    async def take_down(self, piece: Showpiece) -> None:
        channel = self._channel(piece.channel_id, piece.guild_id)
        with sorted_errors(), unless_gone():
            message_id = piece.message_id
            if message_id is None and piece.attempt > 1:
                message_id = await self._with_button(channel, HIDE(id=piece.output), piece.first_attempt_at)
            if message_id is not None:
                await channel.get_partial_message(message_id).delete()

    def _channel(self, channel_id: ChannelId, guild_id: GuildId) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel_id, guild_id=guild_id)


def _nonce(about: str) -> str:
    """The same for every attempt: Discord takes a message with it once in some minutes."""
    return hashlib.sha256(about.encode()).hexdigest()[:_NONCE]
