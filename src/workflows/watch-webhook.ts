/** watchWebhook: looks every few minutes at what Telegram says of a bot's webhook; tells a gap, and falls back to polling when told to. */
import {
  ActivityFailure,
  ParentClosePolicy,
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { EtlActivities } from '../activities/index.ts';
import type { WebhookLook } from '../activities/types.ts';
import { type WatchInput, type WatchSettings, readWatchInput } from '../domain/inputs/telegram.ts';
import { TELEGRAM } from '../domain/sources/telegram/kinds.ts';
import { readOrFail } from './input-failure.ts';
import { poll } from './poll.ts';
import { ASK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { causeOf, isGone } from './run-windows.ts';
import { stopSignal } from './slices.ts';

export const fallBackSignal = defineSignal('fallBack');
export const goBackSignal = defineSignal('goBack');

const { lookAtWebhook, leaveWebhook, enterWebhook } = proxyActivities<EtlActivities>({ ...ASK });

/** Looks of one run; then it continues as new. */
export const LOOKS_PER_RUN = 100;
/** A gateway that is restarted must not flip the way updates come: only a gap seen this often in a row does. */
const LOOKS_TO_FALL_BACK = 2;

export interface WatchResult {
  readonly looks: number;
  /** Looks that found something to tell. */
  readonly alerted: number;
  readonly last: WebhookLook | null;
}

/**
 * Watches until it is stopped, whatever Telegram answers. With `fallBack: true`, or by the signal fallBack, it removes the webhook
 * (what waits is kept) and starts poll/<bot>; the signal goBack sets the webhook and, once it is set, stops that.
 */
export async function watchWebhook(input?: WatchInput): Promise<WatchResult> {
  const settings = readOrFail(() => readWatchInput(input));
  const state: State = {
    ...{ stopped: false, wish: undefined, refused: undefined },
    ...{ failing: 0, looks: 0, alerted: 0, last: null },
  };
  const wishFor = (wish: State['wish']) => (): void => void (state.wish = wish);
  setHandler(fallBackSignal, wishFor('polling'), { description: 'Remove the webhook, keep what waits, and poll' });
  setHandler(goBackSignal, wishFor('webhook'), { description: 'Set the webhook again, then stop polling' });
  setHandler(stopSignal, () => void (state.stopped = true), { description: 'End this workflow' });
  const isStopped = (): boolean => state.stopped;
  const { tag } = await readRunSetting();
  tag({ source: TELEGRAM, stage: 'running' });

  while (!isStopped()) {
    await lookAndAct(settings, state);
    await condition(() => state.stopped || state.wish !== undefined, settings.everySeconds * 1_000, {
      summary: 'until the next look',
    });
    const long = state.looks >= LOOKS_PER_RUN || workflowInfo().continueAsNewSuggested;
    // A wish is acted on first: the next run would know nothing of it.
    if (long && !isStopped() && state.wish === undefined) await continueAsNew<typeof watchWebhook>(settings);
  }
  tag({ stage: 'done' });
  return { looks: state.looks, alerted: state.alerted, last: state.last };
}

interface State {
  stopped: boolean;
  wish: 'polling' | 'webhook' | undefined;
  /** What Telegram did not do when it was last asked to, and why. */
  refused: string | undefined;
  failing: number;
  looks: number;
  alerted: number;
  last: WebhookLook | null;
}

async function lookAndAct(settings: WatchSettings, state: State): Promise<void> {
  const first = state.looks === 0;
  let seen = await look(settings);
  const { wish } = state;
  state.wish = undefined;
  state.looks += 1;
  if (seen.ok && seen.value.alerts.length > 0) state.alerted += 1;
  state.failing = seen.ok && seen.value.failing ? state.failing + 1 : 0;
  const set = seen.ok ? seen.value.set : undefined;
  const helps = settings.fallBack && (set === false || state.failing >= LOOKS_TO_FALL_BACK);
  if (wish === 'webhook') {
    await goBack(settings, state);
    seen = await look(settings);
  } else if (wish === 'polling' || helps) {
    await fallBack(settings, state, set);
    if (set !== false) seen = await look(settings);
  } else if (set === true && first) {
    // Left over from the time before the webhook was set: it would only be told so, again and again.
    await stopPolling(settings.bot);
  }
  if (seen.ok) state.last = seen.value;
  show(settings, state, seen);
}

const look = ({ bot, pendingLimit, everySeconds }: WatchSettings): Promise<Answer<WebhookLook>> =>
  // An error since the look before: the server tries again at least every two minutes while deliveries fail.
  asked('Telegram does not say how the webhook is', () =>
    lookAtWebhook.executeWithOptions({ summary: `the webhook of bot ${bot}` }, [
      { bot, pendingLimit, recentMs: 1_000 * everySeconds },
    ]),
  );

/** The webhook first: were it refused after polling had ended, nobody would fetch updates, which Telegram keeps for 24 hours. */
async function goBack({ bot }: WatchSettings, state: State): Promise<void> {
  const entered = await asked('The webhook could not be set, so things stay as they are; signal goBack again', () =>
    enterWebhook.executeWithOptions({ summary: `deliver to the gateway of bot ${bot}` }, [{ bot }]),
  );
  state.refused = entered.ok ? undefined : entered.why;
  if (entered.ok) await stopPolling(bot);
}

/** `set`: whether a webhook is; undefined when Telegram did not say. */
async function fallBack({ bot }: WatchSettings, state: State, set: boolean | undefined): Promise<void> {
  const left =
    set === false
      ? ({ ok: true } as const)
      : await asked('The webhook could not be removed, so it stays; signal fallBack again', () =>
          leaveWebhook.executeWithOptions({ summary: `remove the webhook of bot ${bot}` }, [{ bot }]),
        );
  state.refused = left.ok ? undefined : left.why;
  if (!left.ok) return;
  await startPolling(bot);
  state.failing = 0;
}

/** What came of asking Telegram; a refusal in words. */
type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** Asks, and survives whatever is answered. */
async function asked<T>(refusal: string, ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return { ok: false, why: `${refusal}: ${causeOf(error)}` };
  }
}

function show({ bot }: WatchSettings, { refused }: State, seen: Answer<WebhookLook>): void {
  const way = (set: boolean): string =>
    set ? 'webhook' : `no webhook; poll/${bot} receives, and the signal goBack sets the webhook`;
  const head = seen.ok ? `${way(seen.value.set)}; ${seen.value.pending} updates wait` : seen.why;
  const alerts = [...(refused === undefined ? [] : [refused]), ...(seen.ok ? seen.value.alerts : [])];
  setCurrentDetails([`**bot ${bot}**: ${head}`, ...alerts.map((alert) => `- ${alert}`)].join('\n\n'));
}

/** Starts poll/<bot>, which outlives this workflow; one that runs already is left alone. */
async function startPolling(bot: string): Promise<void> {
  try {
    await startChild(poll, {
      workflowId: `poll/${bot}`,
      args: [{ bot }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `polls the updates of bot ${bot}, for ever`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** Stops poll/<bot>; nothing to do when none runs. */
async function stopPolling(bot: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(`poll/${bot}`).signal(stopSignal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
