/** A worker process of `npm run bench -- workers`: does the step it is told, with one thread, with a lake and local copies of its own. */
import { attempted, stagedPart } from '../integration/run-window.ts';
import type { SealRef, Staged } from '../../src/activities/types.ts';
import type { EtlActivities } from '../../src/activities/index.ts';
import { openDirectoryLake } from '../support/directory-lake.ts';
import { answerParent } from '../support/own-process.ts';

/** `open` first; what a step answers is what the activity does, `cost` nothing but its cost. */
export type WorkerQuestion =
  | { readonly step: 'open'; readonly folder: string; readonly work: string }
  | { readonly step: 'cost' }
  | { readonly step: 'cleanse'; readonly seal: SealRef; readonly chunk: number }
  | { readonly step: 'dedupe'; readonly seal: SealRef; readonly staged: readonly Staged[] }
  | { readonly step: 'compress'; readonly decided: string; readonly staged: readonly Staged[]; readonly range: number };

export interface WorkerAnswer {
  readonly output: unknown;
  /** Of the process since its lake was opened, milliseconds. */
  readonly cpuMs: number;
}

let activities: EtlActivities | undefined;
let opened = process.cpuUsage();

async function run(question: WorkerQuestion): Promise<unknown> {
  if (question.step === 'open') {
    const { ports, close } = await openDirectoryLake(question.folder, 1, question.work);
    process.once('exit', close);
    activities = attempted(ports);
    opened = process.cpuUsage();
    return null;
  }
  if (question.step === 'cost') return null;
  if (activities === undefined) throw new Error('the lake was not opened');
  if (question.step === 'cleanse') {
    const { seal, chunk } = question;
    return stagedPart(await activities.cleanse({ seal, revision: 0, chunk }));
  }
  if (question.step === 'dedupe') {
    const { seal, staged } = question;
    return activities.dedupe({ seal, revision: 0, staged });
  }
  const { decided, staged, range } = question;
  return activities.compress({ decided, staged, range });
}

answerParent<WorkerQuestion, WorkerAnswer>(async (question) => {
  const output = await run(question);
  const { user, system } = process.cpuUsage(opened);
  return { output, cpuMs: (user + system) / 1_000 };
});
