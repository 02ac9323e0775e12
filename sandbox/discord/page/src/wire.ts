/** What the stand-in's control API says: Discord's own objects, and the few fields it adds. */

export interface Person {
  id: string;
  name: string;
  locale: string;
  nitro: boolean;
  /** By server: "owner", the names of roles, or "". */
  standing: Record<string, string>;
}

export interface Role {
  id: string;
  name: string;
  managed: boolean;
}

export interface Member {
  id: string;
  name: string;
  bot: boolean;
  roles: string[];
}

export interface Tag {
  id: string;
  name: string;
  moderated: boolean;
}

export const ChannelType = {
  TEXT: 0,
  DM: 1,
  VOICE: 2,
  CATEGORY: 4,
  ANNOUNCEMENT: 5,
  ANNOUNCEMENT_THREAD: 10,
  PUBLIC_THREAD: 11,
  PRIVATE_THREAD: 12,
  STAGE: 13,
  FORUM: 15,
  MEDIA: 16,
} as const;

export interface Channel {
  id: string;
  name: string;
  type: number;
  guild_id: string | null;
  parent_id: string | null;
  position: number;
  topic: string | null;
  nsfw: boolean;
  slowmode: number;
  permissions: string[];
  last_message_id: string | null;
  archived?: boolean;
  locked?: boolean;
  owner_id?: string;
  joined?: string[];
  applied?: string[];
  tags?: Tag[];
  require_tag?: boolean;
}

export interface Guild {
  id: string;
  name: string;
  owner_id: string;
  installed: boolean;
  available: boolean;
  upload_limit: number;
  manages: boolean;
  roles: Role[];
  members: Member[];
  channels: Channel[];
}

export interface View {
  application: { id: string; name: string };
  person: Person;
  people: Person[];
  time: number;
  guilds: Guild[];
  direct: Channel;
  direct_upload_limit: number;
  run: string;
  feed: number;
}

export interface User {
  id: string;
  username: string;
  global_name: string | null;
  bot?: boolean;
}

export interface Attachment {
  id: string;
  filename: string;
  size: number;
  url: string;
  content_type?: string;
  width?: number;
  height?: number;
  description?: string;
  flags?: number;
}

export interface Media {
  url: string;
  proxy_url?: string;
  content_type?: string;
  width?: number;
  height?: number;
}

export interface Emoji {
  id?: string | null;
  name?: string | null;
}

export interface SelectOption {
  label: string;
  value: string;
  description?: string;
  emoji?: Emoji;
  default?: boolean;
}

export const ComponentType = {
  ROW: 1,
  BUTTON: 2,
  STRING_SELECT: 3,
  TEXT_INPUT: 4,
  USER_SELECT: 5,
  ROLE_SELECT: 6,
  MENTIONABLE_SELECT: 7,
  CHANNEL_SELECT: 8,
  SECTION: 9,
  TEXT_DISPLAY: 10,
  THUMBNAIL: 11,
  GALLERY: 12,
  FILE: 13,
  SEPARATOR: 14,
  CONTAINER: 17,
  LABEL: 18,
  FILE_UPLOAD: 19,
  RADIO: 21,
  CHECKBOXES: 22,
  CHECKBOX: 23,
} as const;

/** One of any type: which fields are there goes by `type`. */
export interface Component {
  type: number;
  id: number;
  custom_id?: string;
  components?: Component[];
  component?: Component;
  accessory?: Component;
  style?: number;
  label?: string | null;
  description?: string | null;
  emoji?: Emoji;
  url?: string;
  disabled?: boolean;
  content?: string;
  media?: Media;
  items?: { media: Media; description: string | null; spoiler: boolean }[];
  file?: Media;
  name?: string | null;
  size?: number | null;
  spoiler?: boolean;
  divider?: boolean;
  spacing?: number;
  accent_color?: number | null;
  placeholder?: string;
  options?: SelectOption[];
  default_values?: { id: string; type: string }[];
  channel_types?: number[];
  min_values?: number;
  max_values?: number;
  min_length?: number | null;
  max_length?: number | null;
  value?: string;
  required?: boolean;
  default?: boolean;
  file_types?: string[];
}

export interface Embed {
  title?: string;
  description?: string;
  url?: string;
  color?: number | null;
  timestamp?: string;
  author?: { name: string; url?: string };
  footer?: { text: string };
  fields?: { name: string; value: string; inline?: boolean }[];
  image?: Media;
  thumbnail?: Media;
}

