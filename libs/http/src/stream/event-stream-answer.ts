import type { FastifyReply } from 'fastify';

/** What a handler returns that answers with an event stream; the adapter begins it. Made by `EventStreams.answer`. */
export class EventStreamAnswer {
  constructor(private readonly start: (reply: FastifyReply) => void) {}

  begin(reply: FastifyReply): FastifyReply {
    this.start(reply);
    return reply;
  }
}
