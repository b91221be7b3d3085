/** Answers that are not 200. */
import type { FastifyReply } from 'fastify';

/** One sentence as plain text. */
export function answerText(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`);
}

/** The same, and the connection is closed after it: what was not read of the request is not wanted. */
export function refuse(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  if (status === 405) reply.header('allow', 'POST');
  return answerText(reply.header('connection', 'close'), status, sentence);
}
