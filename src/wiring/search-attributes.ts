/** Registers the search attributes in the namespace. Without them the system runs as well; only the UI finds less. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { Log } from '../observe/events.ts';
import { messageOf } from '../domain/errors.ts';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const TYPES = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;
const WANTED = Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, TYPES[type]] as const);

/** How long the servers' own memory of a namespace may lag behind. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 250;

/**
 * Registers what is missing; true when this namespace knows all of them. Without permission, with an attribute of another type in
 * the way, or when the namespace holds no more: false, and the log says why.
 */
export async function registerSearchAttributes(client: Client, log: Log): Promise<boolean> {
  try {
    await addSearchAttributes(client);
    await untilKnown(client);
    return true;
  } catch (error) {
    const next =
      'runs do not set them and are found by id and type; let this account add them, make room, or add them by hand: temporal operator search-attribute create';
    log.warn('searchAttributes.absent', { reason: messageOf(error), next });
    return false;
  }
}

async function missingAttributes({ connection, options }: Client) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: options.namespace });
  const wrong = WANTED.filter(([name, type]) => (customAttributes[name] ?? type) !== type).map(([name]) => name);
  if (wrong.length > 0) throw new Error(`${wrong.join(', ')} is registered with another type than chatlake's`);
  return WANTED.filter(([name]) => customAttributes[name] === undefined);
}

/** Registers what is missing. Throws where that cannot be done. */
export async function addSearchAttributes(client: Client): Promise<void> {
  const missing = await missingAttributes(client);
  if (missing.length === 0) return;
  const { connection, options } = client;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace: options.namespace,
      searchAttributes: Object.fromEntries(missing),
    });
  } catch (error) {
    // Another worker may have added the same at this moment.
    if ((await missingAttributes(client)).length > 0) throw error;
  }
}

/** What was just registered is known to a server when it takes it in a query; before, a run that sets it would be stuck. */
async function untilKnown(client: Client): Promise<void> {
  const query = WANTED.map(([name]) => `${name} IS NULL`).join(' AND ');
  for (const start = Date.now(); ;) {
    try {
      await client.workflow.count(query);
      return;
    } catch (error) {
      if (Date.now() - start > PATIENCE_MS) throw error;
      await sleep(LOOK_MS);
    }
  }
}
