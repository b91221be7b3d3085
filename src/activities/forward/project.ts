/** project: brings the tables of a source forward; late or twice changes nothing. */
import { contractOf } from '../../lake/lake.ts';
import type { Progress } from '../../projections/progress.ts';
import { projectTables } from '../../projections/tables.ts';
import type { Ports } from '../ports.ts';
import type { ForwardInput } from '../types.ts';

/** Builds the activity. One call takes what one commit of each table does; `behind` says what is left. */
export function createProject(ports: Ports) {
  return async function project({ source, ledger }: ForwardInput): Promise<Progress> {
    contractOf(ports, source);
    return projectTables(ports, source, ledger);
  };
}
