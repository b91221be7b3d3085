/** What went wrong with the Bot API, in chatlake's kinds of fault. Built from method and bot id only: a fault of `fetch` may quote the URL, which holds the token. */
import { PermanentError, SetupError, TransientError } from '../../domain/errors.ts';

/** The Bot API's refusal, as it answers it. */
export interface Refusal {
  readonly code: number;
  readonly description: string;
  readonly retryAfterS: number | undefined;
  readonly migratedTo: string | undefined;
}

/** Which call failed; the only things a message may name. */
export interface Call {
  readonly method: string;
  readonly bot: string;
  readonly token: string;
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;
const MAX_QUOTE = 300;

/** A fault before there was an answer: no connection, no name, an untrusted certificate, too slow. Nothing of the fault but its code is kept. */
export function classifyFault(error: unknown, { method, bot }: Call): TransientError | SetupError {
  const code = codeOf(error);
  if (UNTRUSTED.test(code)) {
    return new SetupError(
      `The certificate of the Bot API is not trusted (${code}): set NODE_EXTRA_CA_CERTS to its authority, or check TELEGRAM_API_ROOT.`,
    );
  }
  return new TransientError(
    `Telegram could not be reached for ${method} of bot ${bot} (${code}); it can be tried again.`,
  );
}

/** An answer that is not the Bot API's: a proxy's page, half a body. */
export const classifyStrange = (status: number, { method, bot }: Call): TransientError =>
  new TransientError(
    `What answered ${method} of bot ${bot} with status ${status} is not the Bot API; if it stays so, check TELEGRAM_API_ROOT.`,
  );

/** A refusal of the Bot API itself. */
export function classifyRefusal(refusal: Refusal, call: Call): TransientError | SetupError | PermanentError {
  const { code, retryAfterS } = refusal;
  const { method, bot } = call;
  const said = quote(refusal.description, call.token);
  if (code === 429) {
    return new TransientError(`Telegram asks bot ${bot} to wait ${retryAfterS ?? 1} s before ${method}.`, {
      retryAfterMs: (retryAfterS ?? 1) * 1_000,
    });
  }
  if (code >= 500)
    return new TransientError(
      `Telegram could not do ${method} of bot ${bot} (${code}: ${said}); it can be tried again.`,
    );
  if (code === 401 || code === 404) {
    return new SetupError(
      `The token is refused: Telegram answered ${code} to ${method} of bot ${bot}; put the token that @BotFather shows into TELEGRAM_BOT_TOKEN.`,
    );
  }
  if (code === 403) {
    return new PermanentError(
      `Telegram forbids ${method} of bot ${bot} (${said}): the person blocked the bot, or the group removed it; trying again does not help.`,
    );
  }
  return new PermanentError(`Telegram refused ${method} of bot ${bot} (${code}: ${said}).`);
}

/** Telegram quotes little, but a token has no place in a message whoever wrote it. */
const quote = (text: string, token: string): string =>
  text.replaceAll(token, '<token>').replace(/\s+/g, ' ').trim().slice(0, MAX_QUOTE) || 'no reason given';

/** The code of a fault or of what caused it. Not by `instanceof`: errors of another realm are none of ours. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    const { code, name, cause } = at as { code?: unknown; name?: unknown; cause?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]+$/.test(code)) return code;
    if (name === 'TimeoutError') return 'no answer in time';
    at = cause;
  }
  return 'the connection failed';
}
