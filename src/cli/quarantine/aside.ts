/** `chatlake quarantine set-aside`, `take-back`: one message that stands in the way of all others, set aside with a reason, and back. */
import { randomUUID } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { PermanentError, TransientError } from '../../domain/errors.ts';
import { type RawKey, parsePlace, parseRawKey, placeText, sealName } from '../../domain/formats/layout.ts';
import { FIRST_REVISION } from '../../domain/formats/ledger.ts';
import { type RawPlace, asidePlaces, setAside, takeBack } from '../../lake/aside.ts';
import { publishedAs, readLedger } from '../../lake/ledger.ts';
import { readSeals } from '../../lake/seals.ts';
import type { Config } from '../../wiring/config.ts';
import type { Readers } from '../../wiring/ports.ts';
import { withClient } from '../../wiring/temporal.ts';

/** What was done to a message: nothing where it stood so already. */
export interface Aside {
  readonly place: string;
  readonly changed: boolean;
  /** Whether its window was published, and has to be judged again for it to count. */
  readonly published: boolean;
}

/** Sets the message at a place aside (`reason`), or takes it back (undefined). Throws PermanentError for a place where no message lies. */
export async function changeAside(
  ports: Pick<Readers, 'store' | 'logs'>,
  text: string,
  reason: string | undefined,
  now: number,
): Promise<Aside> {
  const { place, parts } = placeOf(text);
  if (reason?.trim() === '') throw new PermanentError('--reason is empty: say why, for whoever asks later.');
  const shown = placeText(place.key, place.line);
  if (place.line >= parts.count || (await ports.store.head(place.key)) === undefined)
    throw new PermanentError(`No message lies at ${shown}; chatlake explain ID says where one lies.`);
  const isAside = (await asidePlaces(ports, parts.source, parts.window)).has(shown);
  const changed = isAside !== (reason !== undefined);
  if (reason === undefined) await takeBack(ports, place);
  else await setAside(ports, place, { reason, at: new Date(now).toISOString() });
  return { place: shown, changed, published: await isPublished(ports, parts, place) };
}

function placeOf(text: string): { readonly place: RawPlace; readonly parts: RawKey } {
  const place = parsePlace(text);
  const parts = place && parseRawKey(place.key);
  if (place === undefined || parts === undefined)
    throw new PermanentError(
      `"${text}" is not the place of a message, such as raw/source=desk/…ndjson.gz#7; chatlake explain ID says where one lies.`,
    );
  return { place, parts };
}

async function isPublished(ports: Pick<Readers, 'store' | 'logs'>, parts: RawKey, place: RawPlace): Promise<boolean> {
  const seal = (await readSeals(ports, parts)).find(({ objects }) => objects.some(({ key }) => key === place.key));
  if (seal === undefined) return false;
  return publishedAs(await readLedger(ports, parts.source), sealName(seal.id), FIRST_REVISION) !== undefined;
}

/** Has the message's window judged now, and waits for it: again where it was published, else as `etl` does. */
export async function judgeNow(config: Config, { place, published }: Aside): Promise<void> {
  const { source, window } = placeOf(place).parts;
  const type = published ? 'rebuildWindow' : 'etl';
  const workflowId = published ? `rebuild/${source}/${window}` : `etl-${randomUUID()}`;
  await withClient(config, (client) =>
    client.workflow.execute(type, {
      workflowId,
      taskQueue: config.CHATLAKE_TASK_QUEUE,
      args: [{ source, window }],
      staticSummary: `${source} ${window} without or with a message, asked by chatlake quarantine`,
    }),
  ).catch((error: unknown) => {
    const why = error instanceof WorkflowExecutionAlreadyStartedError ? 'another run judges the window just now' : '';
    throw new TransientError(
      `The message is as you said, but its window was not judged${why === '' ? '' : ` (${why})`}: run the same command again, or start the workflow ${type} with {"source":"${source}","window":"${window}"}.`,
      { cause: error },
    );
  });
}
