/** What status says of a source by its store: how far each projection is, since when it is behind, and what needs a person for it. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createEtlActivities } from '../../src/activities/index.ts';
import type { Ports } from '../../src/activities/ports.ts';
import { overdueFindings, printVerified } from '../../src/cli/verify.ts';
import type { Uncovered } from '../../src/cli/verify/findings.ts';
import type { Text } from '../../src/domain/text.ts';
import { sourceProblems } from '../../src/inspect/problems.ts';
import { sourceStatus } from '../../src/inspect/store-status.ts';
import { DESK } from '../../src/domain/sources/desk/contract.ts';
import { TransientError } from '../../src/domain/errors.ts';
import { REPORTS } from '../../src/domain/kpi/index.ts';
import { watchLag } from '../../src/workers/lag-watch.ts';
import { bringForward, rebuild, runWindow } from '../integration/run-window.ts';
import { windowAfter, writeDesk } from '../support/desk-raw.ts';
import { type MemoryLake, openMemoryLake } from '../support/memory-lake.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;

let lake: MemoryLake;
let ports: Ports;
beforeAll(async () => {
  lake = openMemoryLake();
  ports = await lake.process();
  for (let n = 0; n < 8; n += 1) {
    await writeDesk(lake.store, windowAfter(n), [`a${n}`]);
    await runWindow(ports, { source: 'desk', window: windowAfter(n) });
  }
});
afterAll(() => lake.close());

/** What a process that knows nothing yet says. */
async function look(changes: Partial<Ports> = {}) {
  const missing: Text[] = [];
  const desk = await sourceStatus(await lake.process(changes), DESK, missing);
  const problems = (inMs: number, waiting: Parameters<typeof sourceProblems>[0]['waiting'] = []) =>
    sourceProblems({ sources: { desk }, waiting }, 15 * MINUTE_MS, Date.now() + inMs).map(({ en }) => en);
  return { desk, missing: missing.map(({ en }) => en), problems };
}

const FORWARD = { tables: { desk_interactions: 0 }, documents: 0, unverified: 0, reports: 0, oldest: null };

test('nothing is behind, also after a merge of ledger files, which decides nothing', async () => {
  expect((await look()).desk.lag).toEqual({ ledgerVersion: 7, ...FORWARD });
  const { mergeLedger } = createEtlActivities(ports, REPORTS);
  await new MockActivityEnvironment().run(mergeLedger, { source: 'desk', dryRun: false });
  const { desk, problems } = await look();
  expect(desk.lag).toEqual({ ledgerVersion: 8, ...FORWARD });
  expect(problems(60 * MINUTE_MS)).toEqual([]);
});

test('a decision that nobody takes in is told with its age, and needs a person beyond the limit', async () => {
  expect(await rebuild(ports, { source: 'desk', window: windowAfter(0) })).toMatchObject({ kind: 'published' });
  const { desk, problems } = await look();
  expect(desk.lag).toMatchObject({
    tables: { desk_interactions: 1 },
    documents: 1,
    unverified: 1,
    reports: 1,
    oldest: { ledgerVersion: 9 },
  });
  expect(problems(14 * MINUTE_MS)).toEqual([]);
  expect(problems(16 * MINUTE_MS)).toEqual([
    expect.stringMatching(
      /^desk_interactions by 1, .* of desk behind the ledger since 2.*where no worker runs start one/,
    ),
  ]);
  const since = new Date(Date.now()).toISOString();
  const waiting = [{ source: 'desk', name: 'documents', since, tries: 90, why: 'MongoDB does not answer' }] as const;
  expect(problems(16 * MINUTE_MS, waiting)).toEqual([
    expect.stringMatching(/look what forward\/desk waits for/),
    expect.stringMatching(/^documents of desk wait since .*, 90 tries: MongoDB does not answer/),
  ]);
});

test('verify and health say of it what status says, beyond the same limit, and no promise is said to hold', async () => {
  const { problems } = await look();
  const limitMs = 15 * MINUTE_MS;
  const verifiedIn = async (ms: number) => overdueFindings(ports, [DESK], limitMs, Date.now() + ms);
  expect(await verifiedIn(14 * MINUTE_MS)).toEqual([]);
  const findings = await verifiedIn(16 * MINUTE_MS);
  const [{ what, safe, mend } = { what: '', safe: '', mend: '' }] = findings;
  const told = `${what}: ${mend}; ${safe}`;
  expect(problems(16 * MINUTE_MS)).toEqual([told]);
  const printed = printVerified({ sources: [], checked: {}, findings, uncovered: [] });
  expect(printed).toContain(`FOUND ledger/desk/_delta_log/00000000000000000009.json: ${what}`);
  expect(printed).not.toContain('promises hold');

  let aheadMs = 0;
  const parts = watchLag(ports, limitMs, () => Date.now() + aheadMs);
  await until(() => parts()['forward/desk']?.light === 'green');
  aheadMs = 16 * MINUTE_MS;
  await until(() => parts()['forward/desk']?.light === 'red');
  expect(parts()['forward/desk']?.says).toBe(told);
  await bringForward(ports, { source: 'desk' });
  aheadMs += MINUTE_MS;
  await until(() => parts()['forward/desk']?.light === 'green');
  expect((await look()).desk.lag).toEqual({ ledgerVersion: 9, ...FORWARD });
  expect(await verifiedIn(60 * MINUTE_MS)).toEqual([]);
});

test('work that waits, within the limit, is not said to be re-checked', () => {
  const waits = { where: 'verified/desk/x.json', why: 'entry 3 is not verified yet', waits: true } as const;
  const lines = (uncovered: readonly Uncovered[]): string | undefined =>
    printVerified({ sources: [], checked: {}, findings: [], uncovered }).split('\n').at(-1);
  expect(lines([waits])).toBe('All promises hold; what waits, above, is not re-checked before it is done.');
  expect(lines([])).toBe('All promises hold.');
});

test('refused documents are counted by collection; a document store that is away hides nothing else', async () => {
  const stub = { entity: 'e', at: 3, why: 'too_large' };
  const refused = await look({
    documents: { ...lake.documents, name: 'MongoDB', refused: () => Promise.resolve({ count: 2, first: [stub] }) },
  });
  expect(refused.desk.refused).toEqual([
    { store: 'MongoDB', collection: 'desk_interactions', count: 2, first: [stub] },
  ]);
  expect(refused.problems(0)).toEqual([
    expect.stringMatching(/^MongoDB refuses 2 documents of desk_interactions for good \(such as e: too_large\)/),
  ]);
  const away = await look({
    documents: { ...lake.documents, applied: () => Promise.reject(new TransientError('MongoDB does not answer')) },
  });
  expect(away.missing).toEqual(['how far the documents of desk are: MongoDB does not answer']);
  expect(away.desk.lag).toEqual({ ledgerVersion: 9, ...FORWARD, documents: null });
});
