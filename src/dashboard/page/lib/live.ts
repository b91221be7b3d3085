/** The stream of states: the server says when the lake has moved on. EventSource comes back by itself; we only say how it stands. */
import type { State } from '../../api.ts';

export type Connection = 'connecting' | 'live' | 'lost';

export interface Live {
  close(): void;
}

const AGAIN_MS = 5_000;

/** Listens until closed. `onConnection` hears of changes only. */
export function listen(onState: (state: State) => void, onConnection: (connection: Connection) => void): Live {
  let source: EventSource | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let known: Connection = 'connecting';
  let isClosed = false;
  const tell = (connection: Connection): void => {
    if (connection === known) return;
    known = connection;
    onConnection(connection);
  };
  const open = (): void => {
    const stream = new EventSource('/api/events');
    source = stream;
    stream.addEventListener('open', () => tell('live'));
    stream.addEventListener('state', (event) => onState(JSON.parse(String(event.data)) as State));
    stream.addEventListener('error', () => {
      tell('lost');
      // A refused stream is not tried again by the browser.
      if (stream.readyState === EventSource.CLOSED && !isClosed) again = setTimeout(open, AGAIN_MS);
    });
  };
  open();
  return {
    close() {
      isClosed = true;
      clearTimeout(again);
      source?.close();
    },
  };
}