export interface Poll {
  question: { text?: string };
  answers: { answer_id: number; poll_media: { text?: string } }[];
}

export const AttachmentFlag = { SPOILER: 1 << 3 } as const;
export const Flag = { SUPPRESS_EMBEDS: 1 << 2, EPHEMERAL: 1 << 6, LOADING: 1 << 7, COMPONENTS_V2: 1 << 15 } as const;
export const MessageType = { PINNED: 6, REPLY: 19, COMMAND: 20, THREAD_STARTER: 21, MENU_COMMAND: 23 } as const;

/** What a message shows, also one that was forwarded. */
export interface Content {
  content: string;
  attachments: Attachment[];
  embeds: Embed[];
  components: Component[];
  flags: number;
}

export interface Message extends Content {
  id: string;
  channel_id: string;
  type: number;
  author: User;
  timestamp: string;
  edited_timestamp: string | null;
  mentions: User[];
  mention_roles: string[];
  mention_everyone: boolean;
  pinned: boolean;
  poll?: Poll;
  reactions?: { emoji: Emoji; count: number }[];
  /** User ids by emoji. */
  reacted?: Record<string, string[]>;
  thread?: { id: string; name: string };
  message_reference?: { message_id: string; channel_id: string; type: number };
  referenced_message?: Message | null;
  message_snapshots?: { message: Content }[];
  interaction_metadata?: { id: string; type: number; user: User; name?: string };
  files: Attachment[];
  pinged: string[];
  only_for: string | null;
}

export interface Modal {
  custom_id: string;
  title: string;
  components: Component[];
}

export interface Choice {
  name: string;
  name_localized?: string;
  value: string | number;
}

export interface Interaction {
  interaction_id: string;
  type: string;
  command: string | null;
  user: string;
  channel_id: string;
  state: "waiting" | "acknowledged" | "failed";
  response_message_id: string | null;
  modal: Modal | null;
  choices: Choice[] | null;
  error: string | null;
}

export const CommandType = { CHAT: 1, USER: 2, MESSAGE: 3 } as const;
export const OptionType = {
  SUB_COMMAND: 1,
  GROUP: 2,
  STRING: 3,
  INTEGER: 4,
  BOOLEAN: 5,
  USER: 6,
  CHANNEL: 7,
  ROLE: 8,
  MENTIONABLE: 9,
  NUMBER: 10,
  ATTACHMENT: 11,
} as const;

export interface Option {
  type: number;
  name: string;
  name_localized?: string;
  description: string;
  description_localized?: string;
  required?: boolean;
  autocomplete?: boolean;
  choices?: Choice[];
  options?: Option[];
  channel_types?: number[];
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
  file_types?: string[];
}

export interface Command {
  id: string;
  type: number;
  name: string;
  name_localized?: string;
  description: string;
  description_localized?: string;
  options?: Option[];
}

export interface FeedEntry {
  sequence: number;
  time: number;
  kind: string;
  channel_id?: string;
  message_id?: string;
  message?: Message;
  only_for?: string | null;
  interaction_id?: string;
  response_message_id?: string | null;
  error?: string | null;
}

export interface News {
  run: string;
  last: number;
  complete: boolean;
  time: number;
  entries: FeedEntry[];
}

/** A file sent ahead, as commands, forms and messages name it. */
export interface Upload {
  filename: string;
  upload: string;
  description?: string;
}

export interface RequestLog {
  counts: Record<string, number>;
  by_limit: Record<string, number>;
  invalid: number;
  log: { time?: number; method: string; route: string | null; path: string; status: number; milliseconds?: number }[];
}

export interface Fault {
  route: string;
  method?: string | null;
  status?: number | null;
  drop?: boolean;
  when?: string;
  latency?: number;
  times?: number | null;
}

/** What whoever started the stand-in has to say and to do beside the chat; see the README. */
export interface Backstage {
  sections: { title: string; rows: [string, string][]; lines?: string[]; note?: string }[];
  groups: { title: string; actions: BackstageAction[] }[];
  /** What there is to try, in words. */
  guide?: { title: string; entries: { title: string; text: string }[] };
}

export interface BackstageAction {
  id: string;
  label: string;
  /** What to watch for. */
  watch: string;
  /** Of something that is on or off. */
  active?: boolean;
  disabled?: boolean;
}
