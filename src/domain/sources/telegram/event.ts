/** An update that is no message: what the kinds have in common is read generically, the rest by kind; nothing is refused for its form. */
import { isPlausible } from '../../judge/dates.ts';
import type { Cell, RecordVerdict, RuleContext } from '../contract.ts';
import { type Json, isJsonObject } from '../../json.ts';
import { localDay } from './calendar.ts';
import { type Fields, readFields } from './fields.ts';
import { type EventKind, isKnownKind } from './kinds.ts';
import { chatCells, personOf, readChat, userCells } from './parties.ts';
import { type Judging, type Origin, botOf, refuseChat, reject } from './rows.ts';
import { EVENTS, TEXTS } from './tables.ts';
import { BOOST_SOURCES, MEMBER_STATUSES, OTHER, REACTION_TYPES, SUBSCRIPTION_STATES, shownName } from './vocabulary.ts';
import { codePoints } from './words.ts';

/** The verdict on an event: the row stands for the update itself. */
export function judgeEvent(judging: Judging, origin: Origin, kind: string, payload: Json): RecordVerdict {
  const { options, receipt, context, issues } = judging;
  const name = shownName(kind);
  if (!isJsonObject(payload)) issues.push({ field: name, code: 'wrong_type' });
  const fields = readFields(isJsonObject(payload) ? payload : {}, name, issues);
  const place = kind === 'callback_query' ? fields.fields('message') : fields;
  const chat = readChat(place?.fields('chat'));
  if (chat === undefined && options.chats !== undefined && place?.has('chat') === true)
    return reject('wrong_type', `${place.path}.chat.id`);
  const refused = chat && refuseChat(judging, chat, `${place?.path ?? name}.chat.id`);
  if (refused !== undefined) return refused;
  const date = readDate(kind, fields);
  const day = localDay(date ?? receipt.receivedAt);
  const text = textOf(kind, fields);
  const kept = options.texts ? text : null;
  return {
    kind: 'row',
    tables: kept === null ? [EVENTS.name] : [EVENTS.name, TEXTS.name],
    version: [],
    eventDate: day.date,
    cells: {
      kind: name,
      origin,
      bot: botOf(receipt) ?? null,
      is_known_kind: isKnownKind(kind),
      ...userCells(actorOf(fields), context),
      ...chatCells(chat, context),
      message_id: place?.id('message_id') ?? null,
      occurred_at: date,
      ...day.cells,
      text: kept,
      text_length: text === null ? null : codePoints(text),
      ...(isKnownKind(kind)
        ? BY_KIND[kind as EventKind]?.(fields, context)
        : { fields: Object.keys(fields.object).map(shownName).sort() }),
    },
    issues,
  };
}

/** What a person wrote or a button holds, by the kinds that carry it. */
function textOf(kind: string, fields: Fields): string | null {
  if (kind === 'callback_query') return fields.text('data');
  return kind === 'inline_query' || kind === 'chosen_inline_result' ? fields.text('query') : null;
}

/** The event's own date in milliseconds; one that cannot be is noticed and left out, for the event is used all the same. */
function readDate(kind: string, fields: Fields): number | null {
  const [where, name] =
    kind === 'chat_boost'
      ? [fields.fields('boost'), 'add_date']
      : [fields, kind === 'removed_chat_boost' ? 'remove_date' : 'date'];
  const date = where?.id(name) ?? null;
  if (where === undefined || date === null) return null;
  return isPlausible(date * 1000) ? date * 1000 : where.notice(name, 'out_of_range');
}

/** Who caused it: Telegram calls them `from` or `user`; a boost names its user with its source. */
function actorOf(fields: Fields): Fields | undefined {
  for (const name of ['from', 'user']) if (isJsonObject(fields.object[name])) return fields.fields(name);
  const boost = isJsonObject(fields.object['boost']) ? fields.fields('boost') : fields;
  return isJsonObject(boost?.object['source']) ? boost.fields('source')?.fields('user') : undefined;
}

type Read = (fields: Fields, context: RuleContext) => Readonly<Record<string, Cell>>;

const NUMBER = /^\d{1,20}$/;
const CURRENCY = /^[A-Z]{3}$/;

