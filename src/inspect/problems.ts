/** What needs a person, and what to do about it, in sentences of both languages: the terminal prints one, the pages show the reader's. */
import { type Text, text } from '../domain/text.ts';
import type { Source } from '../domain/formats/layout.ts';
import { nextStep, windowName } from '../domain/formats/parked.ts';
import { windowEnd } from '../domain/window.ts';
import { counted } from './counted.ts';
import { overdueOf, partPt } from './lag.ts';
import type { ScheduleState, Schedules } from '../wiring/apply-schedules.ts';
import type { Config } from '../wiring/config.ts';
import type { SourceStatus } from './store-status.ts';
import type { Retrying, WaitingLane } from './temporal-status.ts';

/** A window's hour is over for so long and it is still not done: nobody works on it. */
const LATE_MS = 3 * 3_600_000;
/** Passing faults pass sooner. */
const MANY_ATTEMPTS = 8;

/** A problem in a sentence, and the page of the Temporal UI that shows it; absent: the pages' own Operations do. */
export interface Problem extends Text {
  readonly at?: string;
}

const runAt = (id: string): string => `workflows/${encodeURIComponent(id)}`;
const SCHEDULES_AT = 'schedules';

/** Under which address a problem is looked at: in the Temporal UI where it shows there, else on the pages. */
export function linkOf(
  { at }: Pick<Problem, 'at'>,
  config: Pick<Config, 'TEMPORAL_UI_URL' | 'TEMPORAL_NAMESPACE' | 'DASHBOARD_HOST' | 'DASHBOARD_PORT'>,
): string {
  const { TEMPORAL_UI_URL: ui, TEMPORAL_NAMESPACE: namespace, DASHBOARD_HOST: host, DASHBOARD_PORT: port } = config;
  return at === undefined || ui === undefined
    ? `http://${host}:${port}/operations`
    : `${ui}/namespaces/${namespace}/${at}`;
}

interface Found {
  readonly sources: Readonly<Record<Source, SourceStatus>>;
  readonly retrying: readonly Retrying[];
  readonly waiting: readonly WaitingLane[];
  readonly schedules: Schedules | null;
}

/** What of the sources needs a person at `now`, milliseconds since the epoch; what follows the ledger may be behind for `limitMs`. */
export function sourceProblems(
  { sources, waiting }: Pick<Found, 'sources' | 'waiting'>,
  limitMs: number,
  now: number,
): readonly Problem[] {
  return [
    ...Object.entries(sources).flatMap(([source, found]) => [
      ...parkedProblems(source, found),
      ...lateProblems(source, found, now),
      ...lagProblems(source, found, limitMs, now),
      ...refusedProblems(found),
    ]),
    ...waiting
      .filter(({ since }) => now - Date.parse(since) > limitMs)
      .map(({ source, name, since, tries, why }) => ({
        ...text(
          `${name} of ${source} wait since ${since}, ${tries} tries: ${why}; they go on by themselves once this is mended`,
          `${partPt(name)} de ${source} esperam desde ${since}, ${tries} tentativas: ${why}; seguem sozinhos assim que isso for consertado`,
        ),
        at: runAt(`forward/${source}`),
      })),
  ];
}

/** Windows that were given up on. */
export function parkedProblems(
  source: Source,
  { parked, parkedWindows }: Pick<SourceStatus, 'parked' | 'parkedWindows'>,
): readonly Problem[] {
  const more = parkedWindows - parked.length;
  const named = parked.map(({ window, since, step, reason, kind }) => {
    const next = nextStep(source, window, kind);
    return {
      ...text(
        `${windowName(source, window)} needs a person since ${since}: ${step} failed: ${reason}; ${next.en}`,
        `${windowName(source, window)} precisa de uma pessoa desde ${since}: ${step} falhou: ${reason}; ${next.pt}`,
      ),
      at: runAt(`etl/${source}/${window}`),
    };
  });
  if (more <= 0) return named;
  return [
    ...named,
    text(
      `${more} more windows of ${source} need a person: chatlake replay --all`,
      `mais ${more} janelas de ${source} precisam de uma pessoa: chatlake replay --all`,
    ),
  ];
}

