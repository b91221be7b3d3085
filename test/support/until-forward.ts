/** What is decided goes forward by itself: tests that look at tables, documents or reports wait for it here. */
import { REPORTS } from '../../src/domain/kpi/index.ts';
import type { Source } from '../../src/domain/formats/layout.ts';
import { readProgress } from '../../src/projections/progress.ts';
import type { Readers } from '../../src/wiring/ports.ts';
import { until } from './until.ts';

/** Resolves once tables, documents, proof and reports of a source have come to the ledger's head. */
export async function untilForward({ ports }: { readonly ports: Readers }, source: Source): Promise<void> {
  await until(async () => {
    const { head, tables, documents, proof, reports } = await readProgress(ports, source, REPORTS.get(source));
    const all = [tables, documents, proof, reports];
    return head >= 0 && all.every((one) => !(one instanceof Error) && one.behind === 0);
  });
}