const membership: Read = (fields, context) => {
  const [old, now] = [fields.fields('old_chat_member'), fields.fields('new_chat_member')];
  const subject = now?.fields('user')?.id('id') ?? null;
  const [was, is] = [isMember(old), isMember(now)];
  return {
    subject: subject === null ? null : personOf(subject, context),
    old_status: old?.word('status', MEMBER_STATUSES) ?? null,
    new_status: now?.word('status', MEMBER_STATUSES) ?? null,
    movement: was === undefined || is === undefined || was === is ? null : is ? 'join' : 'leave',
  };
};

const PRESENT = ['creator', 'administrator', 'member'];
const ABSENT = ['left', 'kicked'];

/** Whether a ChatMember is in the chat: a restricted one says so itself. Undefined where the status is not known. */
function isMember(member: Fields | undefined): boolean | undefined {
  const status = member?.object['status'];
  if (typeof status !== 'string') return undefined;
  if (status === 'restricted') return member?.flag('is_member') ?? undefined;
  return PRESENT.includes(status) ? true : ABSENT.includes(status) ? false : undefined;
}

/** An emoji, or a word for the types of reaction that are none; anything else a sender made up is `*`. */
const EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200D\uFE0F]{1,16}$/u;
function reactionName(reaction: Json): string {
  if (!isJsonObject(reaction)) return OTHER;
  const { type, emoji } = reaction;
  if (type === 'emoji') return typeof emoji === 'string' && EMOJI.test(emoji) ? emoji : OTHER;
  return typeof type === 'string' && REACTION_TYPES.includes(type) ? type : OTHER;
}

/** Custom emoji share a name, so reactions are told apart by all they hold. */
const reactionKey = (reaction: Json): string => JSON.stringify(reaction);

const reaction: Read = (fields) => {
  const [old, now] = [fields.list('old_reaction') ?? [], fields.list('new_reaction') ?? []];
  const [before, after] = [new Set(old.map(reactionKey)), new Set(now.map(reactionKey))];
  return {
    reactions: now.map(reactionName),
    reactions_added: [...after].filter((key) => !before.has(key)).length,
    reactions_removed: [...before].filter((key) => !after.has(key)).length,
  };
};

const reactionCount: Read = (fields) => {
  const counted = (fields.list('reactions') ?? []).filter(isJsonObject);
  const totals = counted.map((item) => item['total_count']).filter((n): n is number => Number.isSafeInteger(n));
  return {
    reactions: counted.map((item) => reactionName(item['type'] ?? null)),
    item_count: total(fields, totals),
  };
};

function total(fields: Fields, counts: readonly number[]): number | null {
  const sum = counts.reduce((a, b) => a + b, 0);
  return sum >= 0 && sum <= 2_147_483_647 ? sum : fields.notice('reactions', 'out_of_range');
}

const state = (flag: boolean | null, yes: string, no: string): string | null =>
  flag === null ? null : flag ? yes : no;

const boost: Read = (fields) => ({
  state:
    (fields.has('boost') ? fields.fields('boost') : fields)?.fields('source')?.word('source', BOOST_SOURCES) ?? null,
});

const BY_KIND: Partial<Readonly<Record<EventKind, Read>>> = {
  chat_member: membership,
  my_chat_member: membership,
  message_reaction: reaction,
  message_reaction_count: reactionCount,
  poll: (fields) => ({
    poll: fields.word('id', NUMBER),
    state: state(fields.flag('is_closed'), 'closed', 'open'),
    item_count: fields.count('total_voter_count'),
  }),
  poll_answer: (fields) => ({
    poll: fields.word('poll_id', NUMBER),
    item_count: fields.list('option_ids')?.length ?? null,
  }),
  pre_checkout_query: (fields) => ({
    currency: fields.word('currency', CURRENCY),
    total_amount: fields.id('total_amount'),
  }),
  business_connection: (fields) => ({ state: state(fields.flag('is_enabled'), 'enabled', 'disabled') }),
  deleted_business_messages: (fields) => ({ item_count: fields.list('message_ids')?.length ?? null }),
  subscription: (fields) => ({ state: fields.word('state', SUBSCRIPTION_STATES) }),
  chat_boost: boost,
  removed_chat_boost: boost,
};
