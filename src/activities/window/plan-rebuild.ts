/** planRebuild: what a rebuild of a window has to judge: every generation that is published, under the next revision. */
import { staleDiff } from '../../domain/formats/diff.ts';
import { PermanentError } from '../../domain/errors.ts';
import { sealName } from '../../domain/formats/layout.ts';
import { FIRST_REVISION } from '../../domain/formats/ledger.ts';
import type { Seal } from '../../domain/formats/seal.ts';
import { contractOf } from '../../lake/lake.ts';
import { publishedAs, readLedger, readManifest } from '../../lake/ledger.ts';
import { listRaw } from '../../lake/raw.ts';
import { keepPlan, readSeals } from '../../lake/seals.ts';
import type { Ports } from '../ports.ts';
import type { RebuildInput, RebuildPlan } from '../types.ts';
import { readExpected } from './expected.ts';

/** Builds the activity. Throws PermanentError when raw objects are gone, or when `expect` is a diff of something else. */
export function createPlanRebuild(ports: Ports) {
  return async function planRebuild({ source, window, expect }: RebuildInput): Promise<RebuildPlan> {
    contractOf(ports, source);
    const ledger = await readLedger(ports, source);
    const seals = (await readSeals(ports, { source, window })).filter(
      ({ id }) => publishedAs(ledger, sealName(id), FIRST_REVISION) !== undefined,
    );
    const names = seals.map(({ id }) => sealName(id));
    const last = names.at(-1);
    if (last === undefined) return { kind: 'nothing' };
    const published = publishedAs(ledger, last, FIRST_REVISION);
    const entry = published === undefined ? undefined : ledger.entries.at(published);
    if (expect !== undefined && published !== undefined && entry !== undefined) {
      const { diff } = await readManifest(ports, entry);
      if (diff === expect) return { kind: 'alreadyPublished', version: published };
    }
    checkRaw(seals, `${source} ${window}`, await listRaw(ports, { source, window }));
    const judgedAt = (name: string) => ledger.entries.at(publishedAs(ledger, name, FIRST_REVISION) ?? -1);
    const revisions = names.map((name) => judgedAt(name)?.revision ?? FIRST_REVISION);
    const revision = Math.max(...revisions) + 1;
    if (expect !== undefined) await checkStill(expect, revision);
    const seal = await keepPlan(ports, seals, revision, ports.limits.chunk);
    ports.log.info('rebuild.planned', { seal: seal.seal, revision, generations: seals.length, lines: seal.lines });
    return { kind: 'planned', seal, revision, generations: seals.length };
  };

  /** Told early, before the work; `publish` compares in full. */
  async function checkStill(expect: string, revision: number): Promise<void> {
    const diff = await readExpected(ports, expect);
    if (diff.revision !== revision) throw staleDiff(expect, 'the window was judged again meanwhile');
  }
}

/** Raw is what a rebuild judges: where some of it was deleted, what is published stays as it is. */
function checkRaw(seals: readonly Seal[], what: string, listed: readonly { readonly key: string }[]): void {
  const there = new Set(listed.map(({ key }) => key));
  const sealed = seals.flatMap((seal) => seal.objects);
  const gone = sealed.filter(({ key }) => !there.has(key));
  if (gone.length === 0) return;
  throw new PermanentError(
    `${what} cannot be judged again: ${gone.length} of its ${sealed.length} raw objects were deleted (such as ${gone[0]?.key ?? ''}); what is published stays as it is, restore them to rebuild.`,
  );
}
