/** What a run knows of its surroundings, recorded in its history: whether search attributes are registered, and where the UI is. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { proxyLocalActivities, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { EtlActivities } from '../activities/index.ts';
import { SEARCH_ATTRIBUTES, type Tags } from '../domain/search-attributes.ts';
import { windowStart } from '../domain/window.ts';
import { LOCAL } from './policies.ts';

const { runSetting } = proxyLocalActivities<EtlActivities>({ ...LOCAL });

const key = {
  source: defineSearchAttributeKey('ChatlakeSource', SEARCH_ATTRIBUTES.ChatlakeSource),
  stage: defineSearchAttributeKey('ChatlakeStage', SEARCH_ATTRIBUTES.ChatlakeStage),
  outcome: defineSearchAttributeKey('ChatlakeOutcome', SEARCH_ATTRIBUTES.ChatlakeOutcome),
  window: defineSearchAttributeKey('ChatlakeWindow', SEARCH_ATTRIBUTES.ChatlakeWindow),
  rows: defineSearchAttributeKey('ChatlakeRows', SEARCH_ATTRIBUTES.ChatlakeRows),
};

export interface RunSetting {
  /** Sets search attributes; where they are not registered, nothing (an unknown one would block the run for ever). */
  readonly tag: (tags: Tags) => void;
  /** A link to this run's children in the Temporal UI, as Markdown; empty where no UI is configured. */
  readonly childrenLink: () => string;
}

/** Asks the worker once. */
export async function readRunSetting(): Promise<RunSetting> {
  const { searchAttributes, ui } = await runSetting();
  const { namespace, workflowId } = workflowInfo();
  const query = encodeURIComponent(`ParentWorkflowId="${workflowId}"`);
  return {
    tag: (tags) => {
      if (searchAttributes) setTags(tags);
    },
    childrenLink: () =>
      ui === null
        ? ''
        : `[its window runs](${ui.replace(/\/+$/, '')}/namespaces/${namespace}/workflows?query=${query})`,
  };
}

function setTags({ source, stage, outcome, window, rows }: Tags): void {
  upsertSearchAttributes([
    ...(source === undefined ? [] : [{ key: key.source, value: source }]),
    ...(stage === undefined ? [] : [{ key: key.stage, value: stage }]),
    ...(outcome === undefined ? [] : [{ key: key.outcome, value: outcome }]),
    ...(window === undefined ? [] : [{ key: key.window, value: new Date(windowStart(window)) }]),
    ...(rows === undefined ? [] : [{ key: key.rows, value: rows }]),
  ]);
}
