/** Where a body may stand besides the command line, which every user of the machine can read. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { givenBody } from '../../src/cli/send.ts';

const BODY = '{"name":"João"}';

test('a body comes from a file or from standard input, byte for byte', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-send-'));
  try {
    writeFileSync(join(dir, 'body.json'), BODY);
    expect(await givenBody(join(dir, 'body.json'), Readable.from([]))).toBe(BODY);
    const bytes = Buffer.from(BODY);
    expect(await givenBody(undefined, Readable.from([bytes.subarray(0, 11), bytes.subarray(11)]))).toBe(BODY);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('nothing is no body, and a path is not repeated', async () => {
  await expect(givenBody(undefined, Readable.from([' \n']))).rejects.toThrow(/Give the message’s body/);
  await expect(givenBody('/home/maria/none', Readable.from([]))).rejects.toThrow(/^(?!.*maria)/);
});
