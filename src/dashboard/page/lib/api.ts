/** Asks the server. What goes wrong becomes one sentence that a person can act on. */
import type { Text } from '../../api.ts';

export class ApiError extends Error {
  /** HTTP's status; 0: no answer. */
  readonly status: number;
  readonly sentence: Text;
  constructor(status: number, sentence: Text) {
    super(sentence.en);
    this.status = status;
    this.sentence = sentence;
  }
}

/** The answer of `/api/<path>`. Throws ApiError; an aborted request throws what fetch throws. */
export async function ask<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(`/api/${path}`, { ...(signal === undefined ? {} : { signal }) });
  return (await response.json()) as T;
}

/** Logs in; throws ApiError with the server's sentence where it refuses. */
export async function login(name: string, password: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await send('/login', { method: 'POST', headers, body: JSON.stringify({ name, password }) });
}

/** Logs out. */
export async function logout(): Promise<void> {
  await send('/logout', { method: 'POST' });
}

async function send(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(path, { credentials: 'same-origin', ...init }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, { en: '', pt: '' });
  });
  if (!response.ok) throw new ApiError(response.status, await sentenceOf(response));
  return response;
}

async function sentenceOf(response: Response): Promise<Text> {
  const body: unknown = await response.json().catch(() => null);
  const { error, erro } = (body ?? {}) as { readonly error?: unknown; readonly erro?: unknown };
  const bare = `${response.status} ${response.statusText}`.trim();
  const en = typeof error === 'string' ? error : bare;
  return { en, pt: typeof erro === 'string' ? erro : en };
}

/** True for a request that was given up because a newer one took its place. */
export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
