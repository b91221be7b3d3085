/** load: brings MongoDB forward, documents and reports, each from its own applied version; it may be late or repeated, never early. */
import type { ReportDefinition } from '../../domain/kpi/report.ts';
import type { Source } from '../../domain/formats/layout.ts';
import { contractOf } from '../../lake/lake.ts';
import { loadDocuments } from '../../projections/documents.ts';
import type { Progress } from '../../projections/progress.ts';
import { loadReports } from '../../projections/reports.ts';
import { throwIfCancelled } from '../heartbeat.ts';
import type { Ports } from '../ports.ts';
import type { ForwardInput } from '../types.ts';

/** How far documents came. `more`: another call finds something to do, for the tables or reports have come further than this one took. */
export interface Loaded extends Progress {
  readonly more: boolean;
}

/** Builds the activity. */
export function createLoad(ports: Ports, definitions: ReadonlyMap<Source, ReportDefinition>) {
  return async function load({ source, reached }: ForwardInput): Promise<Loaded> {
    contractOf(ports, source);
    const before = await ports.documents.applied(source);
    const progress = await loadDocuments(ports, source, throwIfCancelled, reached);
    const definition = definitions.get(source);
    const areReportsIn = definition === undefined || (await loadReports(ports, definition.name));
    return { ...progress, more: !areReportsIn || progress.applied > before };
  };
}
