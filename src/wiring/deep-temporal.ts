/** What `chatlake status --deep` asks of Temporal. */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { messageOf } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';
import { QUEUE_OF_ROLE } from '../workflows/policies.ts';
import type { Config } from './config.ts';
import { type DeepRow, type Found, fail, ok, row, warn } from './deep-row.ts';
import { openClient } from './temporal.ts';

/** What of Temporal is there: the server, the namespace, its search attributes, and somebody for every queue. */
export async function askTemporal(config: Config): Promise<DeepRow[]> {
  const part = 'Temporal';
  const opened = await openClient(config).catch((error: unknown) => error);
  if (!isOpened(opened))
    return [{ part, what: 'reach', ...fail(messageOf(opened), 'start it, or set TEMPORAL_ADDRESS') }];
  const { client, close } = opened;
  const namespace = config.TEMPORAL_NAMESPACE;
  try {
    return await Promise.all([
      row(part, 'reach', async () => {
        const { serverVersion } = await client.workflowService.getSystemInfo({});
        return ok(`server ${serverVersion}`);
      }),
      row(part, 'namespace', async () => {
        const { config: settings } = await client.workflowService.describeNamespace({ namespace });
        const days = Number(settings?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
        return ok(`${namespace}, keeps histories for ${days} days`);
      }),
      row(part, 'search attributes', () => askAttributes(client, namespace)),
      row(part, 'workers', () => askWorkers(client, config)),
    ]);
  } finally {
    await close();
  }
}

const isOpened = (value: unknown): value is Awaited<ReturnType<typeof openClient>> =>
  typeof value === 'object' && value !== null && 'client' in value;

async function askAttributes(client: Client, namespace: string): Promise<Found> {
  const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => !(name in customAttributes));
  return missing.length === 0
    ? ok('all registered')
    : warn(
        `not registered: ${missing.join(', ')}`,
        'a worker registers them at its start where it may; else docs/deploy.md',
      );
}

/** Every queue on which work may wait: a role that nobody took is seen here, and nowhere else. */
async function askWorkers(
  client: Client,
  { CHATLAKE_TASK_QUEUE: queue, TEMPORAL_NAMESPACE: namespace }: Config,
): Promise<Found> {
  const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;
  const found = await Promise.all(
    Object.entries(QUEUE_OF_ROLE).map(async ([role, queueOf]) => {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queueOf(queue) },
        taskQueueType: role === 'workflows' ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
      });
      return { role, n: pollers.length };
    }),
  );
  const missing = found.filter(({ n }) => n === 0).map(({ role }) => role);
  if (missing.length === 0) return ok(found.map(({ role, n }) => `${role} ${n}`).join(', '));
  return fail(
    `nobody takes ${missing.join(', ')} on ${queue}`,
    `start a worker with WORKER_ROLES=${missing.join(',')}, or with all of them; runs go on where they were`,
  );
}
