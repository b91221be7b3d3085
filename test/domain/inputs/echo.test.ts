/** Whatever somebody types where it does not belong is not repeated: errors stand in histories and logs. */
import { expect, test } from '@jest/globals';
import { readBackfillInput } from '../../../src/domain/inputs/backfill.ts';
import { readCloseDayInput } from '../../../src/domain/inputs/close-day.ts';
import { readConsumeInput } from '../../../src/domain/inputs/consume.ts';
import { readEtlInput, readEtlWindowInput } from '../../../src/domain/inputs/etl.ts';
import { readForwardInput } from '../../../src/domain/inputs/forward.ts';
import { readLiveInput } from '../../../src/domain/inputs/live.ts';
import { readMaintainInput } from '../../../src/domain/inputs/maintain.ts';
import { readRebuildWindowInput } from '../../../src/domain/inputs/rebuild.ts';
import { readReplayFailedInput } from '../../../src/domain/inputs/replay-failed.ts';
import { readReportWeeklyInput } from '../../../src/domain/inputs/report-weekly.ts';
import { readImportInput, readPollInput, readWatchInput } from '../../../src/domain/inputs/telegram.ts';
import { fault } from './fault.ts';

const READERS = {
  readBackfillInput,
  readCloseDayInput: (value: unknown) => readCloseDayInput(value, false),
  readConsumeInput,
  readEtlInput,
  readForwardInput,
  readImportInput,
  readLiveInput,
  readMaintainInput,
  readPollInput,
  readRebuildWindowInput,
  readReplayFailedInput,
  readReportWeeklyInput,
  readWatchInput,
  readEtlWindowInput,
};
const FIELDS = [
  ...['source', 'window', 'windows', 'from', 'to', 'day', 'week', 'file', 'zone', 'bot', 'account', 'subscription'],
  ...[
    'rebuild',
    'diff',
    'expect',
    'steps',
    'dryRun',
    'parked',
    'receivedFrom',
    'eventFrom',
    'fallBack',
    'everySeconds',
  ],
];
const CANARIES = [
  '390.533.447-05',
  '39053344705',
  'Maria Canária',
  '1234567:AAF-token-of-a-bot',
  '/home/maria/result.json',
];

test.each(Object.entries(READERS))('%s', (_, read) => {
  for (const canary of CANARIES) {
    const inputs: unknown[] = [canary, [canary], { [canary]: 1 }];
    for (const field of FIELDS)
      for (const value of [canary, [canary], { [canary]: canary }])
        inputs.push({ [field]: value }, { source: 'desk', [field]: value });
    for (const input of inputs) {
      let said = '';
      try {
        read(input);
      } catch (error) {
        said = String(error);
      }
      expect(said).not.toContain(canary);
    }
    expect(fault(() => read(39053344705))).not.toContain('390533');
  }
});
