/** Nothing large goes through Temporal: the store holds what is large, workflows carry its key. */
import { ApplicationFailure, type DataConverter, type PayloadCodec } from '@temporalio/common';

/** What chatlake sends is a tenth of it; the server warns at 256 kB, and refuses 2 MB with a sentence nobody understands. */
const MOST_BYTES = 65_536;

/** Lets every input, result, signal and heartbeat through as it is, unless it is large. Throws an ApplicationFailure nobody retries. */
const guard: PayloadCodec = {
  encode: (payloads) => {
    for (const { data } of payloads)
      if ((data?.byteLength ?? 0) > MOST_BYTES)
        throw ApplicationFailure.nonRetryable(
          `A payload of ${data?.byteLength} bytes was about to go through Temporal, at most ${MOST_BYTES} may: keep it in the store and pass its key; nothing was sent.`,
          'InvariantViolation',
        );
    return Promise.resolve(payloads);
  },
  decode: (payloads) => Promise.resolve(payloads),
};

export const GUARDED: DataConverter = { payloadCodecs: [guard] };
