/** sealWindow: what a run of a window has to do: seals without a ledger entry, then raw objects in no seal. */
import { putOnce } from '../../adapters/object-store/put.ts';
import { PermanentError } from '../../domain/errors.ts';
import { sealKey, sealName } from '../../domain/formats/layout.ts';
import { SEALS_PER_ROUND, encodeSeal, planSeal } from '../../domain/formats/seal.ts';
import { contractOf } from '../../lake/lake.ts';
import { publishedAs, readLedger } from '../../lake/ledger.ts';
import { knownMoves } from '../../lake/moves.ts';
import { isLeftAlone, parkedKeys } from '../../lake/parked.ts';
import { listRaw } from '../../lake/raw.ts';
import { readSeals, refOf } from '../../lake/seals.ts';
import { type Ports, codeOf } from '../ports.ts';
import type { SealRef, WindowInput } from '../types.ts';

export interface SealWindowInput extends WindowInput {
  /** Also where this code gave up on the window before. */
  readonly parked: boolean;
}

/** What a run of the window judges. `more`: as many as one run takes; there may be others. */
export type SealedWindow =
  | { readonly kind: 'parked' }
  | {
      readonly kind: 'seals';
      readonly seals: readonly SealRef[];
      /** Ledger version that none of them is decided at. */
      readonly ledger: number;
      readonly more: boolean;
      readonly wasParked: boolean;
    };

/** Others that seal the same window at the same time; each leaves less to be sealed. */
const TRIES = 20;

/** Builds the activity. What lands after its listing is not of this run: it is announced, and pending for everybody else. */
export function createSealWindow(ports: Ports) {
  return async function sealWindow({ source, window, parked }: SealWindowInput): Promise<SealedWindow> {
    const contract = contractOf(ports, source);
    const givenUp = await parkedKeys(ports, { source, window });
    const code = codeOf(ports, contract);
    if (!parked && givenUp.some((key) => isLeftAlone(key, code))) return { kind: 'parked' };
    const moves = await knownMoves(ports, contract);
    for (let tries = 0; tries < TRIES; tries += 1) {
      const seals = await readSeals(ports, { source, window });
      const ledger = await readLedger(ports, source);
      const unpublished = seals.filter((seal) => publishedAs(ledger, sealName(seal.id), 0) === undefined);
      const next = planSeal({ source, window }, await listRaw(ports, { source, window }), seals, {
        limits: ports.limits.chunk,
        moves,
      });
      const all = [...unpublished, ...(next === undefined ? [] : [next])];
      const taken = all.slice(0, SEALS_PER_ROUND);
      if (next !== undefined && taken.includes(next)) {
        const outcome = await putOnce(ports.store, sealKey(next.id), encodeSeal(next));
        if (outcome.kind === 'other') continue;
        ports.log.info('window.sealed', { seal: sealName(next.id), lines: next.lines, objects: next.objects.length });
      }
      return {
        kind: 'seals',
        seals: taken.map(refOf),
        ledger: ledger.state.version,
        more: taken.length < all.length,
        wasParked: givenUp.length > 0,
      };
    }
    throw new PermanentError(
      `${source} ${window} is sealed by others faster than this run can; nothing is lost, the next run takes what is left.`,
    );
  };
}
