/** Random Telegram Desktop exports as text, beside what is in them. */
import fc from 'fast-check';

export interface Written {
  readonly text: string;
  /** In the order of the file. */
  readonly messages: readonly {
    readonly text: string;
    readonly chat: { readonly type: string; readonly id: number };
  }[];
}

const blank = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
/** What a string may hold: signs of structure, escapes, UTF-8 of every length, and the escape of Telegram Desktop that is not JSON. */
const string = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\\"',
        '\\\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '\\n',
        '\\u2028',
        '\\x0B',
        'ã',
        '€',
        '😀',
        '\\ud83d\\ude00',
      ),
      fc.constantFrom('messages', 'list', 'id', 'type', ' ', 'a', '0', '\u007f'),
    ),
    { maxLength: 8 },
  )
  .map((parts) => `"${parts.join('')}"`);
const scalar = fc.oneof(string, fc.constantFrom('null', 'true', 'false', '0', '-1', '1.5e+10', '123456789012345'));

/** Texts between brackets, with blanks wherever JSON lets them stand. */
const between = (open: string, items: readonly string[], close: string, b: readonly string[]): string => {
  let n = 0;
  const next = (): string => b[n++ % b.length] ?? '';
  return `${open}${next()}${items.map((item) => `${item}${next()}`).join(`,${b[0] ?? ''}`)}${close}`;
};
const blanks = fc.array(blank, { minLength: 5, maxLength: 5 });
const member = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>) =>
  fc.tuple(key, blank, blank, value).map(([k, a, b, v]) => `${k}${a}:${b}${v}`);

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.tuple(fc.array(tie('value'), { maxLength: 3 }), blanks).map(([items, b]) => between('[', items, ']', b)),
    fc
      .tuple(fc.array(member(string, tie('value')), { maxLength: 3 }), blanks)
      .map(([items, b]) => between('{', items, '}', b)),
  ),
}));
const message = fc
  .tuple(fc.array(member(string, value), { maxLength: 4 }), blanks)
  .map(([items, b]) => between('{', items, '}', b));

/** Members that no reader knows, keys that mean something elsewhere among them. */
const extra = fc.array(
  member(fc.constantFrom('"about"', '"name"', '"constructor"', '"__proto__"', '"x\\"y"', '"messagesX"'), value),
  { maxLength: 2 },
);

const TYPES = ['personal_chat', 'private_group', 'public_supergroup', 'private_channel', 'something_new'];
const chat = fc
  .record({
    type: fc.constantFrom(...TYPES, ''),
    id: fc.integer({ min: 1, max: 8_000_000_000 }),
    messages: fc.array(message, { maxLength: 4 }),
    before: extra,
    after: extra,
    b: blanks,
    idFirst: fc.boolean(),
  })
  .map(({ type, id, messages, before, after, b, idFirst }): Written => {
    const facts = [`"type":${b[0] ?? ''}${type === '' ? 'null' : `"${type}"`}`, `"id"${b[1] ?? ''}:${id}`];
    if (idFirst) facts.reverse();
    const list = `"messages" : ${between('[', messages, ']', b)}`;
    return {
      text: between('{', [...before, ...facts, list, ...after], '}', b),
      messages: messages.map((text) => ({ text, chat: { type, id } })),
    };
  });

const chats = fc
  .tuple(fc.array(chat, { maxLength: 3 }), extra, extra, blanks)
  .map(([list, before, after, b]): Written => ({
    text: between(
      '{',
      [
        ...before,
        `"list":${between(
          '[',
          list.map(({ text }) => text),
          ']',
          b,
        )}`,
        ...after,
      ],
      '}',
      b,
    ),
    messages: list.flatMap(({ messages }) => messages),
  }));
const full = fc.tuple(chats, fc.option(chats), extra, extra, blanks).map(([own, left, before, after, b]): Written => ({
  text: between(
    '{',
    [...before, `"chats" :${own.text}`, ...(left === null ? [] : [`"left_chats": ${left.text}`]), ...after],
    '}',
    b,
  ),
  messages: [...own.messages, ...(left?.messages ?? [])],
}));

/** An export of one chat, or of everything. */
export const anyExport: fc.Arbitrary<Written> = fc.oneof(chat, full);
