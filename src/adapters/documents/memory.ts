/** The document store in memory: for tests of what stands on documents. Passes the suite that MongoDB's passes. */
import type { DocumentState } from '../../domain/formats/documents.ts';
import type { DocumentStore } from './document-store.ts';
import { type Stored, storedOf } from './stored.ts';

/** An empty store; it lives as long as the value does. */
export function createMemoryDocuments(): DocumentStore {
  const collections = new Map<string, Map<string, Stored>>();
  const versions = new Map<string, number>();
  const reports = new Map<string, object & { readonly at: number }>();
  const of = (name: string): Map<string, Stored> => {
    const found = collections.get(name) ?? new Map<string, Stored>();
    collections.set(name, found);
    return found;
  };
  const advance = (id: string, from: number, version: number): Promise<void> => {
    const there = versions.get(id) ?? -1;
    if (there >= from) versions.set(id, Math.max(version, there));
    return Promise.resolve();
  };
  return {
    name: 'memory',
    ensure: () => Promise.resolve(),
    applied: (source) => Promise.resolve(versions.get(`ledger/${source}`) ?? -1),
    advance: (source, from, version) => advance(`ledger/${source}`, from, version),
    write: (table, at, current) => {
      const counts = { inserted: 0, updated: 0, unchanged: 0, refused: 0 };
      for (const document of storedOf(table, at, current)) {
        const there = of(table.name).get(document._id);
        if (there !== undefined && there.at >= at) counts.unchanged += 1;
        else {
          counts[there === undefined ? 'inserted' : 'updated'] += 1;
          of(table.name).set(document._id, document);
        }
      }
      return Promise.resolve(counts);
    },
    purge: (table, before) => {
      const documents = of(table.name);
      const old = [...documents.values()].filter(({ goneAt }) => goneAt instanceof Date && goneAt.getTime() < before);
      for (const { _id } of old) documents.delete(_id);
      return Promise.resolve(old.length);
    },
    states: (table, entities) => {
      const found = entities.flatMap((entity) => of(table.name).get(entity) ?? []);
      return Promise.resolve(new Map(found.map((document) => [document._id, document])));
    },
    count: (table) => Promise.resolve([...of(table.name).values()].filter(isCurrent).length),
    refused: () => Promise.resolve({ count: 0, first: [] }),
    find: (table, entity) => {
      const found = of(table.name).get(entity);
      return Promise.resolve(found?.gone === true ? undefined : found);
    },
    reportsApplied: (name) => Promise.resolve(versions.get(`reports/${name}`) ?? -1),
    putReports: (name, from, ledgerVersion, days) => {
      for (const [day, report] of Object.entries(days))
        if ((reports.get(`${name}/${day}`)?.at ?? -1) < ledgerVersion)
          reports.set(`${name}/${day}`, { ...report, at: ledgerVersion });
      return advance(`reports/${name}`, from, ledgerVersion);
    },
  };
}

const isCurrent = ({ gone, refused }: DocumentState): boolean => gone !== true && refused === undefined;
