/** What went wrong with a broker, in chatlake's kinds of fault. A password never reaches a message. */
import type { IFrame } from '@stomp/stompjs';
import { messageOf, SetupError, TransientError } from '../../domain/errors.ts';

/** The two kinds of fault a broker can cause. */
export type BrokerError = TransientError | SetupError;

/** Who speaks to which broker, for the sentences; `passcode` only to keep it out of them. */
interface Speaker {
  readonly shown: string;
  readonly login: string;
  readonly passcode: string;
}

const MAX_QUOTE = 300;
const ACCESS = /not authorized|access_refused|does not have permission|AMQ229032/i;
const LOGIN =
  /password is invalid|unable to validate user|bad connect|access refused|not authenticated|authentication/i;
const TOO_LARGE = /maximum frame size was exceeded|maximum data length/i;
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;
const NOT_STOMP = /Server sent (no|an invalid) subprotocol/;
/** WebSocket close code: a message larger than the receiver takes. */
const MESSAGE_TOO_BIG = 1009;

/** An ERROR frame: refused login and missing permission need an operator; all else (such as 'already connected') may pass. */
export function classifyErrorFrame(frame: IFrame, speaker: Speaker): BrokerError {
  const quote = withoutSecret(messageOf(frame.headers['message'] ?? '') || firstLine(frame.body), speaker.passcode);
  const all = `${quote} ${firstLine(frame.body)}`;
  if (ACCESS.test(all)) {
    return new SetupError(
      `The broker at ${speaker.shown} denies access: ${quote}; grant the login "${speaker.login}" this right, or change the destination.`,
    );
  }
  if (LOGIN.test(all)) {
    return new SetupError(
      `The broker at ${speaker.shown} refused the login "${speaker.login}": check the user name and the password it is configured with.`,
    );
  }
  if (TOO_LARGE.test(all)) return tooLarge(speaker.shown);
  return new TransientError(`The broker at ${speaker.shown} answered with an error: ${quote || 'no reason given'}`);
}

/** A fault of the socket: refused, reset, a name that does not resolve, an untrusted certificate, an HTTP answer to a WebSocket. */
export function classifyFault(error: unknown, shown: string): BrokerError {
  const code = codeOf(error);
  const text = messageOf(error);
  const status = Number(/Unexpected server response: (\d+)/.exec(text)?.[1] ?? 0);
  if (UNTRUSTED.test(code)) {
    return new SetupError(
      `The certificate of the broker at ${shown} is not trusted (${code}): set NODE_EXTRA_CA_CERTS to its authority, or mend the certificate.`,
      { cause: error },
    );
  }
  if (code === 'EPROTO' || NOT_STOMP.test(text) || (status >= 400 && status < 500)) {
    return new SetupError(
      `The broker at ${shown} does not speak this protocol (${code || text}): check the scheme and the port.`,
      { cause: error },
    );
  }
  return new TransientError(`The broker at ${shown} cannot be reached: ${code || text}`, { cause: error });
}

/** The end of a connection of which the broker said nothing but a WebSocket close code. */
export function classifyClose(code: number, reason: string, shown: string): BrokerError {
  if (code === MESSAGE_TOO_BIG) return tooLarge(shown);
  const said = reason === '' ? '' : `: ${reason}`;
  return new TransientError(`The connection to the broker at ${shown} was closed (code ${code}${said})`);
}

/** Closed before it answered CONNECT: too busy, or no STOMP at all. */
export function hungUp(shown: string): TransientError {
  return new TransientError(
    `The broker at ${shown} hung up before it answered CONNECT (if this goes on: is this the port of its STOMP connector?)`,
  );
}

/** Nothing came within the time allowed. */
export function timedOut(shown: string, awaited: string, timeoutMs: number): TransientError {
  return new TransientError(`The broker at ${shown} did not give ${awaited} within ${timeoutMs} ms`);
}

/** One error for a round over several addresses: what an operator must mend comes first. */
export function worstOf(errors: readonly unknown[]): unknown {
  const setup = errors.find((error) => error instanceof SetupError);
  if (setup !== undefined || errors.length === 1) return setup ?? errors[0];
  return new TransientError(errors.map(messageOf).join('; '));
}

function tooLarge(shown: string): SetupError {
  return new SetupError(
    `The broker at ${shown} refused a message as too large: raise websocket.maxTextMessageSize or transport.maxFrameSize of its connector.`,
  );
}

/** Node puts the reason into `code`; the message of an AggregateError (several addresses of one name) is empty. */
function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

function firstLine(text: string): string {
  return messageOf(text.slice(0, MAX_QUOTE).split('\n', 1)[0] ?? '');
}

function withoutSecret(text: string, secret: string): string {
  const safe = secret === '' ? text : text.replaceAll(secret, '***');
  return safe.slice(0, MAX_QUOTE);
}
