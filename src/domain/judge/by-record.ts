/** A line judged as a whole. */
import { invariant } from '../errors.ts';
import { encodeVersion } from '../formats/version.ts';
import type { Contract, RecordIdentity, RecordRules } from '../sources/contract.ts';
import { identityBytes, ownIdentity } from './identity.ts';
import { type CleanseContext, type Judged, type ReadLine, bytesOf, fixedIdentity, judged, reject } from './judged.ts';

/** Identity, entity, version and tables: all by the contract's rules over the whole message. */
export function byRecord(contract: Contract<RecordRules>, context: CleanseContext, line: ReadLine): Judged {
  const { rawKey, raw, receipt, decoded } = line;
  const identity = identityOf(contract, context, line);
  const identityHash = context.identityHash(
    fixedIdentity(raw) ??
      (identity === undefined
        ? ownIdentity(rawKey, raw.n)
        : identityBytes(identity.transportId, identity.discriminator)),
  );
  const base = {
    transportId: identity?.transportId ?? '',
    identityHash,
    claimKey: (fixedIdentity(raw) === undefined ? identity?.claimKey : undefined) ?? identityHash.slice(0, 2),
    version: encodeVersion([raw.receivedAt]),
  };
  if (!decoded.ok) return { ...base, ruled: reject(decoded.reason, decoded.field) };
  if (identity === undefined) return { ...base, ruled: reject('no_identity', '$') };
  if (decoded.isAside) return { ...base, ruled: reject('set_aside', '$') };
  let version = base.version;
  const ruled = judged(() => {
    const verdict = contract.rules.judge(receipt, decoded.value, context);
    if (verdict.kind === 'rejected') return reject(verdict.reason, verdict.field);
    const { entity, eventDate, cells, issues } = verdict;
    const tables = contract.tables.map(({ name }) => name).filter((name) => verdict.tables.includes(name));
    invariant(tables.length > 0, `the contract of ${contract.source} gives a message to no table`);
    version = encodeVersion([...verdict.version, raw.receivedAt], entity === undefined ? undefined : identityHash);
    return { reason: null, field: null, entity: entity ?? null, eventDate, tables: tables.join(','), cells, issues };
  });
  return { ...base, version, ruled };
}

/** Where the rules find none, or stumble, what the receipt alone tells; undefined: such a line is only itself, never a duplicate. */
function identityOf(
  { rules }: Contract<RecordRules>,
  context: CleanseContext,
  { raw, receipt, decoded }: ReadLine,
): (Omit<RecordIdentity, 'discriminator'> & { readonly discriminator: string | Uint8Array }) | undefined {
  let identity: RecordIdentity | undefined;
  try {
    identity = decoded.ok ? rules.identify(receipt, decoded.value, context) : undefined;
  } catch {
    identity = undefined;
  }
  if (identity !== undefined) return identity;
  const transportId = rules.identifyUnread?.(receipt, context);
  return transportId === undefined ? undefined : { transportId, discriminator: bytesOf(raw, context) };
}
