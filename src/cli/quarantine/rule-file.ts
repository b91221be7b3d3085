/** The file of `quarantine fix`: rules as people write them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { REASONS } from '../../domain/counts.ts';
import { PermanentError, messageOf } from '../../domain/errors.ts';
import { type Change, ENCODINGS, type FixRule } from '../../domain/judge/fix.ts';
import { isDateForm } from '../../domain/judge/rules/wall-clock.ts';

const json = z.json();
const form = z.string().refine(isDateForm, 'must be made of yyyy, MM, dd, HH, mm, ss, each at most once');
const pattern = z
  .string()
  .min(1)
  .refine((text) => canCompile(text), 'is not a regular expression');

const CHANGES = z.union([
  z.strictObject({ set: json }),
  z.strictObject({ replace: z.strictObject({ from: json, to: json }) }),
  z.strictObject({ regex: z.strictObject({ pattern, with: z.string() }) }),
  z.strictObject({ date: z.strictObject({ from: form, to: form }) }),
  z.strictObject({ rename: z.string().min(1) }),
  z.strictObject({ decode: z.enum(ENCODINGS) }),
  z.strictObject({ remove: z.literal(true) }),
]);

const RULE = z
  .strictObject({
    when: z
      .strictObject({
        reason: z.enum(Object.keys(REASONS) as [string, ...string[]]).optional(),
        field: z.string().optional(),
      })
      .default({}),
    path: z.string(),
    change: CHANGES,
  })
  .refine(({ path, change }) => path === '' || !('decode' in change), 'decode is of the whole body: its path is ""')
  .refine(
    ({ path, change }) => path !== '' || !('rename' in change || 'remove' in change || 'date' in change),
    'the body as text takes set, replace, regex and decode only',
  );

const FILE = z.strictObject({ source: z.string().min(1), rules: z.array(RULE).min(1) });

export interface RuleFile {
  readonly source: string;
  readonly rules: readonly FixRule[];
  readonly sha256: string;
}

/** Reads a rule file. Throws PermanentError in one sentence that names every fault. */
export function readRuleFile(path: string): RuleFile {
  let bytes: Buffer;
  let value: unknown;
  try {
    bytes = readFileSync(path);
    // What editors of Windows put in front.
    value = JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new PermanentError(`The rule file cannot be read: ${messageOf(error)}`);
  }
  const parsed = FILE.safeParse(value);
  if (!parsed.success)
    throw new PermanentError(
      `${path} is not a rule file: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}. A rule looks like {"when":{"reason":"invalid_date","field":"date"},"path":"date","change":{"date":{"from":"yyyy-MM-dd HH:mm:ss","to":"dd/MM/yyyy HH:mm:ss"}}}; a change is one of set, replace, regex, date, rename, decode, remove.`,
    );
  const rules = parsed.data.rules.map(({ when, path: at, change }) => ({
    ...when,
    path: at,
    change: changeOf(change),
  }));
  return { source: parsed.data.source, rules, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function changeOf(change: z.infer<typeof CHANGES>): Change {
  if ('set' in change) return { kind: 'set', value: change.set };
  if ('replace' in change) return { kind: 'replace', ...change.replace };
  if ('regex' in change) return { kind: 'regex', ...change.regex };
  if ('date' in change) return { kind: 'date', ...change.date };
  if ('rename' in change) return { kind: 'rename', to: change.rename };
  if ('decode' in change) return { kind: 'decode', encoding: change.decode };
  return { kind: 'remove' };
}

function canCompile(text: string): boolean {
  try {
    return new RegExp(text, 'gu').global;
  } catch {
    return false;
  }
}
