/** project: brings the tables of a source forward; late or twice changes nothing. */
import type { Source } from '../../domain/formats/layout.ts';
import { contractOf } from '../../lake/lake.ts';
import type { Progress } from '../../projections/progress.ts';
import { projectTables } from '../../projections/tables.ts';
import type { Ports } from '../ports.ts';

/** Builds the activity. One call takes what one commit of each table does; `behind` says what is left. */
export function createProject(ports: Ports) {
  return async function project({ source }: { readonly source: Source }): Promise<Progress> {
    contractOf(ports, source);
    return projectTables(ports, source);
  };
}