function lateProblems(source: Source, { parked, pending }: SourceStatus, now: number): readonly Problem[] {
  const isParked = parked.some(({ window }) => window === pending.oldest);
  if (pending.oldest === null || isParked || now - windowEnd(pending.oldest) <= LATE_MS) return [];
  const name = windowName(source, pending.oldest);
  return [
    {
      at: runAt(`etl/${source}/${pending.oldest}`),
      ...text(
        `${name} is not done although its hour is long over: look whether a worker runs and etl-${source} is not paused, then chatlake replay --all`,
        `${name} não está pronta embora a hora dela já tenha passado há muito: veja se um worker está no ar e se etl-${source} não está pausado, e então chatlake replay --all`,
      ),
    },
  ];
}

function lagProblems(source: Source, { lag }: SourceStatus, limitMs: number, now: number): readonly Problem[] {
  const overdue = overdueOf(source, lag, limitMs, now);
  if (overdue === undefined) return [];
  const { what, mend, safe } = overdue;
  return [text(`${what.en}: ${mend.en}; ${safe.en}`, `${what.pt}: ${mend.pt}; ${safe.pt}`)];
}

const refusedProblems = ({ refused }: SourceStatus): readonly Problem[] =>
  refused.map(({ store, collection, count, first }) => {
    const sample = `${first[0]?.entity ?? ''}: ${first[0]?.why ?? ''}`;
    return text(
      `${store} refuses ${counted(count, 'documents')} of ${collection} for good (such as ${sample}): their rows are in the table; a contract that bounds the field, then a rebuild of their windows, makes them fit`,
      `o ${store} recusa de vez ${count} documento(s) de ${collection} (como ${sample}): as linhas estão na tabela; um contrato que limite o campo, e depois refazer as janelas, faz com que caibam`,
    );
  });

interface WrongSchedules {
  readonly wrong: Exclude<ScheduleState['state'], 'same'>;
  readonly en: string;
  readonly pt: string;
}

const WRONG_SCHEDULES: readonly WrongSchedules[] = [
  { wrong: 'missing', en: 'are missing', pt: 'não existem' },
  { wrong: 'differs', en: 'are not as chatlake means them', pt: 'foram alterados' },
];

/** What Temporal tries again and again, and what its schedules are not. */
export function temporalProblems({ retrying, schedules }: Pick<Found, 'retrying' | 'schedules'>): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { workflowId, step, attempt, kind, reason } of retrying)
    if (kind === 'Setup' || kind === 'workflow' || attempt >= MANY_ATTEMPTS)
      problems.push({
        ...text(
          `${step} of ${workflowId} fails, attempt ${attempt}: ${reason}; it goes on by itself once this is mended`,
          `${step} de ${workflowId} falha, tentativa ${attempt}: ${reason}; segue sozinho assim que isso for consertado`,
        ),
        at: runAt(workflowId),
      });
  for (const { wrong, en, pt } of WRONG_SCHEDULES) {
    const ids = (schedules?.known ?? []).filter(({ state }) => state === wrong).map(({ id }) => id);
    if (ids.length > 0)
      problems.push({
        ...text(
          `schedules that ${en}: ${ids.join(', ')}; chatlake schedules diff, then apply`,
          `agendamentos que ${pt}: ${ids.join(', ')}; chatlake schedules diff, depois apply`,
        ),
        at: SCHEDULES_AT,
      });
  }
  for (const { id, mend } of schedules?.unknown ?? [])
    problems.push({
      ...text(
        `schedule ${id} is not one of chatlake's: ${mend.en}`,
        `o agendamento ${id} não é do chatlake: ${mend.pt}`,
      ),
      at: `${SCHEDULES_AT}/${encodeURIComponent(id)}`,
    });
  return problems;
}

/** That nobody says what a source's loops wait for. */
export const lanesUnknown = (source: Source, why: string): Text =>
  text(`what forward/${source} waits for: ${why}`, `o que forward/${source} espera: ${why}`);
