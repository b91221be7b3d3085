/** watchWebhook: looks every few minutes at what Telegram says of a bot's webhook; tells a gap, and falls back to polling when told to. */
import {
  ParentClosePolicy,
  condition,
  continueAsNew,
  defineSignal,
  getExternalWorkflowHandle,
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
import { TELEGRAM } from '../domain/telegram/kinds.ts';
import { readOrFail } from './input-failure.ts';
import { poll } from './poll.ts';
import { QUICK } from './policies.ts';
import { readRunSetting } from './run-setting.ts';
import { isGone } from './run-windows.ts';
import { stopSignal } from './slices.ts';

export const fallBackSignal = defineSignal('fallBack');
export const goBackSignal = defineSignal('goBack');

const { lookAtWebhook, leaveWebhook, enterWebhook } = proxyActivities<EtlActivities>({ ...QUICK });

/** Looks of one run; then it continues as new. */
const LOOKS_PER_RUN = 200;
/** A gateway that is restarted must not flip the way updates come: only a gap seen this often in a row does. */
const LOOKS_TO_FALL_BACK = 2;

export interface WatchResult {
  readonly looks: number;
  /** Looks that found something to tell. */
  readonly alerted: number;
  readonly last: WebhookLook | null;
}

/**
 * Watches until it is stopped. With `fallBack: true`, or by the signal fallBack, it removes the webhook (what waits is kept) and starts
 * poll/<bot>; the signal goBack stops that and sets the webhook again.
 */
export async function watchWebhook(input?: WatchInput): Promise<WatchResult> {
  const settings = readOrFail(() => readWatchInput(input));
  const state: State = { stopped: false, wish: undefined, failing: 0, looks: 0, alerted: 0, last: null };
  const wishFor = (wish: State['wish']) => (): void => void (state.wish = wish);
  setHandler(fallBackSignal, wishFor('polling'), { description: 'Remove the webhook, keep what waits, and poll' });
  setHandler(goBackSignal, wishFor('webhook'), { description: 'Stop polling and set the webhook again' });
  setHandler(stopSignal, () => void (state.stopped = true), { description: 'End this workflow' });
  const isStopped = (): boolean => state.stopped;
  const { tag } = await readRunSetting();
  tag({ source: TELEGRAM, stage: 'running' });

  while (!isStopped()) {
    if (state.looks >= LOOKS_PER_RUN || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof watchWebhook>(settings);
    await lookAndAct(settings, state);
    await condition(() => state.stopped || state.wish !== undefined, settings.everySeconds * 1_000, {
      summary: 'until the next look',
    });
  }
  tag({ stage: 'done' });
  return { looks: state.looks, alerted: state.alerted, last: state.last };
}

interface State {
  stopped: boolean;
  wish: 'polling' | 'webhook' | undefined;
  failing: number;
  looks: number;
  alerted: number;
  last: WebhookLook | null;
}

async function lookAndAct(settings: WatchSettings, state: State): Promise<void> {
  const { bot, pendingLimit, everySeconds, fallBack } = settings;
  const first = state.looks === 0;
  // An error since the look before: the server tries again at least every two minutes while deliveries fail.
  const lookAgain = (): Promise<WebhookLook> =>
    lookAtWebhook.executeWithOptions({ summary: `the webhook of bot ${bot}` }, [
      { bot, pendingLimit, recentMs: 1_000 * everySeconds },
    ]);
  let look = await lookAgain();
  const wish = state.wish;
  state.wish = undefined;
  state.looks += 1;
  if (look.alerts.length > 0) state.alerted += 1;
  state.failing = look.failing ? state.failing + 1 : 0;

  if (wish === 'webhook') {
    await stopPolling(bot);
    await enterWebhook.executeWithOptions({ summary: `deliver to the gateway of bot ${bot}` }, [{ bot }]);
    look = await lookAgain();
  } else if (wish === 'polling' || (fallBack && (!look.set || state.failing >= LOOKS_TO_FALL_BACK))) {
    if (look.set) await leaveWebhook.executeWithOptions({ summary: `remove the webhook of bot ${bot}` }, [{ bot }]);
    await startPolling(bot);
    state.failing = 0;
    if (look.set) look = await lookAgain();
  } else if (look.set && first) {
    // Left over from the time before the webhook was set: it would only be told so, again and again.
    await stopPolling(bot);
  }
  state.last = look;
  const way = look.set ? 'webhook' : `no webhook; poll/${bot} receives, and the signal goBack sets the webhook`;
  setCurrentDetails(
    [`**bot ${bot}**: ${way}; ${look.pending} updates wait`, ...look.alerts.map((alert) => `- ${alert}`)].join('\n\n'),
  );
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
