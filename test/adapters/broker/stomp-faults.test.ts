/** The broker port against ActiveMQ and the stand-in over a wire that breaks: nothing that was not acknowledged is lost. */
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  IDLE_MS,
  LIMITS,
  NEVER,
  WAYS,
  drain,
  names,
  numbered,
  sceneOver,
  take,
  text,
  urlOf,
  useStandIn,
  wireOver,
} from './scene.ts';
import { closeAll } from './scripted.ts';

useStandIn();
afterEach(closeAll);

describe.each(WAYS)('when the wire or the subscription goes, over $transport to $broker', (way) => {
  test('acknowledges cumulatively: only the rest comes back after the connection was cut, with the same message-ids', async () => {
    const wire = await wireOver(way);
    const { subscribe, publish } = await sceneOver(way, { urls: [wire.url] });
    const first = await subscribe();
    await publish(numbered(0, 30));
    const batches = [await take(first), await take(first), await take(first)] as const;
    expect(await first.acknowledge(batches[1])).toBe(true);
    expect(await first.acknowledge(batches[1])).toBe(true);
    expect(await first.acknowledge(batches[0])).toBe(true);
    wire.cut();
    expect(await first.next(LIMITS, IDLE_MS, NEVER)).toMatchObject({ kind: 'closed' });
    expect(first.open).toBe(false);

    const second = await subscribe({ urls: [urlOf(way)] });
    const again = await take(second);
    expect(text(again)).toEqual(names(20, 30));
    expect(again.deliveries.map(({ messageId }) => messageId)).toEqual(
      batches[2].deliveries.map(({ messageId }) => messageId),
    );
    expect(await second.acknowledge(again)).toBe(true);
    expect(await drain(second)).toEqual([]);
  });

  test('does not acknowledge a batch of a dead connection; everything comes back', async () => {
    const wire = await wireOver(way);
    const { subscribe, publish } = await sceneOver(way, { urls: [wire.url] });
    const first = await subscribe();
    await publish(numbered(0, 12));
    const batch = await take(first);
    wire.cut();
    expect(await first.next(LIMITS, IDLE_MS, NEVER)).toMatchObject({ kind: 'closed' });
    expect(await first.acknowledge(batch)).toBe(false);
    const second = await subscribe();
    expect(await second.acknowledge(batch)).toBe(false);
    expect(await drain(second)).toEqual(names(0, 12));
  });

  test('sees that a second subscriber with the same client-id took over', async () => {
    const { subscribe, publish } = await sceneOver(way);
    const first = await subscribe();
    const waiting = first.next(LIMITS, IDLE_MS, NEVER);
    const second = await subscribe();
    expect(await waiting).toMatchObject({ kind: 'stolen' });
    expect(await first.next(LIMITS, IDLE_MS, NEVER)).toMatchObject({ kind: 'stolen' });
    expect(first.open).toBe(false);
    await publish(numbered(0, 3));
    expect(text(await take(second))).toEqual(names(0, 3));
  });

  test('is closed, not stolen, when the broker falls silent', async () => {
    const wire = await wireOver(way);
    const { subscribe } = await sceneOver(way, { urls: [wire.url], heartbeatMs: 3_000 });
    const subscription = await subscribe();
    // Longer than two beats: beats, and nothing else, keep an idle subscription open.
    expect(await subscription.next(LIMITS, 7_000, NEVER)).toEqual({ kind: 'idle' });
    wire.freeze();
    expect(await subscription.next(LIMITS, 60_000, NEVER)).toMatchObject({
      kind: 'closed',
      // Either side may be the first to hear nothing any more.
      reason: expect.stringMatching(/heart-beats|ECONNRESET/),
    });
  });

  test('leaves a frozen broker within seconds', async () => {
    const wire = await wireOver(way);
    const { subscribe } = await sceneOver(way, { urls: [wire.url] });
    const subscription = await subscribe();
    wire.freeze();
    const since = Date.now();
    await subscription.close();
    expect(Date.now() - since).toBeLessThan(4_500);
    expect(await subscription.next(LIMITS, IDLE_MS, NEVER)).toMatchObject({ kind: 'closed' });
  });
});
