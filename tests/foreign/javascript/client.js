// A bot with discord.js: /video with a file and a button, a form behind the button, /post with a thread.
"use strict";

const discord = require("discord.js");

const client = new discord.Client({
  intents: [discord.GatewayIntentBits.Guilds],
  shards: "auto",
  rest: { api: `${process.env.DISCORD_URL}/api` },
});
const ephemeral = discord.MessageFlags.Ephemeral;

function commands() {
  const video = new discord.SlashCommandBuilder().setName("video").setDescription("Make a video");
  video.addStringOption((option) =>
    option.setName("prompt").setDescription("What to show").setRequired(true).setAutocomplete(true),
  );
  return [video, new discord.SlashCommandBuilder().setName("post").setDescription("Post something")];
}

async function video(interaction) {
  await interaction.deferReply();
  const button = new discord.ButtonBuilder()
    .setCustomId("again")
    .setLabel("Again")
    .setStyle(discord.ButtonStyle.Primary);
  await interaction.editReply({
    content: interaction.options.getString("prompt"),
    files: [new discord.AttachmentBuilder(Buffer.from("film"), { name: "film.mp4" })],
    components: [new discord.ActionRowBuilder().addComponents(button)],
  });
}

async function post(interaction) {
  await interaction.reply({ content: "posting", flags: ephemeral });
  const message = await interaction.channel.send("posted");
  const thread = await message.startThread({ name: "talk" });
  await thread.send("inside");
}

async function ask(interaction) {
  const prompt = new discord.TextInputBuilder()
    .setCustomId("prompt")
    .setLabel("Prompt")
    .setStyle(discord.TextInputStyle.Short);
  const row = new discord.ActionRowBuilder().addComponents(prompt);
  await interaction.showModal(
    new discord.ModalBuilder().setCustomId("more").setTitle("Once more").addComponents(row),
  );
}

async function answer(interaction) {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused();
    await interaction.respond(["one", "two"].map((end) => ({ name: `${typed} ${end}`, value: `${typed}-${end}` })));
  } else if (interaction.isChatInputCommand()) {
    await (interaction.commandName === "video" ? video : post)(interaction);
  } else if (interaction.isButton()) {
    await ask(interaction);
  } else if (interaction.isModalSubmit()) {
    const taken = `taken: ${interaction.fields.getTextInputValue("prompt")}`;
    await interaction.reply({ content: taken, flags: ephemeral });
  }
}

client.on("debug", (line) => line.includes("eartbeat") || console.log(line));
client.on("error", console.error);
client.once("clientReady", () => client.application.commands.set(commands()));
// What goes wrong is printed: the test shows it when the answer does not come.
client.on("interactionCreate", (interaction) => answer(interaction).catch(console.error));
client.login(process.env.DISCORD_TOKEN);
