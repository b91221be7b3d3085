/** What every row of telegram needs of its receipt, and how a verdict is made of the facts of a message. */
import type { Cell, Issue, Receipt, RecordVerdict, RuleContext } from '../contract.ts';
import type { Reason } from '../../counts.ts';
import { localDay } from './calendar.ts';
import { type Chat, chatCells, isAllowed } from './parties.ts';
import { MESSAGES, TEXTS } from './tables.ts';

export interface TelegramOptions {
  /** Whether free text is kept outside raw. */
  readonly texts: boolean;
  /** Ids of the chats that are used; undefined: all. */
  readonly chats: readonly string[] | undefined;
}

/** What judging one message has at hand. */
export interface Judging {
  readonly options: TelegramOptions;
  readonly receipt: Receipt;
  readonly context: RuleContext;
  readonly issues: Issue[];
}

export const ORIGINS = ['webhook', 'poll', 'sent', 'import'] as const;
export type Origin = (typeof ORIGINS)[number];

/** How the message came, or undefined for a receipt that none of telegram's ways made. */
export const originOf = ({ headers }: Receipt): Origin | undefined =>
  ORIGINS.find((origin) => origin === headers['origin']);

/** The numeric id of the bot, or undefined where the receipt names none. */
export function botOf({ headers }: Receipt): string | undefined {
  const { bot } = headers;
  return bot !== undefined && /^\d{1,16}$/.test(bot) ? bot : undefined;
}

export const reject = (reason: Reason, field: string): RecordVerdict => ({ kind: 'rejected', reason, field });

/** Of two states with one date the later rank is current: what Telegram delivered wins over what was imported. */
const RANK: Readonly<Record<Origin, number>> = { import: 0, sent: 1, webhook: 2, poll: 2 };

/** One state of a message, whatever way it came. Dates are Unix seconds, judged plausible. */
export interface MessageFacts {
  readonly origin: Origin;
  readonly kind: string;
  readonly chat: Chat;
  readonly messageId: number;
  /** What the id counts in besides its chat; empty where every account that sees the message sees it under this id. */
  readonly scope: readonly string[];
  readonly date: number;
  /** Its local day, where no instant but a clock tells it; undefined: that of `date`. */
  readonly day?: string | undefined;
  readonly editDate: number | null;
  /** Orders the states: of the edit, else of the message. */
  readonly stateDate: number;
  readonly updateId: number;
  readonly text: string | null;
  readonly cells: Readonly<Record<string, Cell>>;
}

/** The row of a message. Its day is that of the original date, the same for all states of it. */
export function messageRow(judging: Judging, facts: MessageFacts): RecordVerdict {
  const { options, receipt, context, issues } = judging;
  const { origin, chat, date, editDate } = facts;
  const text = options.texts ? facts.text : null;
  const day = localDay(date * 1000);
  const eventDate = facts.day ?? day.date;
  const entity = messageEntity(context, facts, eventDate);
  return {
    kind: 'row',
    tables: text === null ? [MESSAGES.name] : [MESSAGES.name, TEXTS.name],
    ...(entity === undefined ? {} : { entity }),
    version: [facts.stateDate, RANK[origin], facts.updateId],
    eventDate,
    cells: {
      kind: facts.kind,
      origin,
      bot: botOf(receipt) ?? null,
      message_id: facts.messageId,
      ...chatCells(chat, context),
      occurred_at: date * 1000,
      edited_at: editDate === null ? null : editDate * 1000,
      text,
      ...day.cells,
      ...facts.cells,
    },
    issues,
  };
}

/**
 * What the states of a message have in common. In supergroups and channels ids are the chat's, so nobody's account takes part and what
 * was received, sent and imported meets in one entity. In private chats and basic groups each account counts for itself: there the
 * bot's messages are told apart by bot, and an export's by the account that made it and the message's original date. The day takes part,
 * so whatever a sender writes an entity has one, and who reads some days finds all its states. Ephemeral and scheduled messages have the
 * id 0 in common and are only themselves.
 */
function messageEntity(
  context: RuleContext,
  { chat, messageId, scope }: MessageFacts,
  eventDate: string,
): string | undefined {
  if (messageId === 0) return undefined;
  return context.pseudonym('telegram/entity', [...scope, chat.id, messageId, eventDate].join('\n'));
}

/** Refuses a message of a chat that is not used; undefined: it may be used. */
export function refuseChat(
  { options, receipt }: Judging,
  chat: Chat,
  field: string,
  cameFrom: number | null = null,
): RecordVerdict | undefined {
  const ids = cameFrom === null ? [chat.id] : [chat.id, cameFrom];
  if (ids.some((id) => isAllowed(options.chats, id, receipt.moves))) return undefined;
  return reject('chat_not_allowed', field);
}
