/** Seals and the raw objects they name, against the ledger rows of their lines (I1, I2). */
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../domain/errors.ts';
import { parseRawKey, parseSealName, sealKey, sealName } from '../../domain/formats/layout.ts';
import { moveKey } from '../../domain/formats/marks.ts';
import { type Seal, decodeSeal, encodeSeal } from '../../domain/formats/seal.ts';
import { mapSome } from '../../domain/some.ts';
import { ADVICE, type Report } from './findings.ts';
import { readSound } from './read.ts';
import type { Verifier } from './verifier.ts';

const RAW_AT_ONCE = 8;

/** Lines that a ledger file holds of one raw object. */
export interface JudgedObject {
  readonly lines: number;
  /** True when they are the lines 0 … n − 1, each once. */
  readonly whole: boolean;
}

/** Reads a published seal and all its raw objects in full. `judged`: the objects of its rows in the ledger, by key. */
export async function checkSeal(
  verifier: Verifier,
  name: string,
  judged: ReadonlyMap<string, JudgedObject> | undefined,
  sealedBy: Map<string, string>,
): Promise<void> {
  const { report } = verifier;
  const key = sealKey(parseSealName(name));
  const seal = await readSeal(verifier, key, name);
  if (seal === undefined) return;
  for (const object of seal.objects) {
    const other = sealedBy.get(object.key);
    if (other !== undefined)
      report.find({ what: `it is in the seals ${other} and ${name}`, where: object.key, ...ADVICE.ledger });
    sealedBy.set(object.key, name);
  }
  if (judged !== undefined) compare(report, key, seal, judged);
  await checkMoves(verifier, key, seal);
  await mapSome(seal.objects, RAW_AT_ONCE, async (object) => {
    const bytes = await readSound(verifier, object.key, 'a raw object');
    if (bytes !== undefined && bytes.byteLength !== object.bytes)
      report.find({
        what: `its seal says ${object.bytes} bytes, it has ${bytes.byteLength}`,
        where: object.key,
        ...ADVICE.ledger,
      });
  });
}

async function readSeal({ store, report }: Verifier, key: string, name: string): Promise<Seal | undefined> {
  report.read.add(key);
  const bytes = await store.get(key);
  report.count('seals');
  if (bytes === undefined) {
    report.find({ what: 'this seal is gone, though the ledger names it', where: key, ...ADVICE.ledger });
    return undefined;
  }
  try {
    const seal = decodeSeal(bytes);
    if (Buffer.compare(encodeSeal(seal), bytes) === 0 && sealName(seal.id) === name) return seal;
    report.find({ what: 'this seal is not as it was written', where: key, ...ADVICE.ledger });
  } catch (error) {
    report.find({ what: `this seal cannot be read (${messageOf(error)})`, where: key, ...ADVICE.ledger });
  }
  return undefined;
}

/** The seal's list says what the keys say, and the ledger has judged exactly these lines. */
function compare(report: Report, where: string, seal: Seal, judged: ReadonlyMap<string, JudgedObject>): void {
  const promised = new Map(seal.objects.map((object) => [object.key, { lines: object.lines, whole: true }]));
  const named = seal.objects.every(({ key, lines, sha256 }) => {
    const parts = parseRawKey(key);
    return parts?.count === lines && parts.sha256 === sha256;
  });
  if (!named || !isDeepStrictEqual(new Map([...promised].sort()), new Map([...judged].sort())))
    report.find({ what: 'the lines it names are not those the ledger has judged', where, ...ADVICE.ledger });
}

/** A move that a seal knows is an object of its own. */
async function checkMoves({ store, report }: Verifier, where: string, seal: Seal): Promise<void> {
  for (const [from, to] of seal.moves ?? [])
    if ((await store.head(moveKey(seal.id.source, from, to))) === undefined)
      report.find({
        what: `it names the move of chat ${from} to ${to}, of which nothing is known`,
        where,
        ...ADVICE.ledger,
      });
}
