/** Calls of the Bot API over fetch. The token lives in the URL, so neither URL nor what `fetch` throws leaves this file. */
import { z } from 'zod';
import { PermanentError } from '../../domain/errors.ts';
import { type Call, type Refusal, classifyFault, classifyRefusal, classifyStrange } from './classify.ts';

interface CallerOptions {
  readonly bot: string;
  readonly token: string;
  /** Address without a slash at its end. */
  readonly root: string;
  readonly timeoutMs: number;
}

type Answer =
  | { readonly kind: 'ok'; readonly result: unknown; readonly bytes: Uint8Array }
  | ({ readonly kind: 'refused' } & Refusal);

const answerShape = z.union([
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error_code: z.number().int(),
    description: z.string().default(''),
    parameters: z.object({ retry_after: z.number().optional(), migrate_to_chat_id: z.number().optional() }).default({}),
  }),
]);
/** `ask` returns what the Bot API answered, also a refusal; it throws when there was no answer. `result` throws a refusal, too. */
export function createCaller({ bot, token, root, timeoutMs }: CallerOptions) {
  async function ask(method: string, args: object, waitMs = 0, signal?: AbortSignal): Promise<Answer> {
    const call: Call = { method, bot, token };
    const limit = AbortSignal.timeout(timeoutMs + waitMs);
    let status: number;
    let bytes: Uint8Array;
    try {
      const response = await fetch(`${root}/bot${token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(args),
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      });
      status = response.status;
      bytes = new Uint8Array(await response.arrayBuffer());
    } catch (error) {
      signal?.throwIfAborted();
      throw classifyFault(error, call);
    }
    const parsed = answerShape.safeParse(jsonOf(bytes));
    if (!parsed.success) throw classifyStrange(status, call);
    if (parsed.data.ok) return { kind: 'ok', result: parsed.data.result, bytes };
    const { error_code: code, description, parameters } = parsed.data;
    const moved = parameters.migrate_to_chat_id;
    return {
      kind: 'refused',
      code,
      description,
      retryAfterS: parameters.retry_after,
      migratedTo: moved === undefined ? undefined : String(moved),
    };
  }

  const refuse = (method: string, refusal: Refusal): Error => classifyRefusal(refusal, { method, bot, token });

  /** The result of a call that is of no use when it is refused. */
  async function result<T>(method: string, args: object, shape: z.ZodType<T>): Promise<T> {
    const answer = await ask(method, args);
    if (answer.kind === 'refused') throw refuse(method, answer);
    const parsed = shape.safeParse(answer.result);
    if (!parsed.success) throw new PermanentError(`What Telegram answered to ${method} of bot ${bot} cannot be read.`);
    return parsed.data;
  }

  return { ask, result, refuse };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
