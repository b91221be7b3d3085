/** The object store of `npm start` has more doors than the one of S3; a neighbour on the machine is let in at none over HTTP. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createS3Store } from '../../src/adapters/object-store/s3.ts';
import { openWorkbench, ownS3 } from '../support/one-part.ts';

test('no port but that of S3 reads, lists, writes or removes an object', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'chatlake-closed-'));
  const { context, children } = await openWorkbench(dir);
  const ports: number[] = [];
  const free = async (): Promise<number> => {
    const port = await context.ports.free();
    ports.push(port);
    return port;
  };
  try {
    const { entry, choice } = await ownS3({ children, context: { ...context, ports: { ...context.ports, free } } });
    // The table of parts says so where a directory stands in.
    expect(choice.chosen).toBe('SeaweedFS');
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = entry;
    const credentials = { accessKeyId, secretAccessKey };
    const store = createS3Store({ endpoint, region, bucket, credentials, requestTimeoutMs: 5_000 });
    await store.put('raw/x', Buffer.from('Canária Souza'), { ifAbsent: true });
    expect(ports.length).toBeGreaterThanOrEqual(7);
    for (const port of ports)
      for (const path of [`/buckets/${bucket}/raw/x`, `/buckets/${bucket}/raw/`, '/buckets/', '/', `/${bucket}/raw/x`])
        for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
          const signal = AbortSignal.timeout(2_000);
          const body = method === 'GET' || method === 'DELETE' ? {} : { body: 'forged' };
          const said = await fetch(`http://127.0.0.1:${port}${path}`, { method, signal, ...body })
            .then((answer) => answer.text())
            .catch(() => 'no HTTP');
          expect(said).not.toMatch(/Canária|raw\/x"/);
        }
    expect(Buffer.from((await store.get('raw/x'))!).toString()).toBe('Canária Souza');
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['raw/x']);
  } finally {
    await children.stopAll();
    rmSync(dir, { recursive: true, force: true });
  }
}, 120_000);
