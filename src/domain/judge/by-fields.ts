/** A line judged field by field. */
import { encodeVersion } from '../formats/version.ts';
import { type Cell, type Contract, EVENT_DATE, type FieldRules, type Issue } from '../sources/contract.ts';
import { MAX_ISSUES } from './bounds.ts';
import { EARLIEST_MS, MAX_AHEAD_MS, NOTICED_AHEAD_MS } from './dates.ts';
import { claimKey, identityBytes, ownIdentity, transportIdOf } from './identity.ts';
import {
  type CleanseContext,
  type Judged,
  type ReadLine,
  type RuledLine,
  bytesOf,
  fixedByTransport,
  judged,
  reject,
} from './judged.ts';

/** Identity: the transport's id and the bytes of the body; the rules field by field. */
export function byFields(contract: Contract<FieldRules>, context: CleanseContext, line: ReadLine): Judged {
  const { rawKey, raw } = line;
  const transportId = transportIdOf(contract.rules.identity, raw);
  const fixed = fixedByTransport(raw);
  const identityHash = context.identityHash(
    fixed ??
      (transportId === undefined ? ownIdentity(rawKey, raw.n) : identityBytes(transportId, bytesOf(raw, context))),
  );
  return {
    transportId: transportId ?? '',
    identityHash,
    claimKey: claimKey(fixed === undefined ? raw.body : undefined, identityHash),
    version: encodeVersion([raw.receivedAt]),
    ruled: transportId === undefined ? reject('no_identity', '') : judged(() => judgeFields(contract, context, line)),
  };
}

function judgeFields(contract: Contract<FieldRules>, context: CleanseContext, { raw, decoded }: ReadLine): RuledLine {
  if (!decoded.ok) return reject(decoded.reason, decoded.field);
  if (decoded.isAside) return reject('set_aside', '$');
  const cells: Record<string, Cell> = {};
  const issues: Issue[] = [];
  let eventDate: string | null = null;
  for (const field of contract.rules.fields) {
    const ruled = field.apply(decoded.value[field.path], context);
    if (ruled.reject !== undefined) return reject(ruled.reject, field.path);
    for (const [i, { name }] of field.columns.entries()) {
      const cell = ruled.cells[i] ?? null;
      if (name !== EVENT_DATE.name) cells[name] = cell;
      else if (typeof cell === 'string') eventDate = cell;
    }
    for (const one of ruled.issues) if (issues.length <= MAX_ISSUES) issues.push(one);
  }
  const occurredAt = cells['occurred_at'];
  if (typeof occurredAt === 'number') {
    if (occurredAt < EARLIEST_MS || occurredAt > raw.receivedAt + MAX_AHEAD_MS)
      return reject('date_out_of_range', 'date');
    if (occurredAt > raw.receivedAt + NOTICED_AHEAD_MS) issues.push({ field: 'date', code: 'ahead_of_receipt' });
  }
  return {
    reason: null,
    field: null,
    entity: null,
    eventDate,
    tables: contract.tables[0].name,
    cells,
    issues,
  };
}
