/** Documents that are watched: none may go back, and what reports say is remembered, which the port does not tell. */
import type { DocumentStore } from '../../src/adapters/documents/document-store.ts';
import type { Table } from '../../src/domain/sources/contract.ts';
import { invariant } from '../../src/domain/errors.ts';

export interface Watch {
  readonly store: DocumentStore;
  /** The newest report of each day, `<name>/<day>`. */
  readonly reports: ReadonlyMap<string, { readonly at: number; readonly report: object }>;
  /** Everything is lost, as when somebody drops the database. */
  wipe(): void;
  /** How often it was. */
  readonly wipes: number;
}

/** Opens them; `open` makes an empty store. */
export function watchDocuments(open: () => DocumentStore): Watch {
  let inner = open();
  let wipes = 0;
  /** By table and entity, the ledger version at which the document stood last (I6). */
  const at = new Map<string, number>();
  const reports = new Map<string, { readonly at: number; readonly report: object }>();

  async function look(table: Table, entities: readonly string[]): Promise<void> {
    const states = await inner.states(table, entities);
    for (const [entity, state] of states) {
      const key = `${table.name} ${entity}`;
      const before = at.get(key) ?? -1;
      invariant(state.at >= before, `the document ${key} went back from ledger version ${before} to ${state.at}`);
      at.set(key, state.at);
    }
  }

  return {
    store: {
      name: inner.name,
      ensure: (table) => inner.ensure(table),
      applied: (source) => inner.applied(source),
      advance: (source, from, version) => inner.advance(source, from, version),
      async write(table, version, current) {
        const counts = await inner.write(table, version, current);
        await look(table, [...current.rows.map(({ entity }) => entity), ...current.gone]);
        return counts;
      },
      purge: (table, before) => inner.purge(table, before),
      states: (table, entities) => inner.states(table, entities),
      count: (table) => inner.count(table),
      refused: (table) => inner.refused(table),
      find: (table, entity) => inner.find(table, entity),
      reportsApplied: (name) => inner.reportsApplied(name),
      async putReports(name, from, version, days) {
        for (const [day, report] of Object.entries(days))
          if ((reports.get(`${name}/${day}`)?.at ?? -1) < version)
            reports.set(`${name}/${day}`, { at: version, report });
        return inner.putReports(name, from, version, days);
      },
    },
    reports,
    wipe() {
      inner = open();
      wipes += 1;
      at.clear();
      reports.clear();
    },
    get wipes() {
      return wipes;
    },
  };
}
