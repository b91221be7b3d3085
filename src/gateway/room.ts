/** How much may wait at once: a flood is told to come back, memory stays flat. */

export interface RoomLimits {
  readonly maxRequests: number;
  readonly maxBytes: number;
}

/** What one request occupies. */
export interface Place {
  /** Takes room for more bytes of its body; false when there is none, and then nothing is taken. */
  take(bytes: number): boolean;
  /** Gives everything back. Later calls change nothing. */
  leave(): void;
}

export interface Room {
  /** A place for a request, or undefined when the room is full. */
  enter(): Place | undefined;
  held(): { readonly requests: number; readonly bytes: number };
}

/** An empty room. Bytes count as they arrive, so that a slow sender occupies what it has sent and not what it has announced. */
export function createRoom({ maxRequests, maxBytes }: RoomLimits): Room {
  let requests = 0;
  let bytes = 0;
  return {
    enter() {
      if (requests >= maxRequests || bytes >= maxBytes) return undefined;
      requests += 1;
      let own = 0;
      let left = false;
      return {
        take(more) {
          if (left || bytes + more > maxBytes) return false;
          bytes += more;
          own += more;
          return true;
        },
        leave() {
          if (left) return;
          left = true;
          requests -= 1;
          bytes -= own;
        },
      };
    },
    held: () => ({ requests, bytes }),
  };
}
