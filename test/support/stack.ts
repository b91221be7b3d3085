import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { StackFile } from '../../src/local/parts/index.ts';

/** How to reach the real parts of this test run. */
export function stack(): StackFile {
  const file = process.env['CHATLAKE_TEST_STACK'];
  if (!file) {
    throw new Error(
      'CHATLAKE_TEST_STACK is not set: run through jest, or name the stack file of a running stack in it',
    );
  }
  return JSON.parse(readFileSync(file, 'utf8')) as StackFile;
}

/** A name that no other test or run uses: for prefixes, databases, topics, task queues. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${Date.now().toString(36)}-${randomBytes(4).toString('hex')}`;
}
