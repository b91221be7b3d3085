/** A small source of notes whose rules a test can change: several versions of one entity, days that move, words that are refused. */
import type { Contract, RecordRules } from '../../src/domain/sources/contract.ts';
import { writeRaw } from '../../src/lake/raw.ts';
import type { Json } from '../../src/domain/json.ts';
import type { ObjectStore } from '../../src/adapters/object-store/object-store.ts';
import { type Window, windowStart } from '../../src/domain/window.ts';

/** `<entity> <version> <word>` */
export type Note = string;

export interface NoteRules {
  readonly name: string;
  readonly refused?: readonly string[];
  readonly day?: (entity: string) => string;
  readonly word?: (word: string) => string;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** It takes the desk's place, so that inputs know its source. */
export function notes({
  name,
  refused = [],
  day = () => '2021-08-01',
  word = (w) => w,
}: NoteRules): Contract<RecordRules> {
  const text = { type: 'text', doc: 'a word' } as const;
  return {
    source: 'desk',
    version: 1,
    variant: name,
    names: new Set(),
    zone: 'America/Sao_Paulo',
    personPurpose: 'notes',
    tables: [
      {
        name: 'notes',
        doc: 'notes',
        clear: false,
        documents: true,
        indexes: [],
        columns: [
          { ...text, name: 'word', privacy: 'public', document: 'word' },
          { ...text, name: 'secret', privacy: 'sensitive', document: 'secret' },
        ],
      },
    ],
    rules: {
      kind: 'record',
      identify: (_, { note }) => ({ transportId: textOf(note), discriminator: 'note' }),
      judge: (_, { note }) => {
        const [entity = '', version = '', said = ''] = textOf(note).split(' ');
        if (refused.includes(said)) return { kind: 'rejected', reason: 'wrong_type', field: 'note' };
        const cells = { word: word(said), secret: word(said) };
        return {
          kind: 'row',
          tables: ['notes'],
          entity,
          version: [Number(version)],
          eventDate: day(entity),
          cells,
          issues: [],
        };
      },
    },
  };
}

/** Keeps one raw object of these notes. */
export async function writeNotes(store: ObjectStore, window: Window, all: readonly Note[], minute = 0): Promise<void> {
  const openedAt = windowStart(window) + minute * 60_000;
  const encode = new TextEncoder();
  const messages = all.map((note) => ({
    id: note,
    receivedAt: openedAt,
    headers: {},
    body: encode.encode(JSON.stringify({ note })),
  }));
  await writeRaw(store, 'desk', openedAt, messages);
}
