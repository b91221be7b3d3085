/** Health: what passes by itself does not send traffic away at once; what a person has to mend does. */
import { expect, test } from '@jest/globals';
import { SetupError, TransientError } from '../../src/domain/errors.ts';
import { type Light, PASSING_MS, createHealth } from '../../src/wiring/health.ts';

/** A probe under way has ended. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function scene() {
  let clock = 0;
  let mended = false;
  let reds = 0;
  const intake: { light: Light; sinceMs: number } = { light: 'green', sinceMs: 0 };
  const beside: { light: Light; sinceMs: number; says?: string } = { light: 'green', sinceMs: 0 };
  const health = createHealth({
    probe: () => (mended ? Promise.resolve() : Promise.reject(new TransientError('still away'))),
    now: () => clock,
    others: () => ({ desk: intake }),
    beside: () => ({ 'forward/desk': beside }),
    onRed: () => void (reds += 1),
  });
  return {
    health,
    intake,
    beside,
    pass: (ms: number) => void (clock += ms),
    mend: () => void (mended = true),
    reds: () => reds,
  };
}

test('a fault that may pass is yellow, and drained only when it lasts; the store is tried again without any traffic', async () => {
  const { health, pass, mend, reds } = scene();
  health.failed(new TransientError('away'));
  expect(health.report()).toMatchObject({ status: 'yellow', serving: true });
  await settled();
  pass(PASSING_MS);
  expect(health.report()).toMatchObject({ status: 'yellow', serving: false, parts: { desk: { status: 'green' } } });
  mend();
  await settled();
  pass(PASSING_MS);
  health.report();
  await settled();
  expect(health.report()).toMatchObject({ status: 'green', serving: true });
  expect(reds()).toBe(0);
});

test('what a person has to mend is red at once, and told once', () => {
  const { health, reds } = scene();
  health.failed(new SetupError('no such bucket'));
  health.failed(new SetupError('no such bucket'));
  expect(health.report()).toMatchObject({ status: 'red', serving: false });
  expect(reds()).toBe(1);
  health.landed();
  expect(health.report()).toMatchObject({ status: 'green', serving: true });
});

test('the worst part decides', () => {
  const { health, intake } = scene();
  intake.light = 'red';
  expect(health.report()).toMatchObject({ status: 'red', serving: false, parts: { store: { status: 'green' } } });
});

test('what is only told makes it red and keeps no traffic away', () => {
  const { health, beside } = scene();
  Object.assign(beside, { light: 'red', sinceMs: 7, says: 'documents by 3 behind: mend MongoDB' });
  const part = { status: 'red', since: new Date(7).toISOString(), says: 'documents by 3 behind: mend MongoDB' };
  expect(health.report()).toMatchObject({ status: 'red', serving: true, parts: { 'forward/desk': part } });
  health.failed(new SetupError('no such bucket'));
  expect(health.report()).toMatchObject({ status: 'red', serving: false });
});
