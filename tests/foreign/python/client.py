"""A bot with hikari: /video with a file and a button, a form behind the button, /post with a thread."""

import os

import hikari
from hikari.impl import AutocompleteChoiceBuilder

bot = hikari.GatewayBot(
    os.environ["DISCORD_TOKEN"],
    intents=hikari.Intents.GUILDS,
    rest_url=f"{os.environ['DISCORD_URL']}/api/v10",
    banner=None,
    logs="DEBUG",
)
EPHEMERAL = hikari.MessageFlag.EPHEMERAL


@bot.listen()
async def register(_event: hikari.StartedEvent) -> None:
    prompt = hikari.CommandOption(
        type=hikari.OptionType.STRING, name="prompt", description="What to show", is_required=True, autocomplete=True
    )
    command = bot.rest.slash_command_builder
    commands = [command("video", "Make a video").add_option(prompt), command("post", "Post something")]
    await bot.rest.set_application_commands(await bot.rest.fetch_application(), commands)


@bot.listen()
async def complete(event: hikari.AutocompleteInteractionCreateEvent) -> None:
    typed = event.interaction.options[0].value
    await event.interaction.create_response(
        [AutocompleteChoiceBuilder(f"{typed} {end}", f"{typed}-{end}") for end in ("one", "two")]
    )


@bot.listen()
async def run(event: hikari.CommandInteractionCreateEvent) -> None:
    interaction = event.interaction
    if interaction.command_name == "video":
        await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
        row = bot.rest.build_message_action_row()
        row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "again", label="Again")
        film = hikari.Bytes(b"film", "film.mp4")
        await interaction.edit_initial_response(interaction.options[0].value, attachment=film, component=row)
    else:
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "posting", flags=EPHEMERAL)
        message = await bot.rest.create_message(interaction.channel_id, "posted")
        thread = await bot.rest.create_message_thread(interaction.channel_id, message, "talk")
        await bot.rest.create_message(thread, "inside")


@bot.listen()
async def ask(event: hikari.ComponentInteractionCreateEvent) -> None:
    row = bot.rest.build_modal_action_row().add_text_input("prompt", "Prompt")
    await event.interaction.create_modal_response("Once more", "more", component=row)


@bot.listen()
async def take(event: hikari.ModalInteractionCreateEvent) -> None:
    taken = f"taken: {event.interaction.components[0].components[0].value}"
    await event.interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, taken, flags=EPHEMERAL)


bot.run(check_for_updates=False)
