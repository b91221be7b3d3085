/**
 * Forum topics of an export. It does not name a message's topic: a message that answers nothing else answers the one that opened its
 * topic, and an answer stands in the topic of what it answers. So messages are followed in their order.
 */
import type { ExportedMessage } from './export-splitter.ts';

/** What opens a topic; also a cheap sign that a chat has any. */
export const OPENING = 'topic_created';
const OPENS = new RegExp(`"action"\\s*:\\s*"${OPENING}"`);
const ID = /"id"\s*:\s*(\d{1,15})[^\d]/;
/** In a string the quotes would be escaped. */
const ANSWERED = /"reply_to_message_id"\s*:\s*(\d{1,15})[^\d]/;
const ELSEWHERE = '"reply_to_peer_id"';

/** Messages whose topic is remembered; an answer to an older one stands in a topic nobody knows. */
const MAX_REMEMBERED = 100_000;

/** The topics of one chat after another. */
export class Topics {
  /** The byte up to which messages were followed. */
  at: number | undefined;
  private chatAt: number | undefined;
  /** Message → topic, the oldest first. */
  private readonly known = new Map<number, number>();

  /** The topic a message stands in; messages come in the order of the file. Undefined: none, or none that the export tells. */
  of({ bytes, next }: ExportedMessage): number | undefined {
    this.at = next.at;
    if (next.chatAt !== this.chatAt) {
      this.chatAt = next.chatAt;
      this.known.clear();
    }
    const message = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.known.size === 0 && !message.includes(OPENING)) return undefined;
    const text = message.toString('latin1');
    const id = numberIn(text, ID);
    if (id === undefined) return undefined;
    if (OPENS.test(text)) return this.remember(id, id);
    const answered = numberIn(text, ANSWERED);
    const topic = answered === undefined || text.includes(ELSEWHERE) ? undefined : this.known.get(answered);
    return topic === undefined ? undefined : this.remember(id, topic);
  }

  private remember(id: number, topic: number): number {
    this.known.set(id, topic);
    const [oldest] = this.known.keys();
    if (this.known.size > MAX_REMEMBERED && oldest !== undefined) this.known.delete(oldest);
    return topic;
  }
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const [, digits] = pattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
