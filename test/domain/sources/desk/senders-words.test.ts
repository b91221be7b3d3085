/** Attacks by whoever fills in a conversation of the desk: words of theirs at every place and in every name. */
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { NO_MOVES, cleanseLine } from '../../../../src/domain/judge/cleanse.ts';
import type { CleanseContext } from '../../../../src/domain/judge/judged.ts';
import { demoBodies } from '../../../../src/domain/sources/desk/demo.ts';
import { DESK } from '../../../../src/domain/sources/desk/contract.ts';

const WORD = 'canaria7351';
/** A number that could be somebody's. */
const NUMBER = 39_053_344_705;

const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};
const context: CleanseContext = {
  identityHash: (parts) => sha256(...parts).slice(0, 32),
  fromBase64: (text) => Buffer.from(text, 'base64'),
  pseudonym: (purpose, id) => `k1:${sha256(`${purpose} ${id}`).slice(0, 8)}`,
};
const line = { v: 1, n: 0, id: 'id-0', receivedAt: 1_762_000_000_000, headers: {} } as const;
const judged = (body: string): string =>
  JSON.stringify(cleanseLine({ contract: DESK, moves: NO_MOVES }, context, 'raw', { ...line, body }));

type Body = Readonly<Record<string, unknown>>;
const bodies = [...new Set(demoBodies())].map((body) => JSON.parse(body) as Body);
/** What may stand at a place. */
const WRONG = [WORD, [WORD], { [WORD]: WORD }, { 1: WORD, 2: { [WORD]: [WORD] } }, `sim ${WORD}`, NUMBER, [NUMBER]];

test('a good conversation is a row, and shows the words that lists know', () => {
  for (const body of bodies)
    expect(judged(JSON.stringify(body))).toMatch(/"reason":null.*(informacoes|solicitar atendimento)/);
});

test.each([...new Set(bodies.flatMap((body) => Object.keys(body)))])(
  '%s: nothing of what is written there',
  (field) => {
    for (const body of bodies)
      for (const wrong of WRONG) {
        const said = judged(JSON.stringify({ ...body, [field]: wrong }));
        expect([field, wrong, said.includes(WORD), said.includes(String(NUMBER))]).toEqual([
          field,
          wrong,
          false,
          false,
        ]);
      }
  },
);

test('nor of names that nobody knows, of doubled ones, or of a text that is no JSON', () => {
  for (const body of bodies) {
    const text = JSON.stringify(body);
    for (const name of Object.keys(body)) expect(judged(text.replace(`"${name}"`, `"${WORD}"`))).not.toContain(WORD);
    for (const more of [
      `"${WORD}":1`,
      `"${WORD}":{"${WORD}":1,"${WORD}":2}`,
      `"x":{"__proto__":"${WORD}"}`,
      `"x":"${WORD}`,
    ])
      expect(judged(`{${more},${text.slice(1)}`)).not.toContain(WORD);
  }
});
