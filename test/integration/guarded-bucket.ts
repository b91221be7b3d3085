/** A bucket of a test's own under the policy of docs/deploy.md, on this run's S3 server. */
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { stack, uniqueName } from '../support/stack.ts';

/** A header that SeaweedFS's policies know, and that is not signed: they know nothing of `If-None-Match`. */
const KNOWN = { header: 'referer', condition: 'aws:Referer' };

/** The bucket, and the address at which its policy holds. */
export interface GuardedBucket {
  readonly name: string;
  readonly endpoint: string;
  close(): Promise<void>;
}

/** The policy as a reader of the docs would put it on a bucket. */
export function documentedPolicy(bucket: string): string {
  const docs = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');
  const [, statement] = /```json\n([^`]*)```/.exec(docs) ?? [];
  if (statement === undefined) throw new Error('docs/deploy.md shows no policy');
  return JSON.stringify({ Version: '2012-10-17', Statement: [JSON.parse(statement.replaceAll('BUCKET', bucket))] });
}

/** Makes one. AWS tells a policy of `If-None-Match`; here a wire before the server says the same in a header that its policies know. */
export async function openGuardedBucket(): Promise<GuardedBucket> {
  const { endpoint, region, accessKeyId, secretAccessKey } = stack().s3;
  const name = uniqueName('guarded');
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const policy = documentedPolicy(name);
  const translated = policy.replace('s3:if-none-match', KNOWN.condition);
  if (translated === policy) throw new Error('the policy of docs/deploy.md does not ask for s3:if-none-match');
  await s3.send(new PutBucketPolicyCommand({ Bucket: name, Policy: translated }));
  s3.destroy();
  const { hostname, port } = new URL(endpoint);
  const wire = createServer((asked, answer) => {
    const condition = asked.headers['if-none-match'];
    const headers = condition === undefined ? asked.headers : { ...asked.headers, [KNOWN.header]: condition };
    const { method, url: path } = asked;
    const onward = send({ hostname, port, method, path, headers }, (found) => {
      answer.writeHead(found.statusCode ?? 502, found.headers);
      found.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  wire.listen(0, '127.0.0.1');
  await once(wire, 'listening');
  return {
    name,
    endpoint: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
    close: () =>
      new Promise((done) => {
        wire.close(() => done());
        wire.closeAllConnections();
      }),
  };
}
