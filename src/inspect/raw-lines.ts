/** Reading lines of raw objects for a person: checked, and without failing where an object cannot be read. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Contract } from '../domain/sources/contract.ts';
import { isFieldContract } from '../domain/sources/contract.ts';
import { NO_MOVES } from '../domain/judge/cleanse.ts';
import { decodeBody } from '../domain/judge/decode.ts';
import { transportIdOf } from '../domain/judge/identity.ts';
import { isJsonObject } from '../domain/json.ts';
import { sha256OfKey } from '../domain/formats/layout.ts';
import type { RawLine } from '../domain/formats/raw.ts';
import { rawLines } from '../lake/raw.ts';
import type { Readers } from '../wiring/ports.ts';

/** The lines of a raw object, or undefined when it is gone or its bytes are not those its key promises. Remembers the last ones read. */
export type ReadRaw = (key: string) => Promise<readonly RawLine[] | undefined>;

const expand = promisify(gunzip);
const REMEMBERED = 16;

/** Opens a reader of raw objects. */
export function rawReader({ store }: Pick<Readers, 'store'>): ReadRaw {
  const known = new Map<string, readonly RawLine[] | undefined>();
  return async (key) => {
    if (known.has(key)) return known.get(key);
    const bytes = await store.get(key);
    const sound = bytes !== undefined && createHash('sha256').update(bytes).digest('hex') === sha256OfKey(key);
    const lines = sound ? rawLines(await expand(bytes)) : undefined;
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, lines);
    return lines;
  };
}

/** The transport id a line will be judged under, where that needs no key; undefined: it has none, or it is a pseudonym. */
export function openTransportId(contract: Contract, raw: RawLine): string | undefined {
  if (isFieldContract(contract)) return transportIdOf(contract.rules.identity, raw);
  const decoded = decodeBody(raw.body, raw.bodyBase64);
  if (contract.rules.kind !== 'record' || !decoded.ok || !isJsonObject(decoded.value)) return undefined;
  const receipt = { receivedAt: raw.receivedAt, headers: raw.headers, moves: NO_MOVES };
  const asked = { forSecret: false };
  const context = {
    pseudonym: () => {
      asked.forSecret = true;
      return '';
    },
  };
  const identity = contract.rules.identify(receipt, decoded.value, context);
  return asked.forSecret ? undefined : identity?.transportId;
}

/** Bytes of a line's body. */
export const bodyBytes = ({ body, bodyBase64 }: RawLine): Buffer =>
  bodyBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyBase64, 'base64');
