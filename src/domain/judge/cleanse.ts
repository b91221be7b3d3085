/** What happens to one line: identity, decoding, the contract's rules. Pure; every engine judges by it. */
import type { RawLine } from '../formats/raw.ts';
import { placeText } from '../formats/layout.ts';
import { isJsonObject } from '../json.ts';
import { type Contract, type Receipt, type RecordRules, isFieldContract } from '../sources/contract.ts';
import { byFields } from './by-fields.ts';
import { byRecord } from './by-record.ts';
import { type Names, decodeBody } from './decode.ts';
import type { CleanseContext, DecodedObject, ReadLine, StagedRow } from './judged.ts';

/** For contracts that follow no chats. */
export const NO_MOVES: ReadonlyMap<string, string> = new Map();

/** What one line is judged under. */
export interface CleanseJobFacts {
  readonly contract: Contract;
  /** Chats that became others, new id → old id; empty for contracts that follow none. */
  readonly moves: ReadonlyMap<string, string>;
  /** Places of messages that an operator set aside; absent: none. */
  readonly aside?: ReadonlySet<string>;
}

/** Judges one line by the contract. Never throws on a message's content: what cannot be used gets a reason. */
export function cleanseLine(
  { contract, moves, aside }: CleanseJobFacts,
  context: CleanseContext,
  rawKey: string,
  raw: RawLine,
): StagedRow {
  const decoded = decodeObject(raw, contract.names, aside?.has(placeText(rawKey, raw.n)) === true);
  const receipt: Receipt = { receivedAt: raw.receivedAt, headers: raw.headers, moves };
  const line: ReadLine = { rawKey, raw, receipt, decoded };
  const {
    transportId,
    identityHash,
    claimKey: claim,
    version,
    ruled,
  } = isFieldContract(contract)
    ? byFields(contract, context, line)
    : byRecord(contract as Contract<RecordRules>, context, line);
  // Name by name: this is done for every line there ever is, and spreading objects costs as much as the rules.
  return {
    rawKey,
    line: raw.n,
    receivedAt: raw.receivedAt,
    transportId,
    identityHash,
    claimKey: claim,
    version,
    reason: ruled.reason,
    field: ruled.field,
    entity: ruled.entity,
    eventDate: ruled.eventDate,
    tables: ruled.tables,
    cells: ruled.cells,
    issues: ruled.issues,
  };
}

function decodeObject({ body, bodyBase64 }: RawLine, names: Names, isAside: boolean): DecodedObject {
  const decoded = decodeBody(body, bodyBase64, names);
  if (!decoded.ok) return decoded;
  return isJsonObject(decoded.value)
    ? { ok: true, value: decoded.value, isAside }
    : { ok: false, reason: 'not_an_object', field: '$' };
}
